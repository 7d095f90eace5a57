/** A response may be lost, and two tabs may send the same token: within this a spent one is taken again (docs/spec/v1.md#31-own-accounts). */
const TAKEN_AGAIN_WITHIN = `interval '30 seconds'`;

/** $1 id, $2 user, $3 user agent, $4 lifetime in seconds. */
export const OPEN = `INSERT INTO sessions (id, user_id, user_agent, expires_at)
  VALUES ($1, $2, $3, now() + $4 * interval '1 second')
  RETURNING floor(extract(epoch from created_at))::float8 AS auth_time`;

export const DELETE_EXPIRED_OF = `DELETE FROM sessions WHERE user_id = $1 AND expires_at < now()`;

/** $1 hash of a refresh token. */
export const LOCK_FAMILY = `SELECT FROM sessions
  WHERE id = (SELECT session_id FROM refresh_tokens WHERE token_hash = $1) FOR UPDATE`;

/** What {@link READ_FAMILY} gives. */
export interface TokenFamily {
  readonly session_id: string;
  readonly user_id: string;
  readonly auth_time: number;
  readonly over: boolean;
  readonly spent: boolean;
  readonly spent_just_now: boolean;
}

/** $1 hash of a refresh token. */
export const READ_FAMILY = `SELECT s.id AS session_id, s.user_id, floor(extract(epoch from s.created_at))::float8 AS auth_time,
    s.expires_at < now() AS over, t.spent_at IS NOT NULL AS spent,
    coalesce(t.spent_at > clock_timestamp() - ${TAKEN_AGAIN_WITHIN}, false) AS spent_just_now
  FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id WHERE t.token_hash = $1`;

export const SPEND = `UPDATE refresh_tokens SET spent_at = coalesce(spent_at, clock_timestamp()) WHERE token_hash = $1`;

/** $1 session, $2 lifetime in seconds. */
export const DELETE_OLD_TOKENS = `DELETE FROM refresh_tokens
  WHERE session_id = $1 AND created_at < now() - $2 * interval '1 second'`;

/** $1 session, $2 lifetime in seconds. */
export const PROLONG = `UPDATE sessions SET last_used_at = now(), expires_at = now() + $2 * interval '1 second' WHERE id = $1`;

/** Named: each token that is not cached asks. $1 session, $2 user. */
export const IS_OPEN = {
  name: 'session_is_open',
  text: `SELECT FROM sessions WHERE id = $1 AND user_id = $2 AND expires_at > now()`,
};

export const OPEN_AMONG = {
  name: 'sessions_open',
  text: `SELECT id FROM sessions WHERE id = ANY ($1::uuid[]) AND expires_at > now()`,
};

/** $1 user, $2 a session to leave out, or null. */
export const LOCK_ALL_OF = `SELECT id FROM sessions WHERE user_id = $1 AND id IS DISTINCT FROM $2 FOR UPDATE`;

/** $1 user, $2 sessions. */
export const END = `DELETE FROM sessions WHERE user_id = $1 AND id = ANY ($2::uuid[]) RETURNING id`;
