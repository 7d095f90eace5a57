import type { Repeatable } from './keep.js';

/** For how long an answer is repeated (docs/spec/extensions.md#idempotency). */
const KEPT_FOR = `interval '24 hours'`;

/** What is kept under a key. */
export interface KeptRow {
  readonly fingerprint: Buffer;
  readonly status: number;
  readonly body: unknown;
}

/** SQL: an answer of the table called `a` is still repeated. */
export const isStillKept = (a: string): string => `${a}.created_at >= now() - ${KEPT_FOR}`;

/**
 * SQL that keeps answers, one for each row of a query with scope, key, fingerprint, status, body and whether it may tell of
 * anybody but the caller. A key that somebody
 * has used meanwhile makes the statement fail (23502), and with it the effect: there is never one without the other.
 */
export const insertAnswers = (from: string): string => `
  INSERT INTO kept_answers AS a (scope, key, fingerprint, status, body, names_others) ${from}
  ON CONFLICT (scope, key) DO UPDATE SET fingerprint = excluded.fingerprint, body = excluded.body,
    names_others = excluded.names_others, created_at = now(),
    status = CASE WHEN ${isStillKept('a')} THEN NULL ELSE excluded.status END`;

/** {@link insertAnswers} of one. */
export const INSERT = insertAnswers('VALUES ($1, $2, $3, $4::smallint, $5::json, true)');

export const DELETE_OLD = `DELETE FROM kept_answers a WHERE NOT ${isStillKept('a')}`;

/** Takes a key until the end of the transaction and reads what is kept under it. $1 scope, $2 key. */
export const TAKE = `SELECT pg_try_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 1)) AS taken,
    a.fingerprint, a.status, a.body
  FROM (SELECT) AS once LEFT JOIN kept_answers a ON a.scope = $1 AND a.key = $2 AND ${isStillKept('a')}`;

/** SQL for {@link insertAnswers} refused because of a key used meanwhile. */
export const KEY_USED_MEANWHILE = '23502';

/** What is kept under these keys; rows of {@link FoundAnswer}. */
export function findAnswers(keys: readonly Repeatable[]): { name: string; text: string; values: unknown[] } {
  return {
    name: 'kept_answers_of_keys',
    text: `SELECT a.scope, a.key, a.fingerprint, a.body FROM unnest($1::text[], $2::text[]) AS k (scope, key)
      JOIN kept_answers a ON a.scope = k.scope AND a.key = k.key WHERE ${isStillKept('a')}`,
    values: [keys.map(({ scope }) => scope), keys.map(({ key }) => key)],
  };
}

/** A row that {@link findAnswers} gives. */
export interface FoundAnswer {
  readonly scope: string;
  readonly key: string;
  readonly fingerprint: Buffer;
  readonly body: unknown;
}
