import type { Repeatable } from './keep.js';

/** How long a response stays repeatable (docs/spec/extensions.md#idempotency). */
const KEPT_FOR = `interval '24 hours'`;

/** The stored response of a key. */
export interface KeptRow {
  readonly fingerprint: Buffer;
  readonly status: number;
  readonly body: unknown;
}

/** SQL condition: the row with the alias `a` is still repeatable. */
export const isStillKept = (a: string): string => `${a}.created_at >= now() - ${KEPT_FOR}`;

/**
 * SQL that stores one response for each row of `from`. If a key already has a repeatable response, the statement fails
 * (23502), and the effect rolls back with it.
 * @param from a query for scope, key, fingerprint, status, body and whether the body may name users other than the
 * caller
 */
export const insertAnswers = (from: string): string => `
  INSERT INTO kept_answers AS a (scope, key, fingerprint, status, body, names_others) ${from}
  ON CONFLICT (scope, key) DO UPDATE SET fingerprint = excluded.fingerprint, body = excluded.body,
    names_others = excluded.names_others, created_at = now(),
    status = CASE WHEN ${isStillKept('a')} THEN NULL ELSE excluded.status END`;

/** {@link insertAnswers} for a single response. $1 scope, $2 key, $3 fingerprint, $4 status, $5 body. */
export const INSERT = insertAnswers('VALUES ($1, $2, $3, $4::smallint, $5::json, true)');

export const DELETE_OLD = `DELETE FROM kept_answers a WHERE NOT ${isStillKept('a')}`;

/** Locks a key until the end of the transaction and reads its stored response. $1 scope, $2 key. */
export const TAKE = `SELECT pg_try_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 1)) AS taken,
    a.fingerprint, a.status, a.body
  FROM (SELECT) AS once LEFT JOIN kept_answers a ON a.scope = $1 AND a.key = $2 AND ${isStillKept('a')}`;

/** SQLSTATE of {@link insertAnswers} when another request has stored a response under the key. */
export const KEY_USED_MEANWHILE = '23502';

/** The query for the stored responses of these keys; its rows are {@link FoundAnswer}. */
export function findAnswers(keys: readonly Repeatable[]): { name: string; text: string; values: unknown[] } {
  return {
    name: 'kept_answers_of_keys',
    text: `SELECT a.scope, a.key, a.fingerprint, a.body FROM unnest($1::text[], $2::text[]) AS k (scope, key)
      JOIN kept_answers a ON a.scope = k.scope AND a.key = k.key WHERE ${isStillKept('a')}`,
    values: [keys.map(({ scope }) => scope), keys.map(({ key }) => key)],
  };
}

/** A row of {@link findAnswers}. */
export interface FoundAnswer {
  readonly scope: string;
  readonly key: string;
  readonly fingerprint: Buffer;
  readonly body: unknown;
}
