import { randomUUID } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';

import type { Seconds } from '../common/time/date-time.js';
import { Database } from '../database/database.js';
import { type Transaction, Transactions } from '../database/transactions.js';
import { AccountClaims } from '../identity/accounts/account-claims.js';
import { InvalidAccessTokenError } from '../identity/access-tokens/invalid-access-token.js';
import { userTopic } from '../signals/topics.js';
import { Signals } from '../signals/signals.js';
import { Users } from '../identity/users/users.js';
import { Addressees } from './addressees.js';
import { Block } from './block.entity.js';
import {
  AlreadyFriendsError,
  CannotFriendSelfError,
  FriendCodeNotFoundError,
  FriendRequestAlreadyExistsError,
  FriendRequestNotPendingError,
  FriendshipNotFoundError,
  NotFriendRequestRecipientError,
  NotFriendsError,
  UserBlockedError,
} from './errors.js';
import { type Friendship, FRIENDSHIP_CHANGED, type FriendshipRow, type Pair, pairOf } from './friendship.js';
import { END_RELATIONS, EXPORT_RELATIONS, FORGET_USER, LEAVE_LISTS_OF_ALL } from './friendships.sql.js';
import {
  addBlock,
  addRelation,
  changeRelation,
  deleteRelation,
  isBlockedBy,
  leaveListsOfEachOther,
  lockPair,
  relationOf,
  relationWithId,
  removeBlock,
} from './friendship-queries.js';
import {
  dropRequestToOthers,
  forgetRequest,
  isRequestByEmail,
  noteRequest,
  requestByEmail,
} from './requests-by-email.js';
import { RequestByEmail } from './request-by-email.entity.js';
import { VisibilitySetting } from './visibility-setting.entity.js';

/**
 * Requests, friendships and blocks (docs/spec/v1.md#10-friends). Each command is one transaction, in which both people
 * are told what
 * changed for them. `at` is always the clock's tick.
 */
@Injectable()
export class Friendships implements OnModuleInit {
  constructor(
    private readonly transactions: Transactions,
    private readonly database: Database,
    private readonly signals: Signals,
    private readonly users: Users,
    private readonly addressees: Addressees,
    private readonly claims: AccountClaims,
  ) {}

  onModuleInit(): void {
    this.claims.register((transaction, userId) => this.endAllOf(transaction, userId));
  }

  /**
   * Asks the person with this code.
   * @throws FriendCodeNotFoundError CannotFriendSelfError FriendRequestAlreadyExistsError AlreadyFriendsError
   * UserBlockedError
   */
  requestByCode(requesterId: string, code: string, at: Seconds): Promise<Friendship> {
    return this.transactions.of(requesterId).run(async (transaction) => {
      await this.requireAccount(requesterId);
      const addresseeId = await this.addressees.withCode(code);
      if (addresseeId === undefined) throw new FriendCodeNotFoundError();
      if (addresseeId === requesterId) throw new CannotFriendSelfError();
      const pair: Pair = [requesterId, addresseeId];
      await lockPair(transaction, pair);
      refuseSecond(await this.openRelationOf(transaction, pair));
      return addRelation(transaction, pair, 'pending', at);
    });
  }

  /**
   * Asks the person with this address if there is one and the rules allow it, and never says whether: for the requester
   * the request stands until it is accepted or taken back. What is not allowed goes the same way with somebody who does
   * not exist in the other's place, statement by statement to the commit on disk, so that the time it takes says nothing
   * either.
   * @param email normalised
   * @throws TooManyRequestsByEmailError
   */
  requestByEmail(requesterId: string, email: string, at: Seconds): Promise<void> {
    return this.transactions.of(requesterId).run(async (transaction) => {
      await this.requireAccount(requesterId);
      const id = await noteRequest(transaction, requesterId, email, at);
      const found = await this.addressees.withEmail(email);
      await dropRequestToOthers(transaction, id, found);
      const nobody = randomUUID();
      const pair: Pair = [requesterId, found ?? nobody];
      await lockPair(transaction, pair);
      const relation = await relationOf(transaction, pair);
      const allowed = found !== undefined && found !== requesterId && relation === undefined;
      // The one of before stands where the person was asked already.
      const [asked, requestId] = allowed ? [pair, id] : [[requesterId, nobody] as const, nobody];
      await addRelation(transaction, asked, 'pending', at, requestId);
      await deleteRelation(transaction, nobody);
    });
  }

  /**
   * The addressee agrees.
   * @throws FriendshipNotFoundError NotFriendRequestRecipientError FriendRequestNotPendingError
   */
  accept(userId: string, id: string, at: Seconds): Promise<Friendship> {
    return this.transactions.of(userId).run(async (transaction) => {
      await requestByEmail(transaction, id);
      const request = await pendingOf(transaction, id, (row) => row.addresseeId === userId);
      const friendship = await changeRelation(transaction, request, 'accepted', at);
      await forgetRequest(transaction, id);
      await this.announce(transaction, pairOf(request), 'accepted');
      return friendship;
    });
  }

  /** The addressee declines; it can be sent again. @throws as {@link accept} */
  reject(userId: string, id: string): Promise<void> {
    return this.transactions.of(userId).run(async (transaction) => {
      const request = await pendingOf(transaction, id, (row) => row.addresseeId === userId);
      await deleteRelation(transaction, request.id);
    });
  }

  /** The requester takes it back. @throws as {@link accept} */
  cancel(userId: string, id: string): Promise<void> {
    return this.transactions.of(userId).run(async (transaction) => {
      if (await this.cancelByEmail(transaction, userId, id)) return;
      const request = await pendingOf(transaction, id, (row) => row.requesterId === userId);
      await deleteRelation(transaction, request.id);
    });
  }

  /**
   * Either side ends an accepted friendship.
   * @throws FriendshipNotFoundError NotFriendsError when it is between others
   */
  remove(userId: string, id: string, at: Seconds): Promise<void> {
    return this.transactions.of(userId).run(async (transaction) => {
      const asked = await requestByEmail(transaction, id);
      const friendship = await relationWithId(transaction, id);
      const isOthers = asked !== undefined && asked.requesterId !== userId;
      if (friendship === undefined) throw isOthers ? new NotFriendsError() : new FriendshipNotFoundError();
      const pair = pairOf(friendship);
      if (!pair.includes(userId)) throw new NotFriendsError();
      if (friendship.status !== 'accepted') throw new FriendshipNotFoundError();
      await deleteRelation(transaction, id);
      await leaveListsOfEachOther(transaction, pair, at);
      await this.announce(transaction, pair, 'none');
    });
  }

  /**
   * Blocks anybody, also an id that nobody has, in place of a friendship or a request. Once more changes nothing, and
   * neither does blocking back: the other's block stays beneath.
   * @throws CannotFriendSelfError
   */
  async block(userId: string, otherId: string, at: Seconds): Promise<Friendship> {
    if (userId === otherId) throw new CannotFriendSelfError();
    const pair: Pair = [userId, otherId];
    return this.transactions.of(userId).run(async (transaction) => {
      await this.requireAccount(userId);
      await lockPair(transaction, pair);
      await addBlock(transaction, pair, at);
      const relation = await relationOf(transaction, pair);
      if (relation?.status === 'blocked') return { ...relation, blockedBy: userId };
      // A request by e-mail makes way for a row of its own: its id would tell its sender whom it reached.
      const makesWay = relation?.status === 'pending' && (await isRequestByEmail(transaction, relation.id));
      if (makesWay) await deleteRelation(transaction, relation.id);
      const blocked = await (relation === undefined || makesWay
        ? addRelation(transaction, pair, 'blocked', at)
        : changeRelation(transaction, relation, 'blocked', at));
      await leaveListsOfEachOther(transaction, pair, at);
      await this.announce(transaction, pair, 'blocked');
      return { ...blocked, blockedBy: userId };
    });
  }

  /**
   * Takes the caller's own block back; no relation is left, unless the other blocked too.
   * @throws FriendshipNotFoundError UserBlockedError when only the other blocked
   */
  unblock(userId: string, otherId: string): Promise<void> {
    const pair: Pair = [userId, otherId];
    return this.transactions.of(userId).run(async (transaction) => {
      await lockPair(transaction, pair);
      const removed = await removeBlock(transaction, pair);
      const blockedByOther = await isBlockedBy(transaction, pair);
      if (!removed) throw blockedByOther ? new UserBlockedError() : new FriendshipNotFoundError();
      if (blockedByOther) return;
      const relation = await relationOf(transaction, pair);
      if (relation !== undefined) await deleteRelation(transaction, relation.id);
      await this.announce(transaction, pair, 'none');
    });
  }

  /**
   * An account is being deleted: its friendships, requests and blocks go, and others' lists lose it
   * (docs/spec/v1.md#9-usersme): its
   * id, and its address if that was proven. A block that somebody else set goes only with an id that nobody will
   * have again: somebody of an outside issuer comes back under the same one, and a block outlives what its target does
   * (docs/spec/v1.md#12-easy-to-get-wrong).
   */
  async forgetUser({ manager }: Pick<Transaction, 'manager'>, userId: string): Promise<void> {
    for (const statement of FORGET_USER) await manager.query(statement, [userId]);
  }

  /**
   * The account is somebody else's from now on (docs/spec/v1.md#31-own-accounts, "proof from outside"): its friendships
   * and requests either
   * way, its blocks and what it shared go. The blocks that others set stay.
   */
  private async endAllOf(transaction: Transaction, userId: string): Promise<void> {
    await this.database.repository(Block).delete({ blockerId: userId });
    const ended = await this.database.query<FriendshipRow>(END_RELATIONS, [userId]);
    await this.database.repository(RequestByEmail).delete({ requesterId: userId });
    await this.database.repository(VisibilitySetting).delete({ ownerId: userId });
    await this.database.execute(LEAVE_LISTS_OF_ALL, [userId]);
    for (const relation of ended) {
      if (relation.status !== 'pending') await this.announce(transaction, pairOf(relation), 'none');
    }
  }

  /** For a person's export: their friendships and requests, those by e-mail left out; and whom they blocked; not who blocked them. */
  exportOf(userId: string): Promise<Friendship[]> {
    return this.database.query(EXPORT_RELATIONS, [userId]);
  }

  /**
   * What a caller may know of the two. Whom they asked by e-mail they do not know, so that request makes way: it stands
   * for its sender as any to an address without an account, and what follows has an id of its own.
   */
  private async openRelationOf(transaction: Transaction, pair: Pair): Promise<FriendshipRow | undefined> {
    const relation = await relationOf(transaction, pair);
    if (relation?.status !== 'pending' || relation.requesterId !== pair[0]) return relation;
    if (!(await isRequestByEmail(transaction, relation.id))) return relation;
    await deleteRelation(transaction, relation.id);
    return undefined;
  }

  /** @returns false when it is no request by e-mail of this person; the same for an address with and without an account */
  private async cancelByEmail(transaction: Transaction, userId: string, id: string): Promise<boolean> {
    const asked = await requestByEmail(transaction, id);
    if (asked?.requesterId !== userId) return false;
    await forgetRequest(transaction, id);
    const relation = await relationWithId(transaction, id);
    if (relation?.status === 'pending') await deleteRelation(transaction, id);
    return true;
  }

  /**
   * Keeps the account until the commit: another instance may believe a deleted person's token for some seconds more, and
   * what it leaves behind then would stay.
   * @throws InvalidAccessTokenError
   */
  private async requireAccount(userId: string): Promise<void> {
    if (!(await this.users.keep(userId))) throw new InvalidAccessTokenError('Invalid token: revoked');
  }

  private async announce(
    transaction: Transaction,
    [a, b]: Pair,
    status: 'accepted' | 'none' | 'blocked',
  ): Promise<void> {
    const body = { user_ids: [a, b] as const, status };
    for (const person of [a, b]) {
      await this.signals.add(transaction, { topic: userTopic(person), kind: FRIENDSHIP_CHANGED, body });
    }
  }
}

/** A request takes two who are nothing to each other yet; one that crosses another is not an answer to it. */
function refuseSecond(relation: FriendshipRow | undefined): void {
  if (relation?.status === 'pending') throw new FriendRequestAlreadyExistsError();
  if (relation?.status === 'accepted') throw new AlreadyFriendsError();
  if (relation?.status === 'blocked') throw new UserBlockedError();
}

/** The pending request with this id, held until the commit, if `may` says that the caller answers it. */
async function pendingOf(
  transaction: Transaction,
  id: string,
  may: (row: FriendshipRow) => boolean,
): Promise<FriendshipRow> {
  const request = await relationWithId(transaction, id);
  const isByEmail = request === undefined && (await isRequestByEmail(transaction, id));
  if (request === undefined) throw isByEmail ? new NotFriendRequestRecipientError() : new FriendshipNotFoundError();
  if (!may(request)) throw new NotFriendRequestRecipientError();
  if (request.status !== 'pending') throw new FriendRequestNotPendingError();
  return request;
}
