import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';

import { currentTransaction, Transactions } from '../database/transactions.js';
import { Clock } from './clock/clock.js';
import type { TimerChange } from './records/timer-change.js';
import type { TimerVerb } from './rules/transitions.js';
import type { Companion } from './statements/companion.js';
import { TimerQuota } from './timer-quota.js';
import {
  type OwnerKey,
  type QueuedCommand,
  startWhenIdleCommand,
  stopNewestCommand,
  verbCommand,
} from './commands/timer-command.js';
import { TimerQueue } from './writer/timer-queue.js';
import { TimerStore } from './writer/timer-store.js';

/**
 * The timer commands of all APIs. Each call resolves after its commit. It throws a TimerRefusal when the command is
 * refused, and a ServiceUnavailableError when the database is unavailable, in which case the command may have been
 * executed. A companion is written in the statement of the command; its own error is thrown if another command wrote
 * its row before.
 */
@Injectable()
export class Timers {
  constructor(
    private readonly queue: TimerQueue,
    private readonly store: TimerStore,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    private readonly quota: TimerQuota,
  ) {}

  /**
   * Starts an open-ended legacy timer for a person without a running timer. Completes their paused legacy timer first,
   * in the same transaction (docs/spec/legacy.md#meaning).
   */
  async startWhenIdle(
    { userId, title }: { userId: string; title: string },
    companion?: Companion,
  ): Promise<TimerChange> {
    const now = this.clock.now();
    await this.quota.admit(userId, now);
    const timer = {
      id: uuidv7(),
      userId,
      roomId: null,
      origin: 'legacy' as const,
      sessionType: null,
      title,
      description: null,
      allocatedDuration: 0,
    };
    return this.submit(startWhenIdleCommand({ timer, now, actor: userId, companion }));
  }

  /** Completes the person's most recently started running timer, of any API (docs/spec/legacy.md#meaning). */
  async stopMostRecentlyStarted({ userId }: { userId: string }, companion?: Companion): Promise<TimerChange> {
    return this.submit(stopNewestCommand({ userId, now: this.clock.now(), actor: userId, companion }));
  }

  /** Pauses, resumes, stops or cancels a timer of this owner; other owners' timers are refused as TIMER_NOT_FOUND. */
  async command(
    timerId: string,
    owner: OwnerKey,
    verb: Exclude<TimerVerb, 'complete'>,
    actor: string,
    companion?: Companion,
  ): Promise<TimerChange> {
    return this.submit(verbCommand({ timerId, owner, verb, now: this.clock.now(), actor, companion }));
  }

  /** Executes the command in the request's transaction, if it has one; otherwise in the shared queue. */
  private submit(command: QueuedCommand): Promise<TimerChange> {
    if (!currentTransaction()) return this.queue.submit(command);
    return this.transactions.run((transaction) => this.store.within(transaction).execute(command));
  }
}
