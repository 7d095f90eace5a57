import { v7 as uuidv7 } from 'uuid';

import type { Seconds } from '../common/time/date-time.js';
import type { Transaction } from '../database/transactions.js';
import { Block } from './block.entity.js';
import { FriendshipRow as Relation } from './friendship.entity.js';
import type { Friendship, FriendshipRow, FriendshipStatus, Pair } from './friendship.js';
import {
  INSERT_BLOCK,
  INSERT_RELATION,
  LEAVE_LISTS_OF_EACH_OTHER,
  LOCK_PAIR,
  LOCK_RELATION,
  LOCK_RELATION_BY_ID,
  UPDATE_RELATION,
} from './friendships.sql.js';

/** Statements on what two people are to each other, each within the transaction of a command. */

type Within = Pick<Transaction, 'manager'>;

/**
 * One command per pair at a time, until the commit: two requests that cross, or a request and a block, are judged one
 * after the other although neither has a row to lock yet.
 */
export async function lockPair({ manager }: Within, [a, b]: Pair): Promise<void> {
  await manager.query(LOCK_PAIR, [a, b]);
}

/** Held until the commit. */
export async function relationOf({ manager }: Within, [a, b]: Pair): Promise<FriendshipRow | undefined> {
  const [row]: FriendshipRow[] = await manager.query(LOCK_RELATION, [a, b]);
  return row;
}

/** Held until the commit. */
export async function relationWithId({ manager }: Within, id: string): Promise<FriendshipRow | undefined> {
  const [row]: FriendshipRow[] = await manager.query(LOCK_RELATION_BY_ID, [id]);
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
  await manager.query(INSERT_RELATION, [row.id, requesterId, addresseeId, status, at]);
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
  await manager.query(UPDATE_RELATION, [row.id, status, updatedAt]);
  return { ...row, status, updatedAt, blockedBy: null };
}

export async function deleteRelation({ manager }: Within, id: string): Promise<void> {
  await manager.delete(Relation, { id });
}

/** @returns false when it was there */
export async function addBlock({ manager }: Within, [blocker, blocked]: Pair, at: Seconds): Promise<boolean> {
  const rows: unknown[] = await manager.query(INSERT_BLOCK, [blocker, blocked, at]);
  return rows.length > 0;
}

/** @returns false when there was none */
export async function removeBlock({ manager }: Within, [blocker, blocked]: Pair): Promise<boolean> {
  const { affected } = await manager.delete(Block, { blockerId: blocker, blockedId: blocked });
  return affected === 1;
}

export function isBlockedBy({ manager }: Within, [blocked, blocker]: Pair): Promise<boolean> {
  return manager.existsBy(Block, { blockerId: blocker, blockedId: blocked });
}

/** Each leaves the other's `selected` lists; in the order of ids, so that two who do this at once never wait for each other. */
export async function leaveListsOfEachOther({ manager }: Within, [a, b]: Pair, at: Seconds): Promise<void> {
  await manager.query(LEAVE_LISTS_OF_EACH_OTHER, [a, b, at]);
}
