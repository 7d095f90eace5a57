/** $1 id, $2 address, $3 display name, $4 password hash, $5 whether the address is proven. */
export const CREATE_UNLESS_TAKEN = `INSERT INTO users (id, email, display_name, password_hash, email_proven_at)
  VALUES ($1, $2, $3, $4, CASE WHEN $5 THEN now() END)
  ON CONFLICT (email) DO NOTHING RETURNING id`;

/** What the person set up stays theirs; what says who they are, and to whom, is as in a new account. */
export const CLEAN = `UPDATE users SET email_proven_at = now(), password_hash = NULL, display_name = NULL, avatar_url = NULL,
    activity_sharing = 'full', friend_code = new_friend_code() WHERE id = $1`;

export const PROVE_EMAIL = `UPDATE users SET email_proven_at = coalesce(email_proven_at, now()) WHERE id = $1`;

const SHOWN = `id, coalesce(display_name, claims->>'display_name') AS "displayName",
  coalesce(avatar_url, claims->>'avatar_url') AS "avatarUrl", friend_code AS "friendCode",
  coalesce(verified_email, email) AS email, activity_sharing AS "activitySharing", timezone`;

export const READ_PROFILE = `SELECT ${SHOWN} FROM users WHERE id = $1`;

/** $2 and $4 say whether the name ($3) and the picture ($5) change; $6 sharing and $7 zone, null to keep. */
export const UPDATE_PROFILE = `UPDATE users SET
    display_name = CASE WHEN $2 THEN $3 ELSE display_name END,
    avatar_url = CASE WHEN $4 THEN $5 ELSE avatar_url END,
    activity_sharing = coalesce($6, activity_sharing),
    timezone = coalesce($7, timezone)
  WHERE id = $1 RETURNING ${SHOWN}`;

/** The stored claims come from a token no newer than `:issuedAt`, Unix seconds. */
export const ISSUED_BEFORE = `COALESCE((claims->>'issued_at')::numeric, 0) <= :issuedAt`;

/** $1 address, $2 whether an unproven one counts. */
export const KEEP_BY_EMAIL = `SELECT id FROM users
  WHERE verified_email = $1 OR (email = $1 AND (email_proven_at IS NOT NULL OR $2))
  ORDER BY (verified_email IS NULL AND email_proven_at IS NULL), created_at, id LIMIT 1 FOR KEY SHARE`;

/**
 * The address known to be a person's: verified by their issuer, or proven by a mailed code (docs/spec/v1.md#31-own-accounts);
 * null when there is none. An address that was only typed at sign-up opens nothing.
 * @param person a column or parameter with the person's id
 */
export const verifiedEmailOf = (person: string): string =>
  `(SELECT coalesce(u.verified_email, CASE WHEN u.email_proven_at IS NOT NULL THEN u.email END)
    FROM users u WHERE u.id = ${person})`;
