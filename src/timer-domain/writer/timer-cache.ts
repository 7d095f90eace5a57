import { LRUCache } from 'lru-cache';

import type { TimerChange } from '../records/timer-change.js';
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

  /** A change of this instance was committed. */
  learn({ timer, action }: TimerChange): void {
    if (action === 'delete') this.forget(timer.id);
    else this.remember(timer);
  }

  /** Keeps the newer of the two states; commands have no use for ended timers. */
  remember(timer: Timer): void {
    const known = this.timers.get(timer.id);
    if (known !== undefined && known.revision > timer.revision) return;
    if (isLive(timer.state)) this.timers.set(timer.id, timer);
    else this.timers.delete(timer.id);
  }

  /** Another instance has brought the timer to this revision: an older one would only cost a try, and stay when it has ended. */
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
