import { insertLines } from './change-line.sql.js';
import { TIMER_COLUMNS } from '../records/timer-record.js';

/** What is not a command: links, tags, texts, visibility, corrections, deletion. */
export type EditAction = 'update' | 'delete';

/** One SQL change of timers that are found by a condition, each with one revision more. */
export interface Edit {
  readonly action: EditAction;
  /** Over `t`, with {@link values} from `$4` on. */
  readonly where: string;
  /** `column = …, column = …`, over `t` and the same values; none for a deletion. */
  readonly set?: string;
  readonly values: readonly unknown[];
  readonly limit: number;
  /** Whole second in which it takes effect. */
  readonly at: number;
  readonly actor: string | null;
}

/**
 * The statement that makes an edit: rows locked in id order, one more revision each, one line of the log each.
 * @returns text and values; it answers with {@link EditedRecord}s
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
