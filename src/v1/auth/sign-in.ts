import { Injectable } from '@nestjs/common';
import type { Response } from 'express';

import { Accounts, type TokenPair } from '../../identity/accounts/accounts.js';
import { BearerGuard } from '../../identity/bearer/authenticated.js';
import { InvalidRefreshTokenError, Sessions } from '../../identity/sessions/sessions.js';
import { normalizeEmail } from '../../identity/users/email-address.js';
import { callerKey } from '../../rate-limits/count-request.js';
import { networkOf } from '../../rate-limits/network.js';
import { RATE_RULES } from '../../rate-limits/rate-rules.js';
import type { LogInRequest, RefreshRequest, SignUpRequest } from './auth.requests.js';
import { AuthLimits } from './auth-limits.js';
import { RefreshCookie } from './refresh-cookie.js';

/** The body of every call that signs a person in; the refresh token may be in the cookie instead. */
interface TokenBody {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly token_type: 'bearer';
  readonly expires_in: number;
}

/** Signing up, in and out, and staying signed in (docs/spec/v1.md#31-own-accounts). */
@Injectable()
export class SignIn {
  constructor(
    private readonly accounts: Accounts,
    private readonly sessions: Sessions,
    private readonly bearer: BearerGuard,
    private readonly cookie: RefreshCookie,
    private readonly limits: AuthLimits,
  ) {}

  async signUp(body: SignUpRequest, response: Response): Promise<TokenBody> {
    await this.limits.countEmail(response, body.email);
    const { email, password, display_name: displayName } = body;
    const { req: request } = response;
    const wanted = { email, password, displayName: displayName ?? undefined, address: networkOf(request.ip) };
    return this.answer(response, await this.accounts.signUp(wanted, request.get('user-agent')), body.cookie === true);
  }

  async logIn({ email, password, cookie }: LogInRequest, response: Response): Promise<TokenBody> {
    await this.limits.countEmail(response, normalizeEmail(email) ?? email);
    const { req: request } = response;
    const pair = await this.accounts.logIn(email, password, request.get('user-agent'), networkOf(request.ip));
    return this.answer(response, pair, cookie === true);
  }

  /** @throws InvalidRefreshTokenError, TooManyRequestsError */
  async refresh({ refresh_token: sent }: RefreshRequest, response: Response): Promise<TokenBody> {
    const fromCookie = sent === undefined || sent === null;
    const token = fromCookie ? this.cookie.read(response.req) : sent;
    const family = token === undefined ? undefined : await this.sessions.familyOf(token);
    // An unknown token has no family: its address is counted, as for any other write.
    if (family === undefined) await this.limits.count(response, RATE_RULES.writes, callerKey(response.req));
    else await this.limits.count(response, RATE_RULES.refresh, family);
    if (token === undefined) throw new InvalidRefreshTokenError();
    return this.answer(response, await this.accounts.refresh(token), fromCookie);
  }

  /** Ends the session of the access token, or without one that of the cookie. */
  async logOut(response: Response): Promise<void> {
    const { req: request } = response;
    const token = this.cookie.read(request);
    if (request.headers.authorization === undefined && token !== undefined) {
      await this.limits.count(response, RATE_RULES.writes, callerKey(request));
      await this.sessions.endFamilyOf(token);
    } else {
      const { userId, sessionId } = await this.bearer.identify(request);
      await this.limits.count(response, RATE_RULES.writes, callerKey(request, userId));
      if (sessionId !== null) await this.sessions.endIfOpen(userId, sessionId);
    }
    if (token !== undefined) this.cookie.clear(response);
  }

  private answer(response: Response, pair: TokenPair, inCookie: boolean): TokenBody {
    response.set('Cache-Control', 'no-store');
    if (inCookie) this.cookie.write(response, pair.refreshToken);
    return {
      access_token: pair.accessToken,
      ...(inCookie ? {} : { refresh_token: pair.refreshToken }),
      token_type: 'bearer',
      expires_in: pair.expiresInSeconds,
    };
  }
}
