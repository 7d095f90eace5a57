import { LOGGED_COLUMNS } from '../records/timer-record.js';

/** SQL for what a line tells beside the timer, over the same rows. */
interface LineOf {
  /** The rows, and what they are called: they have the columns of `timers`. */
  readonly from: string;
  readonly row: string;
  readonly action: string;
  readonly at: string;
  readonly actor: string;
  /** What the log tells of the room's timer; without it, nothing. */
  readonly room?: string;
}

/**
 * The statement that writes a line of `timer_changes` for each timer just written: what happened, and the timer as it is
 * now, column by column (ADR 0019).
 */
export function insertLines({ from, row, action, at, actor, room }: LineOf): string {
  const kept = LOGGED_COLUMNS.map((column) => `${row}.${column}`).join(', ');
  return `INSERT INTO timer_changes (timer_id, owner, revision, action, at, actor, room, ${LOGGED_COLUMNS.join(', ')})
    SELECT ${row}.id, coalesce(${row}.user_id, ${row}.room_id::text), ${row}.revision, ${action}, ${at}, ${actor},
      ${room ?? 'NULL'}, ${kept}
    FROM ${from} ${row}`;
}
