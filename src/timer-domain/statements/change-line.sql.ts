import { LOGGED_COLUMNS } from '../records/timer-record.js';

/** SQL expressions for the columns of a log row that do not come from the timer. */
interface LineOf {
  /** The source of the written rows, which has the columns of `timers`, and its alias {@link row}. */
  readonly from: string;
  readonly row: string;
  readonly action: string;
  readonly at: string;
  readonly actor: string;
  /** The change of the room timer; NULL without it. */
  readonly room?: string;
}

/**
 * The statement that inserts a row into `timer_changes` for each timer just written: the change, and the timer's
 * columns after it (ADR 0019).
 */
export function insertLines({ from, row, action, at, actor, room }: LineOf): string {
  const kept = LOGGED_COLUMNS.map((column) => `${row}.${column}`).join(', ');
  return `INSERT INTO timer_changes (timer_id, owner, revision, action, at, actor, room, ${LOGGED_COLUMNS.join(', ')})
    SELECT ${row}.id, coalesce(${row}.user_id, ${row}.room_id::text), ${row}.revision, ${action}, ${at}, ${actor},
      ${room ?? 'NULL'}, ${kept}
    FROM ${from} ${row}`;
}
