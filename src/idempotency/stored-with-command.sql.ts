import type { Repeatable } from './keep.js';
import { findAnswers, type FoundAnswer, insertAnswers, isStillKept } from './kept-answers-statement.js';

/** Columns of a statement's row that contain an outcome stored before. */
export interface StoredWithCommand {
  readonly kept_fingerprint: Buffer;
  readonly kept_body: unknown;
}

/** SQL parts with which a timer command's statement stores its outcome under a key, or finds the one stored before. */
export const STORED_WITH_COMMAND = {
  columns: { scope: 'text', key: 'text', fingerprint: 'bytea', body: 'json' },
  select: `SELECT k.timer_id, a.fingerprint, a.body FROM keep k
    JOIN kept_answers a ON a.scope = k.scope AND a.key = k.key AND ${isStillKept('a')}`,
  found: [
    { name: 'kept_fingerprint', type: 'bytea', column: 'fingerprint' },
    { name: 'kept_body', type: 'json', column: 'body' },
  ],
  insert: (condition: string): string =>
    insertAnswers(`SELECT k.scope, k.key, k.fingerprint, 200, k.body, false FROM keep k
    WHERE ${condition}`),
  isFound: (row: object): boolean => Boolean((row as Partial<StoredWithCommand>).kept_fingerprint),
  lookUp: (keys: readonly object[]) => findAnswers(keys as readonly Repeatable[]),
  rowOf(key: object, rows: readonly unknown[]): StoredWithCommand | undefined {
    const wanted = key as Repeatable;
    const found = (rows as readonly FoundAnswer[]).find((row) => row.scope === wanted.scope && row.key === wanted.key);
    return found && { kept_fingerprint: found.fingerprint, kept_body: found.body };
  },
};
