import type { TimerRefusal } from '../rules/refusal.js';
import type { RoomChange, RoomTimer } from '../rules/room-timer.js';
import { applyEvent, type HistoryEntry, historyEntry, type Timer, type TimerEvent } from '../rules/timer.js';
import type { TimerAction } from './timer-change.js';

interface Write {
  /** The timer after the write. */
  readonly timer: Timer;
  /** The user who made the change; null for the server and for callers without an account. */
  readonly actor: string | null;
  /** The change of the room timer, stored in the same log row. */
  readonly room?: RoomChange;
}

/** The next revision of an existing timer; written only if the timer still has the previous revision. */
export interface ChangeWrite extends Write {
  readonly action: TimerAction;
  readonly entry: HistoryEntry;
  /** Written only if this person has no running timer that was started later. */
  readonly newestOf?: string;
  /** Written only if this new timer, which replaces the changed one, is admitted. */
  readonly forStart?: string;
  /** The room timer after the change. Either all changes of a plan have one, or none has (see {@link WritePlan}). */
  readonly roomTimer?: RoomTimer;
}

/** A new, running timer. */
export interface StartWrite extends Write {
  /**
   * Written only if no timer of the person runs, and they have no live legacy timer except the predecessor
   * (docs/spec/legacy.md#meaning).
   */
  readonly exclusive: boolean;
  readonly predecessor: string | null;
}

/**
 * The writes of one statement. A change with a room timer updates both, and only if both still have the previous
 * revision. Without it, the caller's transaction has locked the row of the room timer.
 */
export interface WritePlan {
  readonly changes: readonly ChangeWrite[];
  readonly starts: readonly StartWrite[];
  /** The refusal of the command itself, when the writes only complete a session that had reached its target. */
  readonly refusal?: TimerRefusal;
}

/** A row that the statement returns for a timer. A written timer has two: first the state found, then the change. */
export interface WriteResult {
  readonly id: string;
  /** Id in `timer_changes`; null when nothing was written. */
  readonly change_id: string | null;
  /** For a change: the revision found. A timer without rows is locked by another transaction, or does not exist. */
  readonly revision: number | null;
  /** For a start: whether a timer of the person runs. */
  readonly running: boolean | null;
  readonly live: number | null;
  readonly legacy_id: string | null;
}

/** The rows of a statement by timer id; the last row of each timer. */
export type WriteResults = ReadonlyMap<string, WriteResult>;

export const byTimer = (rows: readonly WriteResult[]): WriteResults => new Map(rows.map((row) => [row.id, row]));

/** The write for an event. A completion is logged as `complete`, although its history entry is a stop. */
export function changeWrite(timer: Timer, event: TimerEvent, actor: string | null): ChangeWrite {
  const entry = historyEntry(event);
  const isCompletion = event.type === 'completed';
  return {
    timer: applyEvent(timer, event),
    action: isCompletion ? 'complete' : entry.action,
    entry,
    actor: isCompletion ? null : actor,
  };
}
