import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';

import type { Keep } from '../idempotency/keep.js';
import type { TimerChange } from './records/timer-change.js';
import { Clock } from './clock/clock.js';
import type { TimerVerb } from './rules/transitions.js';
import { type OwnerKey, StartWhenIdleCommand, StopNewestCommand, TimerVerbCommand } from './writer/timer-command.js';
import { TimerStore } from './writer/timer-store.js';
import { TimerQuota } from './timer-quota.js';

/**
 * What can be done with a timer, whichever API asks. Each call resolves after its commit and throws a TimerRefusal when
 * it is refused, or a ServiceUnavailableError when the database cannot be asked: then it may have happened. One with a key
 * keeps its outcome in the statement that writes it, and throws IdempotencyKeyReusedError when the key was another one's.
 */
@Injectable()
export class TimerDomain {
  constructor(
    private readonly store: TimerStore,
    private readonly clock: Clock,
    private readonly quota: TimerQuota,
  ) {}

  /**
   * Starts an open-ended legacy timer for a person with nothing running; a legacy timer of theirs that is paused is
   * completed first, in the same transaction (legacy.md, "Meaning").
   */
  async startWhenIdle({ userId, title }: { userId: string; title: string }, keep?: Keep): Promise<TimerChange> {
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
    return this.store.submit(new StartWhenIdleCommand(timer, { now, actor: userId, keep }));
  }

  /** Completes the person's most recently started running timer, whichever API started it (legacy.md, "Meaning"). */
  stopMostRecentlyStarted({ userId }: { userId: string }, keep?: Keep): Promise<TimerChange> {
    return this.submit(() => new StopNewestCommand(userId, { now: this.clock.now(), actor: userId, keep }));
  }

  /** Pauses, resumes, stops or cancels one timer of this owner; another's is refused as TIMER_NOT_FOUND. */
  command(
    timerId: string,
    owner: OwnerKey,
    verb: Exclude<TimerVerb, 'complete'>,
    actor: string,
    keep?: Keep,
  ): Promise<TimerChange> {
    return this.submit(() => new TimerVerbCommand(timerId, owner, verb, { now: this.clock.now(), actor, keep }));
  }

  private async submit(command: () => Parameters<TimerStore['submit']>[0]): Promise<TimerChange> {
    return this.store.submit(command());
  }
}
