import { Injectable, Logger } from '@nestjs/common';

import { describeError } from '../../common/logging/describe-error.js';
import type { TimerChange } from '../records/timer-change.js';

export type ChangeListener = (change: TimerChange) => void;

/**
 * What happened to timers in this process, told after the commit: nobody hears of something that is rolled back. Another
 * process's changes, and whatever a crash kept from being told, come from the change log.
 */
@Injectable()
export class ChangeFeed {
  private readonly logger = new Logger(ChangeFeed.name);
  private readonly listeners = new Set<ChangeListener>();

  /** @returns how to stop listening */
  subscribe(listener: ChangeListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** In the order of the change log. A listener that throws keeps nobody else from hearing. */
  publish(changes: readonly TimerChange[]): void {
    for (const change of changes) for (const listener of this.listeners) this.tell(listener, change);
  }

  private tell(listener: ChangeListener, change: TimerChange): void {
    try {
      listener(change);
    } catch (error) {
      this.logger.error({ msg: 'a listener of the change feed failed', ...describeError(error) });
    }
  }
}
