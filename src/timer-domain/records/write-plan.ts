import type { TimerRefusal } from '../rules/refusal.js';
import type { RoomChange, RoomTimer } from '../rules/room-timer.js';
import { applyEvent, type HistoryEntry, historyEntry, type Timer, type TimerEvent } from '../rules/timer.js';
import type { TimerAction } from './timer-change.js';

interface Write {
  /** The timer as it will be. */
  readonly timer: Timer;
  /** User who did it; null for the clock. */
  readonly actor: string | null;
  /** The change of the room's timer that the log keeps with it. */
  readonly room?: RoomChange;
}

/** One more revision of an existing timer; nothing happens unless it still has the revision before. */
export interface ChangeWrite extends Write {
  readonly action: TimerAction;
  readonly entry: HistoryEntry;
  /** Only if this person has no running timer that was started later. */
  readonly newestOf?: string;
  /** Only if this new timer is let in: it takes the place of the changed one. */
  readonly forStart?: string;
  /** The room's timer after it; all changes of a plan have one, or none has (see {@link WritePlan}). */
  readonly roomTimer?: RoomTimer;
}

/** A new, running timer. */
export interface StartWrite extends Write {
  /** Only if nothing of the person runs and the predecessor is their only live legacy timer (docs/spec/legacy.md#meaning). */
  readonly exclusive: boolean;
  readonly predecessor: string | null;
}

/**
 * Writes of one statement. A room's timer moves on with its session: a change that carries it happens only when both
 * still have the revision before. Without it, the transaction holds the row of the room's timer.
 */
export interface WritePlan {
  readonly changes: readonly ChangeWrite[];
  readonly starts: readonly StartWrite[];
  /** The command itself is refused: what is written completes a session that had reached its target. */
  readonly refusal?: TimerRefusal;
}

/** A row that the statement returns for each of its timers; for one that was written, first what was found, then its change. */
export interface WriteResult {
  readonly id: string;
  /** The place in `timer_changes`; null when nothing was written. */
  readonly change_id: string | null;
  /** For a change: the revision found. Absent: another transaction has locked the row, or it is gone. */
  readonly revision: number | null;
  /** For an exclusive start: why it was not let in. */
  readonly running: boolean | null;
  readonly live: number | null;
  readonly legacy_id: string | null;
}

/** The rows of a statement by timer: of the rows of one timer, the last. */
export type WriteResults = ReadonlyMap<string, WriteResult>;

export const byTimer = (rows: readonly WriteResult[]): WriteResults => new Map(rows.map((row) => [row.id, row]));

/** The write of an event; a completion is logged as such, though its history entry is a stop. */
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
