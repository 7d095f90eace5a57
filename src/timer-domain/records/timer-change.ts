import type { RoomChange } from '../rules/room-timer.js';
import type { Timer } from '../rules/timer.js';

/**
 * The kind of a change: a command, `complete` for a target reached, `create` for time recorded afterwards, `update` and
 * `delete` for edits.
 */
export type TimerAction =
  'start' | 'pause' | 'resume' | 'stop' | 'cancel' | 'complete' | 'create' | 'update' | 'delete';

/** A committed change, which sockets and other instances receive. */
export interface TimerChange {
  /** The id of the row in the change log. */
  readonly changeId: string;
  /** The timer after the change. */
  readonly timer: Timer;
  readonly action: TimerAction;
  /** Whole second in which the change took effect. */
  readonly at: number;
  /** The user who made the change; null for the server and for callers without an account. */
  readonly actor: string | null;
  /** For a room's session: the room timer after the change; set on the last row of each step. */
  readonly room?: RoomChange;
}

/** Sorts changes in the order of the change log. */
export function inLogOrder(changes: readonly TimerChange[]): TimerChange[] {
  return [...changes].sort((one, other) => Number(BigInt(one.changeId) - BigInt(other.changeId)));
}
