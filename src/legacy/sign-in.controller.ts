import { Body, Controller, Get, HttpCode, Post, Put, Query, Res, UseGuards } from '@nestjs/common';
import type { Response } from 'express';

import { PasswordSignIn } from '../identity/legacy-tokens/password-sign-in.js';
import { CodeSignIn } from '../identity/mailed-codes/code-sign-in.js';
import { normalizeEmail } from '../identity/users/email-address.js';
import { countRequest, emailKey } from '../rate-limits/count-request.js';
import { networkOf } from '../rate-limits/network.js';
import { RateLimits } from '../rate-limits/rate-limits.js';
import { RATE_RULES } from '../rate-limits/rate-rules.js';
import type { Fields } from './body/form-fields.js';
import { ReadsLegacyBody } from './body/legacy-body.interceptor.js';
import { credentialsOf, WrongCredentialsError } from './credentials.js';
import { LegacyHeadersGuard } from './legacy-headers.guard.js';
import { type LegacyBody, LegacyPresenter } from './legacy.presenter.js';
import { emailOf, lastParameter, MissingValuesError } from './legacy-values.js';
import { LegacyCall, LegacySignIn } from './rate-limit.guard.js';

/** Signs users in with legacy tokens, and checks whether a token is valid (docs/spec/legacy.md#tokens). */
@Controller('v1/user')
@UseGuards(LegacyHeadersGuard)
export class LegacySignInController {
  constructor(
    private readonly passwords: PasswordSignIn,
    private readonly codes: CodeSignIn,
    private readonly presenter: LegacyPresenter,
    private readonly limits: RateLimits,
  ) {}

  @Post('token')
  @LegacySignIn()
  @HttpCode(200)
  @ReadsLegacyBody()
  async signInByPassword(@Body() fields: Fields, @Res({ passthrough: true }) response: Response): Promise<LegacyBody> {
    const { username, password } = credentialsOf(fields);
    await this.countEmail(response, normalizeEmail(username) ?? username);
    const token = await this.passwords.tokenFor(username, password, networkOf(response.req.ip));
    if (token === undefined) throw new WrongCredentialsError();
    return { token };
  }

  @Post('manage/signin')
  @LegacySignIn()
  @HttpCode(200)
  @ReadsLegacyBody()
  async mailCode(@Body() fields: Fields, @Res({ passthrough: true }) response: Response): Promise<LegacyBody> {
    const email = emailOf(fields.get('email'));
    await this.countEmail(response, email);
    const isEmailExist = await this.codes.begin(email, networkOf(response.req.ip));
    return this.presenter.plain(200, 'OK', { isEmailExist, emailSent: true });
  }

  @Put('manage/signin')
  @LegacySignIn()
  async signInByCode(
    @Query('email') address: unknown,
    @Query('auth') auth: unknown,
    @Res({ passthrough: true }) response: Response,
  ): Promise<LegacyBody> {
    const code = lastParameter(auth);
    if (code === undefined) throw new MissingValuesError();
    const email = emailOf(lastParameter(address));
    await this.countEmail(response, email);
    const token = await this.codes.complete({ email, code, network: networkOf(response.req.ip) });
    return this.presenter.plain(200, 'OK', { token });
  }

  @Get('info/manage/basic/checktoken')
  @LegacyCall()
  checkToken(): LegacyBody {
    return this.presenter.plain(200, 'Valid Token');
  }

  /** The guard has counted the address alone; this counts it together with the e-mail address. */
  private countEmail(response: Response, email: string): Promise<void> {
    return countRequest(this.limits, response, RATE_RULES.signInWithEmail, emailKey(response.req, email));
  }
}
