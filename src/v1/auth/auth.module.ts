import { Module } from '@nestjs/common';

import { V1HttpModule } from '../http/http.module.js';
import { AuthController } from './auth.controller.js';
import { AuthLimits } from './auth-limits.js';
import { LegacyTokensController } from './legacy-tokens.controller.js';
import { PasswordsAndEmail } from './passwords-and-email.js';
import { RefreshCookie } from './refresh-cookie.js';
import { SignIn } from './sign-in.js';

@Module({
  imports: [V1HttpModule],
  controllers: [AuthController, LegacyTokensController],
  providers: [AuthLimits, PasswordsAndEmail, RefreshCookie, SignIn],
})
export class AuthModule {}
