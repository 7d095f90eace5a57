import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { TimerDomainModule } from '../timer-domain/timer-domain.module.js';
import { Attendance } from './attendance.js';
import { KeptAttendance } from './kept-attendance.entity.js';
import { PersonRemoval } from './person-removal.js';
import { Presence } from './presence.js';
import { RoomPresence } from './room-presence.entity.js';
import { RoomRemoval } from './room-removal.js';

/** The people of rooms: who is present, and which sessions they attended. */
@Module({
  imports: [TimerDomainModule, TypeOrmModule.forFeature([RoomPresence, KeptAttendance])],
  providers: [Presence, Attendance, RoomRemoval, PersonRemoval],
  exports: [Presence, Attendance, RoomRemoval, PersonRemoval],
})
export class RoomPeopleModule {}
