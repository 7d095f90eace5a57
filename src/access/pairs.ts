import { v7 as uuidv7 } from 'uuid';

import type { Seconds } from '../common/time/date-time.js';
import type { Transaction } from '../database/transactions.js';
import {
  type Friendship,
  FRIENDSHIP_COLUMNS,
  type FriendshipRow,
  type FriendshipStatus,
  type Pair,
} from './friendship.js';

/** Statements on what two people are to each other, each within the transaction of a command. */

type Within = Pick<Transaction, 'manager'>;

/**
 * One command per pair at a time, until the commit: two requests that cross, or a request and a block, are judged one
 * after the other although neither has a row to lock yet.
 */
export async function lockPair({ manager }: Within, [a, b]: Pair): Promise<void> {
  await manager.query(
    `SELECT pg_advisory_xact_lock(hashtextextended(least($1::text, $2) || E'\\n' || greatest($1::text, $2), 10))`,
    [a, b],
  );
}

/** Held until the commit. */
export async function relationOf({ manager }: Within, [a, b]: Pair): Promise<FriendshipRow | undefined> {
  const [row]: FriendshipRow[] = await manager.query(
    `SELECT ${FRIENDSHIP_COLUMNS} FROM friendships
     WHERE least(requester_id, addressee_id) = least($1::text, $2)
       AND greatest(requester_id, addressee_id) = greatest($1::text, $2) FOR UPDATE`,
    [a, b],
  );
  return row;
}

/** Held until the commit. */
export async function relationWithId({ manager }: Within, id: string): Promise<FriendshipRow | undefined> {
  const [row]: FriendshipRow[] = await manager.query(
    `SELECT ${FRIENDSHIP_COLUMNS} FROM friendships WHERE id = $1 FOR UPDATE`,
    [id],
  );
  return row;
}

/** @throws when the pair has a relation already: the caller has looked under {@link lockPair} */
export async function addRelation(
  { manager }: Within,
  [requesterId, addresseeId]: Pair,
  status: FriendshipStatus,
  at: Seconds,
  id: string = uuidv7(),
): Promise<Friendship> {
  const row: FriendshipRow = { id, requesterId, addresseeId, status, createdAt: at, updatedAt: at };
  await manager.query(
    `INSERT INTO friendships (id, requester_id, addressee_id, status, created_at, updated_at)
     VALUES ($1, $2, $3, $4, to_timestamp($5), to_timestamp($5))`,
    [row.id, requesterId, addresseeId, status, at],
  );
  return { ...row, blockedBy: null };
}

/** @returns the relation with its new status; it never changes before it was made, whichever instance acts */
export async function changeRelation(
  { manager }: Within,
  row: FriendshipRow,
  status: FriendshipStatus,
  at: Seconds,
): Promise<Friendship> {
  const updatedAt = Math.max(at, row.updatedAt);
  await manager.query(
    `UPDATE friendships SET status = $2, updated_at = to_timestamp($3),
       accepted_at = CASE WHEN $2 = 'accepted' THEN to_timestamp($3) END WHERE id = $1`,
    [row.id, status, updatedAt],
  );
  return { ...row, status, updatedAt, blockedBy: null };
}

export async function deleteRelation({ manager }: Within, id: string): Promise<void> {
  await manager.query(`DELETE FROM friendships WHERE id = $1`, [id]);
}

/** @returns false when it was there */
export async function addBlock({ manager }: Within, [blocker, blocked]: Pair, at: Seconds): Promise<boolean> {
  const rows: unknown[] = await manager.query(
    `INSERT INTO blocks (blocker_id, blocked_id, created_at) VALUES ($1, $2, to_timestamp($3))
     ON CONFLICT DO NOTHING RETURNING blocker_id`,
    [blocker, blocked, at],
  );
  return rows.length > 0;
}

/** @returns false when there was none */
export async function removeBlock({ manager }: Within, [blocker, blocked]: Pair): Promise<boolean> {
  const [removed]: [unknown[]] = await manager.query(
    `DELETE FROM blocks WHERE blocker_id = $1 AND blocked_id = $2 RETURNING blocker_id`,
    [blocker, blocked],
  );
  return removed.length > 0;
}

export async function isBlockedBy({ manager }: Within, [blocked, blocker]: Pair): Promise<boolean> {
  const rows: unknown[] = await manager.query(`SELECT FROM blocks WHERE blocker_id = $1 AND blocked_id = $2`, [
    blocker,
    blocked,
  ]);
  return rows.length > 0;
}

/** Each leaves the other's `selected` lists; in the order of ids, so that two who do this at once never wait for each other. */
export async function leaveListsOfEachOther({ manager }: Within, [a, b]: Pair, at: Seconds): Promise<void> {
  await manager.query(
    `UPDATE visibility_settings v SET updated_at = greatest(v.updated_at, to_timestamp($3)),
       allowed_user_ids = array_remove(v.allowed_user_ids, CASE v.owner_id WHEN $1 THEN $2::text ELSE $1 END)
     FROM (SELECT id FROM visibility_settings
           WHERE (owner_id = $1 AND allowed_user_ids @> ARRAY[$2::text])
              OR (owner_id = $2 AND allowed_user_ids @> ARRAY[$1::text]) ORDER BY id FOR UPDATE) held
     WHERE v.id = held.id`,
    [a, b, at],
  );
}
