import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';

import { Failure } from '../../common/errors.js';
import { SETTINGS, type Settings } from '../../config/settings.js';
import { Database } from '../../database/database.js';
import { type Transaction, Transactions } from '../../database/transactions.js';
import { userTopic } from '../../signals/topics.js';
import { Signals } from '../../signals/signals.js';

/** The refresh token is unknown, spent, or its session is over (v1.md 2.3). */
export class InvalidRefreshTokenError extends Failure {
  readonly code = 'INVALID_REFRESH_TOKEN';

  constructor() {
    super('Invalid refresh token');
  }
}

/** No such session of the caller (v1.md 3.1). */
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

/** An answer may be lost, and two tabs may send the same token: within this a spent one is taken again (v1.md 3.1). */
const TAKEN_AGAIN_WITHIN = `interval '30 seconds'`;

interface TokenRow {
  session_id: string;
  user_id: string;
  auth_time: number;
  over: boolean;
  spent: boolean;
  spent_just_now: boolean;
}

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();
/** Of the turns of what is done with a token: the person is not known yet. */
const keyOf = (token: string): string => hashOf(token).toString('base64url');
const newRefreshToken = (): string => randomBytes(32).toString('base64url');

/**
 * Sign-ins. A session is a family of refresh tokens of which each is spent on the next. One that comes long after it was
 * spent was stolen, or its successor was, so the family ends (v1.md 3.1). Tokens are stored as SHA-256.
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
    return this.transactions.of(userId).run((transaction) => this.openWithin(transaction, userId, userAgent));
  }

  /** Signs somebody in as part of a larger write. */
  async openWithin({ manager }: Transaction, userId: string, userAgent: string | undefined): Promise<OpenedSession> {
    const sessionId = randomUUID();
    const rows: { auth_time: number }[] = await manager.query(
      `INSERT INTO sessions (id, user_id, user_agent, expires_at) VALUES ($1, $2, $3, now() + $4 * interval '1 second')
       RETURNING floor(extract(epoch from created_at))::float8 AS auth_time`,
      [sessionId, userId, userAgent?.slice(0, 500) ?? null, this.lifetimeSeconds],
    );
    await manager.query(`DELETE FROM sessions WHERE user_id = $1 AND expires_at < now()`, [userId]);
    const refreshToken = await addToken({ manager }, sessionId);
    return { sessionId, userId, refreshToken, authTime: rows[0]?.auth_time ?? 0 };
  }

  /** The session a refresh token belongs to, spent or not; undefined for an unknown one. */
  async familyOf(refreshToken: string): Promise<string | undefined> {
    const rows: { session_id: string }[] = await this.database.query(
      `SELECT session_id FROM refresh_tokens WHERE token_hash = $1`,
      [hashOf(refreshToken)],
    );
    return rows[0]?.session_id;
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
    const { manager } = transaction;
    // The session first, as whoever ends it does: the other way round the two wait for each other. The token is read
    // by a statement of its own, since it may have been spent while this one waited.
    await manager.query(
      `SELECT FROM sessions WHERE id = (SELECT session_id FROM refresh_tokens WHERE token_hash = $1) FOR UPDATE`,
      [hashOf(refreshToken)],
    );
    const [token]: TokenRow[] = await manager.query(
      `SELECT s.id AS session_id, s.user_id, floor(extract(epoch from s.created_at))::float8 AS auth_time,
         s.expires_at < now() AS over, t.spent_at IS NOT NULL AS spent,
         coalesce(t.spent_at > clock_timestamp() - ${TAKEN_AGAIN_WITHIN}, false) AS spent_just_now
       FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id WHERE t.token_hash = $1`,
      [hashOf(refreshToken)],
    );
    if (token === undefined) return undefined;
    if (token.over || (token.spent && !token.spent_just_now)) {
      await this.end(transaction, token.user_id, [token.session_id]);
      return undefined;
    }
    return this.next(transaction, token, refreshToken);
  }

  private async next({ manager }: Transaction, token: TokenRow, spent: string): Promise<OpenedSession> {
    const { session_id: sessionId, user_id: userId, auth_time: authTime } = token;
    await manager.query(
      `UPDATE refresh_tokens SET spent_at = coalesce(spent_at, clock_timestamp()) WHERE token_hash = $1`,
      [hashOf(spent)],
    );
    await manager.query(
      `DELETE FROM refresh_tokens WHERE session_id = $1 AND created_at < now() - $2 * interval '1 second'`,
      [sessionId, this.lifetimeSeconds],
    );
    await manager.query(
      `UPDATE sessions SET last_used_at = now(), expires_at = now() + $2 * interval '1 second' WHERE id = $1`,
      [sessionId, this.lifetimeSeconds],
    );
    return { sessionId, userId, authTime, refreshToken: await addToken({ manager }, sessionId) };
  }

  /** Newest first. */
  listOf(userId: string): Promise<SessionRecord[]> {
    return this.database.query(
      `SELECT id, created_at AS "createdAt", last_used_at AS "lastUsedAt", user_agent AS "userAgent"
       FROM sessions WHERE user_id = $1 AND expires_at > now() ORDER BY created_at DESC, id DESC`,
      [userId],
    );
  }

  /** Whether this sign-in still stands. */
  async isOpen(sessionId: string, userId: string): Promise<boolean> {
    const rows: unknown[] = await this.database.query(
      `SELECT FROM sessions WHERE id = $1 AND user_id = $2 AND expires_at > now()`,
      [sessionId, userId],
    );
    return rows.length > 0;
  }

  /** Which of these sign-ins still stand. */
  async openAmong(sessionIds: readonly string[]): Promise<Set<string>> {
    const rows: { id: string }[] = await this.database.query(
      `SELECT id FROM sessions WHERE id = ANY ($1::uuid[]) AND expires_at > now()`,
      [sessionIds],
    );
    return new Set(rows.map(({ id }) => id));
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
      const rows: { id: string; user_id: string }[] = await transaction.manager.query(
        `SELECT s.id, s.user_id FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id WHERE t.token_hash = $1`,
        [hashOf(refreshToken)],
      );
      for (const { id, user_id: userId } of rows) await this.end(transaction, userId, [id]);
    });
  }

  /** Ends all sessions of a person, but one when it is named. */
  async endAllOf(transaction: Transaction, userId: string, except?: string): Promise<void> {
    const rows: { id: string }[] = await transaction.manager.query(
      `SELECT id FROM sessions WHERE user_id = $1 AND id IS DISTINCT FROM $2 FOR UPDATE`,
      [userId, except ?? null],
    );
    await this.end(
      transaction,
      userId,
      rows.map(({ id }) => id),
    );
  }

  /** At once here, within a second or so on every other instance. @returns how many there were */
  private async end(transaction: Transaction, userId: string, sessionIds: readonly string[]): Promise<number> {
    if (sessionIds.length === 0) return 0;
    const [ended]: [{ id: string }[]] = await transaction.manager.query(
      `DELETE FROM sessions WHERE user_id = $1 AND id = ANY ($2::uuid[]) RETURNING id`,
      [userId, sessionIds],
    );
    if (ended.length === 0) return 0;
    const body = { session_ids: ended.map(({ id }) => id) };
    await this.signals.add(transaction, { topic: userTopic(userId), kind: SESSIONS_ENDED, body });
    return ended.length;
  }
}

async function addToken({ manager }: Pick<Transaction, 'manager'>, sessionId: string): Promise<string> {
  const token = newRefreshToken();
  await manager.query(`INSERT INTO refresh_tokens (token_hash, session_id) VALUES ($1, $2)`, [
    hashOf(token),
    sessionId,
  ]);
  return token;
}
