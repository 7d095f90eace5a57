import type { RoomChange } from '../rules/room-timer.js';
import type { Timer } from '../rules/timer.js';

/** A change that was committed: what sockets and other instances hear of. */
export interface TimerChange {
  /** The place in the change log. */
  readonly changeId: string;
  /** The timer after the change. */
  readonly timer: Timer;
  /** `start`, `pause`, `resume`, `stop`, `cancel`, or `complete` for a target reached. */
  readonly action: string;
  /** Whole second in which it took effect. */
  readonly at: number;
  /** Who did it; null for the clock. */
  readonly actor: string | null;
  /** Of a room's session: what its timer shows since then; on the last line of each step of the room's timer. */
  readonly room?: RoomChange;
}

/** Sorted as the change log has them. */
export function inLogOrder(changes: readonly TimerChange[]): TimerChange[] {
  return [...changes].sort((one, other) => Number(BigInt(one.changeId) - BigInt(other.changeId)));
}
