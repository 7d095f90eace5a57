/** Named: each token that is not cached asks. $1 hash. */
export const FIND = {
  name: 'legacy_token',
  text: `SELECT id AS "tokenId", user_id AS "userId" FROM legacy_tokens WHERE token_hash = $1`,
};

/** All of a person but the $2 used last. */
export const DELETE_BEYOND = `DELETE FROM legacy_tokens WHERE id IN (
    SELECT id FROM legacy_tokens WHERE user_id = $1
    ORDER BY COALESCE(last_used_at, created_at) DESC, id DESC OFFSET $2)
  RETURNING token_hash`;

export const DELETE_ALL_OF = `DELETE FROM legacy_tokens WHERE user_id = $1 RETURNING token_hash`;

/** $1 the token's hash or id, $2 its owner or null for any. */
export const deleteOne = (by: 'token_hash' | 'id'): string => `DELETE FROM legacy_tokens
  WHERE ${by} = $1 AND ($2::text IS NULL OR user_id = $2) RETURNING token_hash`;

/**
 * Adds calls. The rows are locked in the order of their ids first: two instances that write the same tokens must not wait
 * for each other. $1 ids, $2 calls, $3 times of the last call.
 */
export const ADD_USAGE = `
  WITH used AS (SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[]) AS used (id, calls, at)),
  locked AS (SELECT id FROM legacy_tokens WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE)
  UPDATE legacy_tokens token
  SET calls = token.calls + used.calls, last_used_at = GREATEST(token.last_used_at, used.at)
  FROM used JOIN locked USING (id)
  WHERE token.id = used.id`;

/** One import at a time: two of the same file must not both find its tokens missing. */
export const LOCK_IMPORTS = `SELECT pg_advisory_xact_lock(hashtextextended('legacy-token-import', 0))`;

/** What {@link FIND_OWNERS} gives. */
export interface OwnedToken {
  readonly token_hash: Buffer;
  readonly email: string | null;
}

/** $1 hashes, as many as a file has. */
export const FIND_OWNERS = `SELECT token_hash, email FROM legacy_tokens JOIN users ON users.id = user_id
  WHERE token_hash = ANY ($1::bytea[])`;
