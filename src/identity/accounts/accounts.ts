import { Injectable } from '@nestjs/common';

import { Failure } from '../../common/errors.js';
import { Transactions } from '../../database/transactions.js';
import { AccessTokens } from '../access-tokens/access-tokens.js';
import { PasswordCheck } from '../passwords/password-check.js';
import { PasswordHasher } from '../passwords/password-hasher.js';
import { type OpenedSession, Sessions } from '../sessions/sessions.js';
import { Users } from '../users/users.js';
import { StandingAccess } from './standing-access.js';

/** These credentials open no account (docs/spec/v1.md#23-others). */
export class WrongLoginError extends Failure {
  readonly code = 'WRONG_LOGIN';

  constructor() {
    super('Invalid email or password');
  }
}

/** The call wants the password, or a token of somebody who has just signed in (docs/spec/v1.md#21-domain-errors-and-500). */
export class ReauthenticationRequiredError extends Failure {
  readonly code = 'REAUTHENTICATION_REQUIRED';

  constructor() {
    super('Password or a fresh token required');
  }
}

/** What a sign-in hands out (docs/spec/v1.md#31-own-accounts). */
export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresInSeconds: number;
}

/** Somebody signed in who changes their password. */
export interface PasswordOwner {
  readonly userId: string;
  readonly sessionId: string | null;
  /** Where they call from, as `networkOf` gives it. */
  readonly address: string;
}

export interface SignUp {
  /** Normalised. */
  readonly email: string;
  readonly password: string;
  readonly displayName?: string | undefined;
  /** Who asks, as `networkOf` gives it. */
  readonly address?: string;
}

/** A new password for the old one. */
export interface PasswordChange {
  readonly old: string;
  readonly replacement: string;
  readonly endOtherAccess: boolean;
}

/** Own accounts: signing up and in, staying signed in, and the password (docs/spec/v1.md#31-own-accounts). */
@Injectable()
export class Accounts {
  constructor(
    private readonly transactions: Transactions,
    private readonly users: Users,
    private readonly hasher: PasswordHasher,
    private readonly passwordCheck: PasswordCheck,
    private readonly sessions: Sessions,
    private readonly access: StandingAccess,
    private readonly accessTokens: AccessTokens,
  ) {}

  /**
   * The account and its first session, both or none: whoever got no tokens can sign up again.
   * @throws EmailTakenError, ServiceUnavailableError when too many passwords are being hashed
   */
  async signUp({ email, password, displayName, address }: SignUp, userAgent?: string): Promise<TokenPair> {
    const passwordHash = await this.hasher.hash(password, address);
    const session = await this.transactions.run(async () => {
      const userId = await this.users.create({ email, displayName, passwordHash });
      return this.sessions.openWithin(userId, userAgent);
    });
    return this.pair(session);
  }

  /** @throws WrongLoginError, equally late for an unknown e-mail; ServiceUnavailableError */
  async logIn(email: string, password: string, userAgent?: string, address?: string): Promise<TokenPair> {
    const right = await this.passwordCheck.check(email, password, address);
    if (right === undefined) throw new WrongLoginError();
    const session = await this.transactions.of(right.userId).run(async () => {
      if (!(await this.passwordCheck.isStillRight(right))) throw new WrongLoginError();
      return this.sessions.openWithin(right.userId, userAgent);
    });
    return this.pair(session);
  }

  /** @throws InvalidRefreshTokenError */
  async refresh(refreshToken: string): Promise<TokenPair> {
    return this.pair(await this.sessions.refresh(refreshToken));
  }

  /**
   * Replaces the password; every other session of the person ends.
   * @param caller whose password it is, their own session, and the address that they call from
   * @param change `endOtherAccess` also ends legacy tokens and the calendar address
   * @throws ReauthenticationRequiredError when the old one is wrong or there is none; ServiceUnavailableError
   */
  async changePassword({ userId, sessionId, address }: PasswordOwner, change: PasswordChange): Promise<void> {
    await this.confirmPassword(userId, change.old, address);
    const passwordHash = await this.hasher.hash(change.replacement, address);
    await this.transactions.of(userId).run(async (transaction) => {
      await this.users.setPasswordHash(userId, passwordHash);
      if (change.endOtherAccess) await this.access.endAllOf(transaction, userId);
      await this.sessions.endAllOf(transaction, userId, sessionId ?? undefined);
    });
  }

  /** Whether a password opens this account at all. */
  async hasPassword(userId: string): Promise<boolean> {
    return (await this.users.passwordHashOf(userId)) !== null;
  }

  /** @throws ReauthenticationRequiredError, ServiceUnavailableError */
  async confirmPassword(userId: string, password: string, address?: string): Promise<void> {
    const right = await this.hasher.verify(await this.users.passwordHashOf(userId), password, address);
    if (!right) throw new ReauthenticationRequiredError();
  }

  private pair({ refreshToken, ...session }: OpenedSession): TokenPair {
    const accessToken = this.accessTokens.sign(session);
    return { accessToken, refreshToken, expiresInSeconds: this.accessTokens.lifetimeSeconds };
  }
}
