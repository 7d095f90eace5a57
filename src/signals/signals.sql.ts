/** $1 topics, $2 kinds, $3 bodies; the returned rows are in the same order. */
export const INSERT = `INSERT INTO signals (topic, kind, body)
  SELECT s.topic, s.kind, s.body FROM unnest($1::text[], $2::text[], $3::jsonb[]) WITH ORDINALITY AS s (topic, kind, body, nth)
  ORDER BY s.nth
  RETURNING id, extract(epoch from at)::float8 * 1000 AS at`;

/**
 * Compares whole strings, because one external issuer's user id may be part of another. $1 user, $2 the user's topic.
 */
export const DELETE_OF_USER = `DELETE FROM signals WHERE topic = $2 OR strings_in(body) @> jsonb_build_array($1::text)`;

/** Columns that followers read; `l` is the log's alias. */
export const COLUMNS = 'l.id, l.topic, l.kind, l.body, extract(epoch from l.at)::float8 * 1000 AS at';

/** @param keptForMs retention in milliseconds */
export const deleteOlder = (keptForMs: number): string =>
  `DELETE FROM signals WHERE at < now() - interval '${keptForMs} milliseconds'`;
