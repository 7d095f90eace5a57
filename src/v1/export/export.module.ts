import { Module } from '@nestjs/common';

import { V1HttpModule } from '../http/http.module.js';
import { StatisticsModule } from '../statistics/statistics.module.js';
import { TimersModule } from '../timers/timers.module.js';
import { ExportController } from './export.controller.js';
import { TimerExport } from './timer-export.js';

@Module({
  imports: [V1HttpModule, StatisticsModule, TimersModule],
  controllers: [ExportController],
  providers: [TimerExport],
  exports: [TimerExport],
})
export class ExportModule {}
