import { verifiedEmailOf } from '../identity/users/users.sql.js';

/**
 * The sentences of docs/spec/v1.md#10-friends and docs/spec/v1.md#11-visibility as SQL, in one place. `reader`, `a` and
 * `b` are SQL expressions of user ids
 * (a parameter such as `$1`, a column), never values.
 */

/** The ids of a person's accepted friends: a query of one column. */
export const friendIdsOf = (person: string): string =>
  `SELECT CASE WHEN f.requester_id = ${person} THEN f.addressee_id ELSE f.requester_id END
   FROM friendships f WHERE f.status = 'accepted' AND (f.requester_id = ${person} OR f.addressee_id = ${person})`;

/** Nobody sees anybody across a block, whoever of the two set it. */
export const noBlockBetween = (a: string, b: string): string =>
  `NOT EXISTS (SELECT FROM blocks b WHERE (b.blocker_id = ${a} AND b.blocked_id = ${b})
     OR (b.blocker_id = ${b} AND b.blocked_id = ${a}))`;

// "Contains", not "overlaps": the planner takes an overlap with what it does not know yet for too much for an index.
const listsEmailOf = (reader: string): string => `v.allowed_emails @> ARRAY[${verifiedEmailOf(reader)}]`;

/** What comes after the last `@`. */
const listsDomainOf = (reader: string): string =>
  `v.allowed_domains @> ARRAY[split_part(${verifiedEmailOf(reader)}, '@', -1)]`;

/** The setting `v` lists the reader by `list`: their verified address, or its domain. */
const listsReader = (reader: string, list: string): string =>
  `(v.level = 'allowed_emails' AND v.owner_id <> ${reader} AND ${noBlockBetween(reader, 'v.owner_id')} AND (${list}))`;

/** The setting `v` is a friend's and lets this friend in. A friend's public item passes too: see {@link sharedWith}. */
const letsFriendIn = (reader: string): string =>
  `(v.owner_id IN (${friendIdsOf(reader)}) AND ${noBlockBetween(reader, 'v.owner_id')}
    AND (v.level IN ('friends', 'public') OR (v.level = 'selected' AND v.allowed_user_ids @> ARRAY[${reader}])))`;

/** Whoever knows the id may read it. */
const isPublic = (reader: string): string =>
  `(v.level = 'public' AND v.owner_id <> ${reader} AND ${noBlockBetween(reader, 'v.owner_id')})`;

/**
 * Somebody else's setting `v` lists its item for the reader under `scope=shared`: by friendship or by a list. The same
 * as {@link sharedWith}, asked of settings that are known.
 */
export const listedBySetting = (reader: string): string =>
  `(${letsFriendIn(reader)} OR ${listsReader(reader, `${listsEmailOf(reader)} OR ${listsDomainOf(reader)}`)})`;

/** Somebody else's setting `v` lets the reader read its item (docs/spec/v1.md#11-visibility, "Who may read"). */
export const mayReadBySetting = (reader: string): string => `(${isPublic(reader)} OR ${listedBySetting(reader)})`;

/**
 * The ids of others' items that `scope=shared` lists: what passes by friendship or by a list
 * (docs/spec/v1.md#11-visibility). A query of
 * one column, each branch served by an index of its own.
 *
 * A friend's public item is listed: everybody who is let in by `friends` is let in by `public`, so friendship does let
 * the friend in, and whoever opens an item from `friends` to `public` does not mean to take it off the friends' lists.
 * Only a stranger's public item is left out, or the list would be that of the whole server.
 */
export const sharedWith = (reader: string, type: string): string =>
  [letsFriendIn(reader), listsReader(reader, listsEmailOf(reader)), listsReader(reader, listsDomainOf(reader))]
    .map((one) => `SELECT v.resource_id FROM visibility_settings v WHERE v.resource_type = '${type}' AND ${one}`)
    .join(' UNION ALL ');
