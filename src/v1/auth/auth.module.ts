import { Module } from '@nestjs/common';

import { V1HttpModule } from '../http/http.module.js';
import { AuthController } from './auth.controller.js';
import { LegacyTokensController } from './legacy-tokens.controller.js';
import { RefreshCookie } from './refresh-cookie.js';

@Module({ imports: [V1HttpModule], controllers: [AuthController, LegacyTokensController], providers: [RefreshCookie] })
export class AuthModule {}
