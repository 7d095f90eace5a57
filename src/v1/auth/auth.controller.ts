import { Controller, Delete, Get, HttpCode, Post, Put, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';

import { Accepts, JsonBody, PathParts } from '../../common/http/accepts.js';
import { formatInstant, UTC } from '../../common/time/time-zone.js';
import { Accounts, type TokenPair } from '../../identity/accounts/accounts.js';
import { EmailProof } from '../../identity/accounts/email-proof.js';
import { BearerGuard, Caller } from '../../identity/bearer/authenticated.js';
import type { Identity } from '../../identity/bearer/identity.js';
import { InvalidRefreshTokenError, type SessionRecord, Sessions } from '../../identity/sessions/sessions.js';
import { normalizeEmail } from '../../identity/users/email-address.js';
import { callerKey, countRequest, emailKey } from '../../rate-limits/count-request.js';
import { networkOf } from '../../rate-limits/network.js';
import { RateLimits } from '../../rate-limits/rate-limits.js';
import { RATE_RULES } from '../../rate-limits/rate-rules.js';
import { IdPath } from '../http/id-path.js';
import { Public, RateLimited, SignedIn } from '../http/rate-limit.guard.js';
import {
  ChangePasswordRequest,
  CodeRequest,
  LogInRequest,
  RefreshRequest,
  ResetCodeRequest,
  ResetPasswordRequest,
  SignUpRequest,
} from './auth.requests.js';
import { RefreshCookie } from './refresh-cookie.js';

const OK = { ok: true } as const;

/** Signing up and in, staying signed in, and the password (v1.md 3.1). */
@Controller('v1/auth')
export class AuthController {
  constructor(
    private readonly accounts: Accounts,
    private readonly sessions: Sessions,
    private readonly emailProof: EmailProof,
    private readonly bearer: BearerGuard,
    private readonly cookie: RefreshCookie,
    private readonly limits: RateLimits,
  ) {}

  @Post('signup')
  @Public()
  @RateLimited(RATE_RULES.signIn)
  @Accepts({ body: SignUpRequest })
  async signUp(
    @JsonBody() body: SignUpRequest,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    await this.countEmail(response, body.email);
    const { email, password, display_name: displayName } = body;
    const userAgent = request.get('user-agent');
    const wanted = { email, password, displayName: displayName ?? undefined, address: networkOf(request.ip) };
    const pair = await this.accounts.signUp(wanted, userAgent);
    return this.answer(response, pair, body.cookie === true);
  }

  @Post('login')
  @HttpCode(200)
  @Public()
  @RateLimited(RATE_RULES.signIn)
  @Accepts({ body: LogInRequest })
  async logIn(@JsonBody() body: LogInRequest, @Req() request: Request, @Res({ passthrough: true }) response: Response) {
    await this.countEmail(response, normalizeEmail(body.email) ?? body.email);
    const pair = await this.accounts.logIn(body.email, body.password, request.get('user-agent'), networkOf(request.ip));
    return this.answer(response, pair, body.cookie === true);
  }

  @Post('refresh')
  @HttpCode(200)
  @Public()
  @RateLimited(RATE_RULES.refreshesOfAddress)
  @Accepts({ body: RefreshRequest, bodyOptional: true })
  async refresh(
    @JsonBody() body: RefreshRequest,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const fromCookie = body.refresh_token === undefined || body.refresh_token === null;
    const token = fromCookie ? this.cookie.read(request) : (body.refresh_token ?? undefined);
    const family = token === undefined ? undefined : await this.sessions.familyOf(token);
    // A token that nobody knows has no family: its address is counted, as for any other write.
    if (family === undefined) await countRequest(this.limits, response, RATE_RULES.writes, callerKey(request));
    else await countRequest(this.limits, response, RATE_RULES.refresh, family);
    if (token === undefined) throw new InvalidRefreshTokenError();
    return this.answer(response, await this.accounts.refresh(token), fromCookie);
  }

  @Post('logout')
  @HttpCode(200)
  @Public()
  @RateLimited.byItself()
  async logOut(@Req() request: Request, @Res({ passthrough: true }) response: Response) {
    const token = this.cookie.read(request);
    if (request.headers.authorization === undefined && token !== undefined) {
      await countRequest(this.limits, response, RATE_RULES.writes, callerKey(request));
      await this.sessions.endFamilyOf(token);
    } else {
      const { userId, sessionId } = await this.bearer.identify(request);
      await countRequest(this.limits, response, RATE_RULES.writes, callerKey(request, userId));
      if (sessionId !== null) await this.sessions.endIfOpen(userId, sessionId);
    }
    if (token !== undefined) this.cookie.clear(response);
    return OK;
  }

  @Get('sessions')
  @SignedIn()
  async listSessions(@Caller() { userId, sessionId }: Identity) {
    const records = await this.sessions.listOf(userId);
    return records.map((record) => presentSession(record, sessionId));
  }

  @Delete('sessions/:id')
  @SignedIn()
  @Accepts({ path: IdPath })
  async endSession(@Caller() { userId }: Identity, @PathParts() { id }: IdPath) {
    await this.sessions.endOne(userId, id);
    return OK;
  }

  @Post('email/code')
  @HttpCode(202)
  @SignedIn()
  @RateLimited(RATE_RULES.signIn)
  async sendEmailCode(@Caller() { userId }: Identity, @Res({ passthrough: true }) response: Response) {
    await this.countPerson(response, userId);
    await this.emailProof.sendCode(userId, networkOf(response.req.ip));
    return OK;
  }

  @Post('email/verify')
  @HttpCode(200)
  @SignedIn()
  @RateLimited(RATE_RULES.signIn)
  @Accepts({ body: CodeRequest })
  async verifyEmail(
    @Caller() { userId }: Identity,
    @JsonBody() { code }: CodeRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    await this.countPerson(response, userId);
    await this.emailProof.confirm(userId, code, networkOf(response.req.ip));
    return OK;
  }

  @Post('password')
  @HttpCode(200)
  @SignedIn()
  @RateLimited(RATE_RULES.signIn)
  @Accepts({ body: ChangePasswordRequest })
  async changePassword(
    @Caller() { userId, sessionId }: Identity,
    @JsonBody() body: ChangePasswordRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    await this.countPerson(response, userId);
    const owner = { userId, sessionId, address: networkOf(response.req.ip) };
    const { password: old, new_password: replacement, end_other_access: ending } = body;
    await this.accounts.changePassword(owner, { old, replacement, endOtherAccess: ending === true });
    return OK;
  }

  @Post('password/reset')
  @HttpCode(202)
  @Public()
  @RateLimited(RATE_RULES.signIn)
  @Accepts({ body: ResetCodeRequest })
  async sendResetCode(@JsonBody() { email }: ResetCodeRequest, @Res({ passthrough: true }) response: Response) {
    await this.countEmail(response, email);
    await this.emailProof.sendResetCode(email, networkOf(response.req.ip));
    return OK;
  }

  @Put('password/reset')
  @Public()
  @RateLimited(RATE_RULES.signIn)
  @Accepts({ body: ResetPasswordRequest })
  async resetPassword(@JsonBody() body: ResetPasswordRequest, @Res({ passthrough: true }) response: Response) {
    await this.countEmail(response, body.email);
    const { email, code, new_password: password } = body;
    await this.emailProof.reset({ email, code, network: networkOf(response.req.ip) }, password);
    return OK;
  }

  /** The guard has counted the address; this counts it together with whom it is about. */
  private countEmail(response: Response, who: string): Promise<void> {
    return countRequest(this.limits, response, RATE_RULES.signInWithEmail, emailKey(response.req, who));
  }

  /** The same of somebody who is signed in, from wherever they call. */
  private countPerson(response: Response, userId: string): Promise<void> {
    return countRequest(this.limits, response, RATE_RULES.signInWithEmail, callerKey(response.req, userId));
  }

  private answer(response: Response, pair: TokenPair, inCookie: boolean) {
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

const instantOf = (date: Date): string => formatInstant(Math.floor(date.getTime() / 1_000), UTC);

function presentSession({ id, createdAt, lastUsedAt, userAgent }: SessionRecord, currentId: string | null) {
  return {
    id,
    created_at: instantOf(createdAt),
    last_used_at: instantOf(lastUsedAt),
    user_agent: userAgent,
    current: id === currentId,
  };
}
