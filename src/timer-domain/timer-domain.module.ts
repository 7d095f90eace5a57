import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { Readiness } from '../database/readiness.js';
import { ChangeFeed } from './log/change-feed.js';
import { ChangeLog } from './log/change-log.js';
import { ChangeLogRetention } from './log/change-log-retention.js';
import { TimerChangeRow } from './records/timer-change.entity.js';
import { Clock, MAX_UNCERTAINTY_MS } from './clock/clock.js';
import { DatabaseClock } from './clock/database-clock.js';
import { RoomTimers } from './rooms/room-timers.js';
import { RoomTimerRow } from './records/room-timer.entity.js';
import { TimerRow } from './records/timer.entity.js';
import { TimerDeadline } from './records/timer-deadline.entity.js';
import { TimerEdit } from './records/timer-edit.entity.js';
import { DueSessions } from './completions/due-sessions.js';
import { TimerCache } from './writer/timer-cache.js';
import { TimerQueue } from './writer/timer-queue.js';
import { TimerStore } from './writer/timer-store.js';
import { TimerWriter } from './writer/timer-writer.js';
import { TimerUnlink } from './records/timer-unlink.entity.js';
import { Ticker } from './completions/ticker.js';
import { Timers } from './timers.js';
import { TimerLinks } from './timer-links.js';
import { TimerQuota } from './timer-quota.js';

/** The timer domain: pure rules, the store and its change log, the clock and the ticker. */
@Module({
  imports: [TypeOrmModule.forFeature([TimerRow, TimerDeadline, TimerEdit, TimerUnlink, TimerChangeRow, RoomTimerRow])],
  providers: [
    Timers,
    TimerStore,
    TimerCache,
    TimerQueue,
    TimerWriter,
    DueSessions,
    TimerQuota,
    TimerLinks,
    RoomTimers,
    ChangeFeed,
    ChangeLog,
    ChangeLogRetention,
    Ticker,
    { provide: Clock, useClass: DatabaseClock },
  ],
  exports: [Timers, TimerLinks, RoomTimers, TimerQuota, TimerStore, ChangeFeed, ChangeLog, Clock],
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
