import { friendIdsOf, mayReadBySetting, noBlockBetween, sharedWith } from './access-conditions.sql.js';
import { SHOWN_NAME } from './friend-lists.sql.js';

const COLUMNS = `id, resource_type AS "resourceType", resource_id AS "resourceId", owner_id AS "ownerId", level,
  allowed_user_ids AS "allowedUserIds", allowed_emails AS "allowedEmails", allowed_domains AS "allowedDomains",
  extract(epoch from created_at)::float8 AS "createdAt", extract(epoch from updated_at)::float8 AS "updatedAt"`;

/** $1 reader, $2 type, $3 ids. */
export const MAY_READ = `SELECT v.resource_id AS id FROM visibility_settings v
  WHERE v.resource_type = $2 AND v.resource_id = ANY ($3::uuid[]) AND ${mayReadBySetting('$1::text')}`;

/** $1 type, $2 ids. */
export const LEVELS = `SELECT resource_id AS id, level FROM visibility_settings
  WHERE resource_type = $1 AND resource_id = ANY ($2::uuid[])`;

/** $1 type, $2 id. */
export const READ = `SELECT ${COLUMNS} FROM visibility_settings WHERE resource_type = $1 AND resource_id = $2`;

/** $1 id, $2 type, $3 resource, $4 owner, $5 level, $6 users, $7 addresses, $8 domains, $9 seconds. */
export const UPSERT = `INSERT INTO visibility_settings AS v (id, resource_type, resource_id, owner_id, level,
    allowed_user_ids, allowed_emails, allowed_domains, created_at, updated_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, to_timestamp($9), to_timestamp($9))
  ON CONFLICT (resource_type, resource_id) DO UPDATE SET level = excluded.level,
    allowed_user_ids = excluded.allowed_user_ids, allowed_emails = excluded.allowed_emails,
    allowed_domains = excluded.allowed_domains, updated_at = greatest(v.updated_at, excluded.updated_at)
  RETURNING ${COLUMNS}`;

/** $1 type, $2 ids. */
export const FORGET = `DELETE FROM visibility_settings WHERE resource_type = $1 AND resource_id = ANY ($2::uuid[])`;

export const EXPORT = `SELECT ${COLUMNS} FROM visibility_settings WHERE owner_id = $1 ORDER BY created_at, id`;

/** $1 readers, $2 the resource. */
export const readersOf = (
  type: string,
): string => `SELECT p.id AS reader, $2::uuid IN (${sharedWith('p.id', type)}) AS listed
  FROM unnest($1::text[]) AS p (id)
  JOIN visibility_settings v ON v.resource_type = '${type}' AND v.resource_id = $2::uuid
  WHERE ${mayReadBySetting('p.id')}`;

/** Friends of the person $1 across no block, with the person's name and setting. */
export const HEARING = `SELECT ${SHOWN_NAME} AS "displayName", u.activity_sharing AS sharing,
    ARRAY(SELECT p.id FROM (${friendIdsOf('u.id')}) AS p (id)
          WHERE ${noBlockBetween('u.id', 'p.id')} ORDER BY p.id) AS "friendIds"
  FROM users u WHERE u.id = $1`;
