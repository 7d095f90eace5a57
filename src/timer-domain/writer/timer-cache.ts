import { LRUCache } from 'lru-cache';

import { isLive, type Timer } from '../rules/timer.js';

/** About what one timer takes up, in bytes: a history of a thousand entries is a hundred times a young one. */
const sizeOf = (timer: Timer): number => 600 + timer.history.length * 80;

/**
 * The last known state of live timers by id, for commands alone. It may be stale at any time: a write is guarded by the
 * revision it was decided on, and a refusal is decided on a fresh row.
 */
export class TimerCache {
  private readonly timers = new LRUCache<string, Timer>({ maxSize: 64 * 1_024 * 1_024, sizeCalculation: sizeOf });

  get(id: string): Timer | undefined {
    return this.timers.get(id);
  }

  /** Keeps the newer of what is known and what is told; ended timers are no command's business any more. */
  remember(timer: Timer): void {
    const known = this.timers.get(timer.id);
    if (known !== undefined && known.revision > timer.revision) return;
    if (isLive(timer.state)) this.timers.set(timer.id, timer);
    else this.timers.delete(timer.id);
  }

  /** Somebody else has brought the timer to this revision: an older one would only cost a try, and stay when it has ended. */
  outdate(id: string, revision: number): void {
    const known = this.timers.peek(id);
    if (known !== undefined && known.revision < revision) this.timers.delete(id);
  }

  forget(id: string): void {
    this.timers.delete(id);
  }

  clear(): void {
    this.timers.clear();
  }
}
