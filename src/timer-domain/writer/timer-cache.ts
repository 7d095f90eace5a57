import { LRUCache } from 'lru-cache';

import type { TimerChange } from '../records/timer-change.js';
import { isLive, type Timer } from '../rules/timer.js';

/** Approximate size of a timer in bytes; a history of a thousand entries takes about a hundred times a short one. */
const sizeOf = (timer: Timer): number => 600 + timer.history.length * 80;

/**
 * The last known states of live timers by id, for commands only. A state may be stale at any time, because writes are
 * guarded by the revision on which they were decided, and refusals are decided on a freshly read row.
 */
export class TimerCache {
  private readonly timers = new LRUCache<string, Timer>({ maxSize: 64 * 1_024 * 1_024, sizeCalculation: sizeOf });

  get(id: string): Timer | undefined {
    return this.timers.get(id);
  }

  /** Applies a committed change of this instance. */
  learn({ timer, action }: TimerChange): void {
    if (action === 'delete') this.forget(timer.id);
    else this.remember(timer);
  }

  /** Keeps the newer of the two states. Drops ended timers, which commands do not need. */
  remember(timer: Timer): void {
    const known = this.timers.get(timer.id);
    if (known !== undefined && known.revision > timer.revision) return;
    if (isLive(timer.state)) this.timers.set(timer.id, timer);
    else this.timers.delete(timer.id);
  }

  /**
   * Drops a state older than this revision, written by another instance. A stale state would cost an attempt, and that
   * of an ended timer would stay cached.
   */
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
