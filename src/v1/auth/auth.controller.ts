import { Controller, Delete, Get, HttpCode, Post, Put, Res } from '@nestjs/common';
import type { Response } from 'express';

import { Accepts, JsonBody, PathParts } from '../../common/http/accepts.js';
import { Caller } from '../../identity/bearer/authenticated.js';
import type { Identity } from '../../identity/bearer/identity.js';
import { Sessions } from '../../identity/sessions/sessions.js';
import { RATE_RULES } from '../../rate-limits/rate-rules.js';
import { IdPath } from '../http/id-path.js';
import { ok } from '../http/ok.js';
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
import { PasswordsAndEmail } from './passwords-and-email.js';
import { presentSession } from './session.presenter.js';
import { SignIn } from './sign-in.js';

/** Signing up and in, staying signed in, and the password (docs/spec/v1.md#31-own-accounts). */
@Controller('v1/auth')
export class AuthController {
  constructor(
    private readonly signIn: SignIn,
    private readonly sessions: Sessions,
    private readonly passwords: PasswordsAndEmail,
  ) {}

  @Post('signup')
  @Public()
  @RateLimited(RATE_RULES.signIn)
  @Accepts({ body: SignUpRequest })
  signUp(@JsonBody() body: SignUpRequest, @Res({ passthrough: true }) response: Response) {
    return this.signIn.signUp(body, response);
  }

  @Post('login')
  @HttpCode(200)
  @Public()
  @RateLimited(RATE_RULES.signIn)
  @Accepts({ body: LogInRequest })
  logIn(@JsonBody() body: LogInRequest, @Res({ passthrough: true }) response: Response) {
    return this.signIn.logIn(body, response);
  }

  @Post('refresh')
  @HttpCode(200)
  @Public()
  @RateLimited(RATE_RULES.refreshesOfAddress)
  @Accepts({ body: RefreshRequest, bodyOptional: true })
  refresh(@JsonBody() body: RefreshRequest, @Res({ passthrough: true }) response: Response) {
    return this.signIn.refresh(body, response);
  }

  @Post('logout')
  @HttpCode(200)
  @Public()
  @RateLimited.byItself()
  logOut(@Res({ passthrough: true }) response: Response) {
    return ok(this.signIn.logOut(response));
  }

  @Get('sessions')
  @SignedIn()
  async listSessions(@Caller() { userId, sessionId }: Identity) {
    return (await this.sessions.listOf(userId)).map((record) => presentSession(record, sessionId));
  }

  @Delete('sessions/:id')
  @SignedIn()
  @Accepts({ path: IdPath })
  endSession(@Caller() { userId }: Identity, @PathParts() { id }: IdPath) {
    return ok(this.sessions.endOne(userId, id));
  }

  @Post('email/code')
  @HttpCode(202)
  @SignedIn()
  @RateLimited(RATE_RULES.signIn)
  sendEmailCode(@Caller() { userId }: Identity, @Res({ passthrough: true }) response: Response) {
    return ok(this.passwords.sendCode(userId, response));
  }

  @Post('email/verify')
  @HttpCode(200)
  @SignedIn()
  @RateLimited(RATE_RULES.signIn)
  @Accepts({ body: CodeRequest })
  verifyEmail(
    @Caller() { userId }: Identity,
    @JsonBody() body: CodeRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    return ok(this.passwords.verify(userId, body, response));
  }

  @Post('password')
  @HttpCode(200)
  @SignedIn()
  @RateLimited(RATE_RULES.signIn)
  @Accepts({ body: ChangePasswordRequest })
  changePassword(
    @Caller() caller: Identity,
    @JsonBody() body: ChangePasswordRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    return ok(this.passwords.change(caller, body, response));
  }

  @Post('password/reset')
  @HttpCode(202)
  @Public()
  @RateLimited(RATE_RULES.signIn)
  @Accepts({ body: ResetCodeRequest })
  sendResetCode(@JsonBody() { email }: ResetCodeRequest, @Res({ passthrough: true }) response: Response) {
    return ok(this.passwords.sendResetCode(email, response));
  }

  @Put('password/reset')
  @Public()
  @RateLimited(RATE_RULES.signIn)
  @Accepts({ body: ResetPasswordRequest })
  resetPassword(@JsonBody() body: ResetPasswordRequest, @Res({ passthrough: true }) response: Response) {
    return ok(this.passwords.reset(body, response));
  }
}
