import { randomBytes, randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';

import { hashOfSecret } from '../../common/secret-hash.js';
import { Failure } from '../../common/errors.js';
import { SETTINGS, type Settings } from '../../config/settings.js';
import { Database } from '../../database/database.js';
import { type Transaction, Transactions } from '../../database/transactions.js';
import { userTopic } from '../../signals/topics.js';
import { Signals } from '../../signals/signals.js';
import { RefreshToken } from './refresh-token.entity.js';
import { SessionRow } from './session.entity.js';
import {
  DELETE_EXPIRED_OF,
  DELETE_OLD_TOKENS,
  END,
  IS_OPEN,
  LOCK_ALL_OF,
  LOCK_FAMILY,
  OPEN,
  OPEN_AMONG,
  PROLONG,
  READ_FAMILY,
  SPEND,
  type TokenFamily,
} from './sessions.sql.js';

/** The refresh token is unknown, spent, or its session is over (docs/spec/v1.md#23-others). */
export class InvalidRefreshTokenError extends Failure {
  readonly code = 'INVALID_REFRESH_TOKEN';

  constructor() {
    super('Invalid refresh token');
  }
}

/** No such session of the caller (docs/spec/v1.md#31-own-accounts). */
export class SessionNotFoundError extends Failure {
  readonly code = 'SESSION_NOT_FOUND';

  constructor() {
    super('Session not found');
  }
}

/** A sign-in and its next refresh token, which is shown this once. */
export interface OpenedSession {
  readonly sessionId: string;
  readonly userId: string;
  readonly refreshToken: string;
  /** When the person signed in, epoch seconds. */
  readonly authTime: number;
}

/** A line of `GET /v1/auth/sessions`. */
export interface SessionRecord {
  readonly id: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  readonly userAgent: string | null;
}

/** Kind of the signal that ends sessions: body `{session_ids}`. */
export const SESSIONS_ENDED = 'sessions.ended';

/** Of the turns of what is done with a token: the person is not known yet. */
const keyOf = (token: string): string => hashOfSecret(token).toString('base64url');
const newRefreshToken = (): string => randomBytes(32).toString('base64url');

/**
 * Sign-ins. A session is a family of refresh tokens of which each is spent on the next. One that comes long after it was
 * spent was stolen, or its successor was, so the family ends (docs/spec/v1.md#31-own-accounts). Tokens are stored as SHA-256.
 */
@Injectable()
export class Sessions {
  private readonly lifetimeSeconds: number;

  constructor(
    private readonly database: Database,
    private readonly transactions: Transactions,
    private readonly signals: Signals,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.lifetimeSeconds = settings.auth.refreshTtlMs / 1_000;
  }

  open(userId: string, userAgent: string | undefined): Promise<OpenedSession> {
    return this.transactions.of(userId).run(() => this.openWithin(userId, userAgent));
  }

  /** Signs a user in as part of a larger transaction. */
  async openWithin(userId: string, userAgent: string | undefined): Promise<OpenedSession> {
    const sessionId = randomUUID();
    const values = [sessionId, userId, userAgent?.slice(0, 500) ?? null, this.lifetimeSeconds];
    const [opened] = await this.database.query<{ auth_time: number }>(OPEN, values);
    await this.database.execute(DELETE_EXPIRED_OF, [userId]);
    return { sessionId, userId, refreshToken: await this.addToken(sessionId), authTime: opened?.auth_time ?? 0 };
  }

  /** The session a refresh token belongs to, spent or not; undefined for an unknown one. */
  async familyOf(refreshToken: string): Promise<string | undefined> {
    return (await this.database.repository(RefreshToken).findOneBy({ tokenHash: hashOfSecret(refreshToken) }))
      ?.sessionId;
  }

  /** Spends a refresh token on the next one; within 30 s it is answered with another pair. @throws InvalidRefreshTokenError */
  async refresh(refreshToken: string): Promise<OpenedSession> {
    const refreshed = await this.transactions
      .of(keyOf(refreshToken))
      .run((transaction) => this.spend(transaction, refreshToken));
    // Thrown only here: thrown inside, it would roll back the end of the family.
    if (refreshed === undefined) throw new InvalidRefreshTokenError();
    return refreshed;
  }

  private async spend(transaction: Transaction, refreshToken: string): Promise<OpenedSession | undefined> {
    const tokenHash = hashOfSecret(refreshToken);
    // The session first, as whoever ends it does: the other way round the two wait for each other. The token is read
    // by a statement of its own, since it may have been spent while this one waited.
    await this.database.query(LOCK_FAMILY, [tokenHash]);
    const [token] = await this.database.query<TokenFamily>(READ_FAMILY, [tokenHash]);
    if (token === undefined) return undefined;
    if (token.over || (token.spent && !token.spent_just_now)) {
      await this.end(transaction, token.user_id, [token.session_id]);
      return undefined;
    }
    return this.next(token, tokenHash);
  }

  private async next(token: TokenFamily, spent: Buffer): Promise<OpenedSession> {
    const { session_id: sessionId, user_id: userId, auth_time: authTime } = token;
    await this.database.execute(SPEND, [spent]);
    await this.database.execute(DELETE_OLD_TOKENS, [sessionId, this.lifetimeSeconds]);
    await this.database.execute(PROLONG, [sessionId, this.lifetimeSeconds]);
    return { sessionId, userId, authTime, refreshToken: await this.addToken(sessionId) };
  }

  private async addToken(sessionId: string): Promise<string> {
    const token = newRefreshToken();
    await this.database.repository(RefreshToken).insert({ tokenHash: hashOfSecret(token), sessionId });
    return token;
  }

  /** Newest first. */
  listOf(userId: string): Promise<SessionRecord[]> {
    return this.database
      .repository(SessionRow)
      .createQueryBuilder('s')
      .where('s.userId = :userId AND s.expiresAt > now()', { userId })
      .orderBy({ 's.createdAt': 'DESC', 's.id': 'DESC' })
      .getMany();
  }

  /** Whether this sign-in still stands. */
  async isOpen(sessionId: string, userId: string): Promise<boolean> {
    return (await this.database.query({ ...IS_OPEN, values: [sessionId, userId] })).length > 0;
  }

  /** Which of these sign-ins still stand. */
  async openAmong(sessionIds: readonly string[]): Promise<Set<string>> {
    const open = await this.database.query<{ id: string }>({ ...OPEN_AMONG, values: [sessionIds] });
    return new Set(open.map(({ id }) => id));
  }

  /** Ends one session of a person. @throws SessionNotFoundError when it is none of theirs */
  async endOne(userId: string, sessionId: string): Promise<void> {
    if (!(await this.endIfOpen(userId, sessionId))) throw new SessionNotFoundError();
  }

  /** Ends one session of a person, unless somebody else just did. @returns whether it was open */
  async endIfOpen(userId: string, sessionId: string): Promise<boolean> {
    return (await this.transactions.of(userId).run((transaction) => this.end(transaction, userId, [sessionId]))) > 0;
  }

  /** Ends the session that a refresh token belongs to, spent or not; nothing happens for an unknown one. */
  async endFamilyOf(refreshToken: string): Promise<void> {
    await this.transactions.of(keyOf(refreshToken)).run(async (transaction) => {
      const id = await this.familyOf(refreshToken);
      const session = id === undefined ? null : await this.database.repository(SessionRow).findOneBy({ id });
      if (session !== null) await this.end(transaction, session.userId, [session.id]);
    });
  }

  /** Ends all sessions of a person, but one when it is named. */
  async endAllOf(transaction: Transaction, userId: string, except?: string): Promise<void> {
    const sessions = await this.database.query<{ id: string }>(LOCK_ALL_OF, [userId, except ?? null]);
    const ids = sessions.map(({ id }) => id);
    await this.end(transaction, userId, ids);
  }

  /** At once here, within a second or so on every other instance. @returns how many there were */
  private async end(transaction: Transaction, userId: string, sessionIds: readonly string[]): Promise<number> {
    if (sessionIds.length === 0) return 0;
    const ended = await this.database.query<{ id: string }>(END, [userId, sessionIds]);
    if (ended.length === 0) return 0;
    const body = { session_ids: ended.map(({ id }) => id) };
    await this.signals.add(transaction, { topic: userTopic(userId), kind: SESSIONS_ENDED, body });
    return ended.length;
  }
}
