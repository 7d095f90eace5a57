import { Injectable, Logger } from '@nestjs/common';

import { describeError } from '../../common/logging/describe-error.js';
import type { TimerChange } from '../records/timer-change.js';

export type ChangeListener = (change: TimerChange) => void;

/** States of timers that are kept in memory. */
interface TimersCached {
  /** The timer has reached this revision. */
  outdate(timerId: string, revision: number): void;
  clear(): void;
}

/**
 * The one place that publishes changes, after their commit: a change that is rolled back is never published. Changes of
 * other instances, and those that a crash kept from being published, come from the change log.
 */
@Injectable()
export class ChangeFeed {
  private readonly logger = new Logger(ChangeFeed.name);
  private readonly listeners = new Set<ChangeListener>();
  private readonly caches: TimersCached[] = [];

  /** @returns how to stop listening */
  subscribe(listener: ChangeListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** In the order of the change log. A listener that throws keeps no other from receiving the change. */
  publish(changes: readonly TimerChange[]): void {
    for (const change of changes) for (const listener of this.listeners) this.notify(listener, change);
  }

  /** A cache of timers, which the log keeps from growing old. */
  register(cache: TimersCached): void {
    this.caches.push(cache);
  }

  /** Another instance has written this. */
  outdatedBy({ timer: { id, revision } }: TimerChange): void {
    for (const cache of this.caches) cache.outdate(id, revision);
  }

  /** The log is that of another database. */
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
