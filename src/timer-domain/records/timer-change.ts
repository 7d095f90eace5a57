import type { RoomChange } from '../rules/room-timer.js';
import type { Timer } from '../rules/timer.js';

/**
 * What happened to a timer: a command, `complete` for a target reached, `create` for time recorded without a timer,
 * `update` and `delete` for edits.
 */
export type TimerAction =
  'start' | 'pause' | 'resume' | 'stop' | 'cancel' | 'complete' | 'create' | 'update' | 'delete';

/** A change that was committed: sockets and other instances receive it. */
export interface TimerChange {
  /** The place in the change log. */
  readonly changeId: string;
  /** The timer after the change. */
  readonly timer: Timer;
  readonly action: TimerAction;
  /** Whole second in which it took effect. */
  readonly at: number;
  /** User who did it; null for the clock. */
  readonly actor: string | null;
  /** Of a room's session: the state of the room's timer since then; on the last line of each of its steps. */
  readonly room?: RoomChange;
}

/** Sorted as the change log has them. */
export function inLogOrder(changes: readonly TimerChange[]): TimerChange[] {
  return [...changes].sort((one, other) => Number(BigInt(one.changeId) - BigInt(other.changeId)));
}
