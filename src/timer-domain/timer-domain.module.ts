import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { Readiness } from '../database/readiness.js';
import { ChangeFeed } from './changes/change-feed.js';
import { ChangeLog } from './changes/change-log.js';
import { ChangeLogRetention } from './changes/change-log-retention.js';
import { TimerChangeRow } from './changes/timer-change.entity.js';
import { Clock, MAX_UNCERTAINTY_MS } from './clock/clock.js';
import { DatabaseClock } from './clock/database-clock.js';
import { PersonRemoval } from './people/person-removal.js';
import { Attendance } from './presence/attendance.js';
import { KeptAttendance } from './presence/kept-attendance.entity.js';
import { Presence } from './presence/presence.js';
import { RoomPresence } from './presence/room-presence.entity.js';
import { RoomRemoval } from './rooms/room-removal.js';
import { RoomClocks } from './rooms/room-clocks.js';
import { RoomTimerRow } from './rooms/room-timer.entity.js';
import { TimerRow } from './store/timer.entity.js';
import { TimerDeadline } from './store/timer-deadline.entity.js';
import { TimerEdit } from './store/timer-edit.entity.js';
import { TimerStore } from './store/timer-store.js';
import { TimerUnlink } from './store/timer-unlink.entity.js';
import { Ticker } from './ticker/ticker.js';
import { TimerDomain } from './timer-domain.js';
import { TimerLinks } from './timer-links.js';
import { TimerQuota } from './timer-quota.js';

/** The heart: pure rules, the store and its log, the clock and the ticker. */
@Module({
  imports: [
    TypeOrmModule.forFeature([
      TimerRow,
      TimerDeadline,
      TimerEdit,
      TimerUnlink,
      TimerChangeRow,
      RoomTimerRow,
      RoomPresence,
      KeptAttendance,
    ]),
  ],
  providers: [
    TimerDomain,
    TimerStore,
    TimerQuota,
    TimerLinks,
    RoomClocks,
    Presence,
    Attendance,
    RoomRemoval,
    PersonRemoval,
    ChangeFeed,
    ChangeLog,
    ChangeLogRetention,
    Ticker,
    { provide: Clock, useClass: DatabaseClock },
  ],
  exports: [
    TimerDomain,
    TimerLinks,
    RoomClocks,
    Presence,
    Attendance,
    RoomRemoval,
    PersonRemoval,
    TimerQuota,
    TimerStore,
    ChangeFeed,
    ChangeLog,
    Clock,
  ],
})
export class TimerDomainModule implements OnModuleInit {
  constructor(
    private readonly readiness: Readiness,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.readiness.register('clock', () => {
      if (this.clock.uncertaintyMs > MAX_UNCERTAINTY_MS) throw new Error('the database clock is not known well enough');
    });
  }
}
