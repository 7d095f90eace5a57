import { Injectable, Logger } from '@nestjs/common';

import { describeError } from '../../common/logging/describe-error.js';
import type { TimerChange } from '../records/timer-change.js';

export type ChangeListener = (change: TimerChange) => void;

/** A cache of timer states. */
interface TimersCached {
  /** Notes that the timer has reached this revision. */
  outdate(timerId: string, revision: number): void;
  clear(): void;
}

/**
 * Publishes this instance's changes after their commit, so a change that is rolled back is never published. Changes of
 * other instances, and those that a crash prevented from being published, come from the change log.
 */
@Injectable()
export class ChangeFeed {
  private readonly logger = new Logger(ChangeFeed.name);
  private readonly listeners = new Set<ChangeListener>();
  private readonly caches: TimersCached[] = [];

  /** @returns a function that removes the listener */
  subscribe(listener: ChangeListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * Passes changes, in the order of the change log, to all listeners. An error of one listener does not affect the
   * others.
   */
  publish(changes: readonly TimerChange[]): void {
    for (const change of changes) for (const listener of this.listeners) this.notify(listener, change);
  }

  /** Registers a cache of timers, to be invalidated by the log. */
  register(cache: TimersCached): void {
    this.caches.push(cache);
  }

  /** Invalidates cached states that are older than this change of another instance. */
  outdatedBy({ timer: { id, revision } }: TimerChange): void {
    for (const cache of this.caches) cache.outdate(id, revision);
  }

  /** Clears the caches, because the log is that of another database. */
  restarted(): void {
    for (const cache of this.caches) cache.clear();
  }

  private notify(listener: ChangeListener, change: TimerChange): void {
    try {
      listener(change);
    } catch (error) {
      this.logger.error({ msg: 'a listener of the change feed failed', ...describeError(error) });
    }
  }
}
