import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

import { Database } from '../../database/database.js';
import { type Transaction, Transactions } from '../../database/transactions.js';
import { FailedAuthentications } from '../../rate-limits/failed-authentications.js';
import { IssueHold } from '../sessions/issue-hold.js';
import { Users } from '../users/users.js';
import type { Identity } from '../bearer/identity.js';
import { LegacyToken } from './legacy-token.entity.js';
import { DELETE_ALL_OF, DELETE_BEYOND, deleteOne, FIND } from './legacy-tokens.sql.js';
import { hashToken, newToken } from './token-text.js';
import { TokenUsage } from './token-usage.js';

/** docs/spec/legacy.md#tokens. */
export const MAX_TOKENS_PER_USER = 50;
/** What another process revokes stops working here within 5 s (docs/spec/v1.md#31-own-accounts), a slow look-up included. */
const BELIEVED_FOR_MS = 4_000;
const CACHED_TOKENS = 20_000;

/** Whose a token is. */
export interface TokenIdentity {
  readonly tokenId: string;
  readonly userId: string;
}

/** A token just issued; its text is shown this once. */
export interface IssuedToken {
  readonly id: string;
  readonly token: string;
  readonly createdAt: Date;
}

/** What a person is shown of a token of theirs. */
export interface OwnTokenRecord {
  readonly id: string;
  readonly label: string | null;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  /** A bigint as text. */
  readonly calls: string;
}

/** One line of `tokens usage`. */
export interface TokenRecord extends OwnTokenRecord {
  readonly email: string | null;
}

type Row = { token_hash: Buffer };

/** The tokens of the legacy API: issued, known, counted, revoked. */
@Injectable()
export class LegacyTokens {
  private readonly known = new LRUCache<string, TokenIdentity>({ max: CACHED_TOKENS, ttl: BELIEVED_FOR_MS });
  private revocations = 0;

  constructor(
    private readonly database: Database,
    private readonly transactions: Transactions,
    private readonly users: Users,
    private readonly hold: IssueHold,
    private readonly usage: TokenUsage,
    private readonly failed: FailedAuthentications,
  ) {}

  /**
   * Whose token this is, counted as one use; undefined when it is nobody's (any more).
   * @param address where it was shown, as `networkOf` gives it: what is nobody's counts for it
   * @throws TooManyRequestsError
   */
  async identify(token: string, address?: string): Promise<TokenIdentity | undefined> {
    const hash = hashToken(token);
    const identity = this.known.get(keyOf(hash)) ?? (await this.lookUpFor(address, hash));
    if (identity) this.usage.count(identity.tokenId);
    return identity;
  }

  /** A new token in a transaction of its own; see {@link issueWithin}. */
  async issue(userId: string, label?: string): Promise<IssuedToken> {
    await this.settleUsage();
    return this.transactions.of(userId).run((transaction) => this.issueWithin(transaction, userId, label));
  }

  /** A new token for somebody who is signed in. @throws InvalidAccessTokenError when the session has just ended */
  async issueTo(caller: Pick<Identity, 'userId' | 'sessionId'>, label?: string): Promise<IssuedToken> {
    await this.settleUsage();
    return this.transactions.of(caller.userId).run(async (transaction) => {
      await this.hold.take(caller);
      return this.issueWithin(transaction, caller.userId, label);
    });
  }

  /** Another text for a token whose own was lost; that one opens nothing any more. @returns undefined when it is revoked */
  renew(id: string): Promise<string | undefined> {
    const token = newToken();
    return this.transactions.of(id).run(async (transaction) => {
      const rows = this.database.repository(LegacyToken);
      const former = await rows.findOne({ where: { id }, lock: { mode: 'pessimistic_write' } });
      if (former === null) return undefined;
      await rows.update({ id }, { tokenHash: hashToken(token) });
      this.forgetAfter(transaction, [{ token_hash: former.tokenHash }]);
      return token;
    });
  }

  /**
   * A new token, shown this once. Above fifty it replaces the one unused longest. The person's row is locked for it, so
   * sign-ins that come together cannot all find room for one more; call {@link settleUsage} before the transaction.
   */
  async issueWithin(transaction: Transaction, userId: string, label?: string): Promise<IssuedToken> {
    await this.users.hold(userId);
    this.forgetAfter(transaction, await this.database.query<Row>(DELETE_BEYOND, [userId, MAX_TOKENS_PER_USER - 1]));
    const token = newToken();
    const row = { id: randomUUID(), userId, tokenHash: hashToken(token), label: label ?? null };
    const { generatedMaps } = await this.database.repository(LegacyToken).insert(row);
    const [{ createdAt } = { createdAt: undefined }] = generatedMaps as Pick<LegacyToken, 'createdAt'>[];
    return { id: row.id, token, createdAt: createdAt ?? new Date() };
  }

  /** Writes the counted uses, so that "unused longest" is judged on all that this instance has seen. */
  settleUsage(): Promise<void> {
    return this.usage.flush();
  }

  /** Ends all tokens of a person: at once here, within 5 s elsewhere. */
  async revokeAllOf(transaction: Transaction, userId: string): Promise<void> {
    this.forgetAfter(transaction, await this.database.query<Row>(DELETE_ALL_OF, [userId]));
  }

  /** @param which a token, a token's id, or the same if it is this person's; @returns whether there was one */
  async revoke(which: { token: string } | { id: string; userId?: string }): Promise<boolean> {
    const [statement, value] =
      'token' in which ? [deleteOne('token_hash'), hashToken(which.token)] : [deleteOne('id'), which.id];
    const userId = 'userId' in which ? which.userId : undefined;
    return this.transactions.run(async (transaction) => {
      const revoked = await this.database.query<Row>(statement, [value, userId ?? null]);
      this.forgetAfter(transaction, revoked);
      return revoked.length > 0;
    });
  }

  /** Every token with its uses, those used last first: who still needs the legacy API. */
  async list(): Promise<TokenRecord[]> {
    const tokens = await this.database
      .repository(LegacyToken)
      .createQueryBuilder('token')
      .innerJoinAndSelect('token.user', 'person')
      .orderBy('token.lastUsedAt', 'DESC', 'NULLS LAST')
      .addOrderBy('token.createdAt', 'DESC')
      .addOrderBy('token.id')
      .getMany();
    return tokens.map(({ id, label, createdAt, lastUsedAt, calls, user: { email } }) => {
      return { id, email, label, createdAt, lastUsedAt, calls };
    });
  }

  /** One person's tokens, newest first. */
  listOf(userId: string): Promise<OwnTokenRecord[]> {
    return this.database.repository(LegacyToken).find({
      select: { id: true, label: true, createdAt: true, lastUsedAt: true, calls: true },
      where: { userId },
      order: { createdAt: 'DESC', id: 'DESC' },
    });
  }

  private async lookUpFor(address: string | undefined, hash: Buffer): Promise<TokenIdentity | undefined> {
    await this.failed.admit(address);
    const identity = await this.lookUp(hash);
    if (identity === undefined) await this.failed.note(address);
    return identity;
  }

  /** A look-up that a revocation overtakes may have read the token just before, so it is not remembered. */
  private async lookUp(hash: Buffer): Promise<TokenIdentity | undefined> {
    const revocations = this.revocations;
    const [identity] = await this.database.query<TokenIdentity>({ ...FIND, values: [hash] });
    if (identity && revocations === this.revocations) this.known.set(keyOf(hash), identity);
    return identity;
  }

  private forgetAfter(transaction: Transaction, tokens: readonly Row[]): void {
    if (tokens.length === 0) return;
    transaction.afterCommit(() => {
      this.revocations += 1;
      for (const { token_hash: hash } of tokens) this.known.delete(keyOf(hash));
    });
  }
}

const keyOf = (hash: Buffer): string => hash.toString('base64');
