import { Body, Controller, Get, HttpCode, Post, Put, Query, UseInterceptors } from '@nestjs/common';

import { LegacyAuthenticated } from '../identity/legacy-tokens/legacy-token.guard.js';
import { LegacyTokens } from '../identity/legacy-tokens/legacy-tokens.js';
import { CodeSignIn } from '../identity/mailed-codes/code-sign-in.js';
import { PasswordCheck } from '../identity/passwords/password-check.js';
import type { Fields } from './body/form-fields.js';
import { ReadsLegacyBody } from './body/legacy-body.interceptor.js';
import { credentialsOf, WrongCredentialsError } from './credentials.js';
import { LegacyHeadersInterceptor } from './legacy-headers.interceptor.js';
import { type LegacyBody, LegacyPresenter } from './legacy.presenter.js';
import { emailOf, lastParameter, MissingValuesError } from './legacy-values.js';

/** The ways to a legacy token, and the question whether one still works (legacy.md, "Tokens"). */
@Controller('v1/user')
@UseInterceptors(LegacyHeadersInterceptor)
export class LegacySignInController {
  constructor(
    private readonly passwords: PasswordCheck,
    private readonly tokens: LegacyTokens,
    private readonly codes: CodeSignIn,
    private readonly presenter: LegacyPresenter,
  ) {}

  @Post('token')
  @HttpCode(200)
  @ReadsLegacyBody()
  async signInByPassword(@Body() fields: Fields): Promise<LegacyBody> {
    const { username, password } = credentialsOf(fields);
    const userId = await this.passwords.userOf(username, password);
    if (userId === undefined) throw new WrongCredentialsError();
    const { token } = await this.tokens.issue(userId);
    return { token };
  }

  @Post('manage/signin')
  @HttpCode(200)
  @ReadsLegacyBody()
  async mailCode(@Body() fields: Fields): Promise<LegacyBody> {
    const isEmailExist = await this.codes.begin(emailOf(fields.get('email')));
    return this.presenter.plain(200, 'OK', { isEmailExist, emailSent: true });
  }

  @Put('manage/signin')
  async signInByCode(@Query('email') email: unknown, @Query('auth') auth: unknown): Promise<LegacyBody> {
    const code = lastParameter(auth);
    if (code === undefined) throw new MissingValuesError();
    const token = await this.codes.complete(emailOf(lastParameter(email)), code);
    return this.presenter.plain(200, 'OK', { token });
  }

  @Get('info/manage/basic/checktoken')
  @LegacyAuthenticated()
  checkToken(): LegacyBody {
    return this.presenter.plain(200, 'Valid Token');
  }
}
