import { Module } from '@nestjs/common';

import { RoomPeopleModule } from '../../room-people/room-people.module.js';
import { TimerDomainModule } from '../../timer-domain/timer-domain.module.js';
import { V1HttpModule } from '../http/http.module.js';
import { OwnTimers } from './own-timers.js';
import { AttendedRooms, RoomHistory } from './room-history.js';
import { StatisticsController } from './statistics.controller.js';
import { Statistics } from './statistics.js';

@Module({
  imports: [V1HttpModule, RoomPeopleModule, TimerDomainModule],
  controllers: [StatisticsController],
  providers: [Statistics, OwnTimers, { provide: RoomHistory, useClass: AttendedRooms }],
  exports: [OwnTimers],
})
export class StatisticsModule {}
