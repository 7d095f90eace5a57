/** The columns of `friendships` as a `FriendshipRow`. */
export const FRIENDSHIP_COLUMNS = `id, requester_id AS "requesterId", addressee_id AS "addresseeId", status,
  extract(epoch from created_at)::float8 AS "createdAt", extract(epoch from updated_at)::float8 AS "updatedAt"`;

/** $1 and $2 two people. */
export const LOCK_PAIR = `SELECT pg_advisory_xact_lock(
  hashtextextended(least($1::text, $2) || E'\\n' || greatest($1::text, $2), 10))`;

/** $1 and $2 two people. */
export const LOCK_RELATION = `SELECT ${FRIENDSHIP_COLUMNS} FROM friendships
  WHERE least(requester_id, addressee_id) = least($1::text, $2)
    AND greatest(requester_id, addressee_id) = greatest($1::text, $2) FOR UPDATE`;

export const LOCK_RELATION_BY_ID = `SELECT ${FRIENDSHIP_COLUMNS} FROM friendships WHERE id = $1 FOR UPDATE`;

/** $1 id, $2 requester, $3 addressee, $4 status, $5 seconds. */
export const INSERT_RELATION = `INSERT INTO friendships (id, requester_id, addressee_id, status, created_at, updated_at)
  VALUES ($1, $2, $3, $4, to_timestamp($5), to_timestamp($5))`;

/** $1 id, $2 status, $3 seconds. */
export const UPDATE_RELATION = `UPDATE friendships SET status = $2, updated_at = to_timestamp($3),
  accepted_at = CASE WHEN $2 = 'accepted' THEN to_timestamp($3) END WHERE id = $1`;

/** $1 who blocks, $2 whom, $3 seconds. Returns nothing for a block that is there. */
export const INSERT_BLOCK = `INSERT INTO blocks (blocker_id, blocked_id, created_at) VALUES ($1, $2, to_timestamp($3))
  ON CONFLICT DO NOTHING RETURNING blocker_id`;

/** In the order of ids, so that two who do this at once never wait for each other. $1 and $2 two people, $3 seconds. */
export const LEAVE_LISTS_OF_EACH_OTHER = `UPDATE visibility_settings v
  SET updated_at = greatest(v.updated_at, to_timestamp($3)),
    allowed_user_ids = array_remove(v.allowed_user_ids, CASE v.owner_id WHEN $1 THEN $2::text ELSE $1 END)
  FROM (SELECT id FROM visibility_settings
        WHERE (owner_id = $1 AND allowed_user_ids @> ARRAY[$2::text])
           OR (owner_id = $2 AND allowed_user_ids @> ARRAY[$1::text]) ORDER BY id FOR UPDATE) held
  WHERE v.id = held.id`;

/** Takes the person $1 from all lists. */
const LEAVE_LISTS = `UPDATE visibility_settings v SET allowed_user_ids = array_remove(v.allowed_user_ids, $1)
  FROM (SELECT id FROM visibility_settings WHERE allowed_user_ids @> ARRAY[$1::text] ORDER BY id FOR UPDATE) held
  WHERE v.id = held.id`;

/** All of the person $1, but blocks that others set. */
const DELETE_RELATIONS = `DELETE FROM friendships WHERE id IN (
  SELECT f.id FROM friendships f WHERE (requester_id = $1 OR addressee_id = $1) AND NOT (status = 'blocked'
    AND EXISTS (SELECT FROM blocks b WHERE b.blocked_id = $1 AND b.blocker_id IN (requester_id, addressee_id)))
  ORDER BY f.id FOR UPDATE)`;

/** Whether the person $1 will be given the same id again. */
const COMES_BACK = `EXISTS (SELECT FROM users WHERE id = $1 AND oidc_subject = id)`;

/** The address that is proven to be theirs and nobody else's. */
const PROVEN_ADDRESS = `SELECT t.address FROM (
    SELECT coalesce(verified_email, CASE WHEN email_proven_at IS NOT NULL THEN email END) AS address
    FROM users WHERE id = $1) t
  WHERE NOT EXISTS (SELECT FROM users o WHERE o.id <> $1
    AND (o.verified_email = t.address OR (o.email = t.address AND o.email_proven_at IS NOT NULL)))`;

/** One after the other, for the person $1 whose account is deleted. */
export const FORGET_USER = [
  `DELETE FROM blocks WHERE blocker_id = $1 OR (blocked_id = $1 AND NOT ${COMES_BACK})`,
  DELETE_RELATIONS,
  LEAVE_LISTS,
  `UPDATE visibility_settings v SET allowed_emails = array_remove(v.allowed_emails, held.address)
   FROM (SELECT s.id, p.address FROM visibility_settings s JOIN (${PROVEN_ADDRESS}) p
           ON s.allowed_emails @> ARRAY[p.address] ORDER BY s.id FOR UPDATE OF s) held
   WHERE v.id = held.id`,
];

/** For the person $1 whose account is another's from now on: what is left is for {@link LEAVE_LISTS_OF_ALL}. */
export const END_RELATIONS = `${DELETE_RELATIONS} RETURNING ${FRIENDSHIP_COLUMNS}`;
export const LEAVE_LISTS_OF_ALL = LEAVE_LISTS;

/** What the person $1 may know of their relations. */
export const EXPORT_RELATIONS = `SELECT ${FRIENDSHIP_COLUMNS}, CASE WHEN status = 'blocked' THEN $1::text END AS "blockedBy"
  FROM friendships f
  WHERE (requester_id = $1 OR addressee_id = $1)
    AND NOT EXISTS (SELECT FROM requests_by_email e WHERE e.id = f.id AND e.requester_id = $1)
    AND (status <> 'blocked' OR EXISTS (
      SELECT FROM blocks b WHERE b.blocker_id = $1 AND b.blocked_id IN (f.requester_id, f.addressee_id)))
  ORDER BY f.created_at, f.id`;

export const ARE_FRIENDS = `SELECT FROM friendships WHERE status = 'accepted'
  AND ((requester_id = $1 AND addressee_id = $2) OR (requester_id = $2 AND addressee_id = $1))`;

/** Held until the commit. $1 a person, $2 others. */
export const LOCK_FRIENDS = `SELECT id FROM friendships WHERE status = 'accepted'
    AND ((requester_id = $1 AND addressee_id = ANY ($2)) OR (addressee_id = $1 AND requester_id = ANY ($2)))
  ORDER BY id FOR SHARE`;

/** $1 id, $2 requester, $3 address, $4 seconds; nothing is returned above the limit. */
export const noteRequestByEmail = (
  limit: number,
): string => `INSERT INTO requests_by_email (id, requester_id, email, created_at)
  SELECT $1, $2, $3, to_timestamp($4)
  WHERE EXISTS (SELECT FROM requests_by_email WHERE requester_id = $2 AND email = $3)
    OR (SELECT count(*) FROM requests_by_email WHERE requester_id = $2) < ${limit}
  ON CONFLICT (requester_id, email) DO UPDATE SET email = excluded.email RETURNING id`;

export const LOCK_REQUEST_BY_EMAIL = `SELECT id, requester_id AS "requesterId" FROM requests_by_email WHERE id = $1 FOR UPDATE`;

/** $1 id, $2 who has the address now, or null. */
export const DROP_REQUEST_TO_OTHERS = `DELETE FROM friendships
  WHERE id = $1 AND status = 'pending' AND addressee_id IS DISTINCT FROM $2`;
