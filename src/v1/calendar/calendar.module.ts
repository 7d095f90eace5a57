import { Module } from '@nestjs/common';

import { TimerDomainModule } from '../../timer-domain/timer-domain.module.js';
import { V1HttpModule } from '../http/http.module.js';
import { StatisticsModule } from '../statistics/statistics.module.js';
import { CalendarController } from './calendar.controller.js';
import { CalendarFeed } from './calendar-feed.js';
import { CalendarSecrets } from './calendar-secrets.js';
import { FeedController } from './feed.controller.js';

@Module({
  imports: [V1HttpModule, TimerDomainModule, StatisticsModule],
  controllers: [CalendarController, FeedController],
  providers: [CalendarSecrets, CalendarFeed],
})
export class CalendarModule {}
