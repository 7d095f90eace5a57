/** The name of the user `u`: what a person set themselves comes before what their issuer said (docs/spec/v1.md#9-usersme). */
export const SHOWN_NAME = `coalesce(u.display_name, u.claims->>'display_name')`;
const SHOWN_AVATAR = `coalesce(u.avatar_url, u.claims->>'avatar_url')`;

/** $1 person, $2 limit, $3 and $4 time and id of the last one seen, or null. */
export const FRIENDS = `SELECT u.id AS "userId", f.id AS "friendshipId",
    ${SHOWN_NAME} AS "displayName", ${SHOWN_AVATAR} AS "avatarUrl", extract(epoch from f.accepted_at)::float8 AS since
  FROM friendships f
  JOIN users u ON u.id = CASE WHEN f.requester_id = $1 THEN f.addressee_id ELSE f.requester_id END
  WHERE f.status = 'accepted' AND (f.requester_id = $1 OR f.addressee_id = $1)
    AND ($3::float8 IS NULL OR (f.accepted_at, f.id) > (to_timestamp($3), $4::uuid))
  ORDER BY f.accepted_at, f.id LIMIT $2`;

/** @param asked the requests of the person `$1`: a query of five columns; the other parameters as in {@link FRIENDS} */
const pending = (
  asked: string,
): string => `SELECT f.id, f.requester_id AS "requesterId", f.addressee_id AS "addresseeId",
    f.email AS "addresseeEmail", ${SHOWN_NAME} AS "requesterDisplayName", ${SHOWN_AVATAR} AS "requesterAvatarUrl",
    extract(epoch from f.created_at)::float8 AS "createdAt"
  FROM (${asked}) f JOIN users u ON u.id = f.requester_id
  WHERE $3::float8 IS NULL OR (f.created_at, f.id) < (to_timestamp($3), $4::uuid)
  ORDER BY f.created_at DESC, f.id DESC LIMIT $2`;

export const RECEIVED =
  pending(`SELECT f.id, f.requester_id, f.addressee_id, NULL AS email, f.created_at FROM friendships f
  WHERE f.status = 'pending' AND f.addressee_id = $1`);

export const SENT = pending(`SELECT f.id, f.requester_id, f.addressee_id, NULL AS email, f.created_at FROM friendships f
    WHERE f.status = 'pending' AND f.requester_id = $1
      AND NOT EXISTS (SELECT FROM requests_by_email e WHERE e.id = f.id)
  UNION ALL
  SELECT e.id, e.requester_id, NULL, e.email, e.created_at FROM requests_by_email e WHERE e.requester_id = $1`);
