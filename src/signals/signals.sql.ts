/** $1 topics, $2 kinds, $3 bodies; the rows come in their order. */
export const INSERT = `INSERT INTO signals (topic, kind, body)
  SELECT s.topic, s.kind, s.body FROM unnest($1::text[], $2::text[], $3::jsonb[]) WITH ORDINALITY AS s (topic, kind, body, nth)
  ORDER BY s.nth
  RETURNING id, extract(epoch from at)::float8 * 1000 AS at`;

/** Whole values: the id of a person of an outside issuer may be part of another's. $1 user, $2 their topic. */
export const DELETE_OF_USER = `DELETE FROM signals WHERE topic = $2 OR strings_in(body) @> jsonb_build_array($1::text)`;

/** Columns of the log (`l`) that followers read. */
export const COLUMNS = 'l.id, l.topic, l.kind, l.body, extract(epoch from l.at)::float8 * 1000 AS at';

/** @param keptForMs milliseconds */
export const deleteOlder = (keptForMs: number): string =>
  `DELETE FROM signals WHERE at < now() - interval '${keptForMs} milliseconds'`;
