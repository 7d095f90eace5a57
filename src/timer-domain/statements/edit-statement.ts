import { insertLines } from './change-line.sql.js';
import { TIMER_COLUMNS } from '../records/timer-record.js';

/** Changes other than commands: `update` for links, tags, texts, visibility and corrections, and `delete`. */
export type EditAction = 'update' | 'delete';

/** An SQL change of all timers that match a condition; each gets a new revision. */
export interface Edit {
  readonly action: EditAction;
  /** Condition over `t`; {@link values} are its parameters from `$4` on. */
  readonly where: string;
  /** Assignments `column = …, column = …`, over `t` and the same values; undefined for a deletion. */
  readonly set?: string;
  readonly values: readonly unknown[];
  readonly limit: number;
  /** Whole second in which the edit takes effect. */
  readonly at: number;
  readonly actor: string | null;
}

/**
 * The statement of an edit. It locks the rows in id order, increments their revisions, and inserts a log row for each.
 * @returns text and values; the statement returns rows of {@link EditedRecord}
 */
export function editStatement({ action, where, set, values, limit, at, actor }: Edit): {
  text: string;
  values: unknown[];
} {
  const bump = `revision = t.revision + 1, updated_at = greatest(t.updated_at, to_timestamp($1::float8))`;
  const line = { action: `'${action}'`, at: 'to_timestamp($1::float8)', actor: '$2::text' };
  const text = `
    WITH held AS MATERIALIZED (
      SELECT t.id FROM timers t WHERE ${where} ORDER BY t.id LIMIT $3::int FOR UPDATE
    ),
    edited AS (
      UPDATE timers t SET ${[set, bump].filter(Boolean).join(', ')} FROM held WHERE t.id = held.id RETURNING t.*
    ),
    logged AS (
      ${insertLines({ from: 'edited', row: 't', ...line })}
      RETURNING id, timer_id
    )
    SELECT l.id AS change_id, ${TIMER_COLUMNS} FROM edited t JOIN logged l ON l.timer_id = t.id ORDER BY l.id`;
  return { text, values: [at, actor, limit, ...values] };
}
