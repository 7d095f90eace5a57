import { Module } from '@nestjs/common';

import { AccessModule } from '../../access/access.module.js';
import { TimerDomainModule } from '../../timer-domain/timer-domain.module.js';
import { V1HttpModule } from '../http/http.module.js';
import { Sharing } from './sharing.js';
import { VisibilityController } from './visibility.controller.js';

/** The visibility of schedules, todos and timers over REST (docs/spec/v1.md#11-visibility). */
@Module({
  imports: [V1HttpModule, AccessModule, TimerDomainModule],
  controllers: [VisibilityController],
  providers: [Sharing],
})
export class SharingModule {}
