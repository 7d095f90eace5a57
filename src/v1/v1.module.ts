import { Module } from '@nestjs/common';

import { IdentityModule } from '../identity/identity.module.js';
import { TimerDomainModule } from '../timer-domain/timer-domain.module.js';
import { AuthController } from './auth/auth.controller.js';
import { LegacyTokensController } from './auth/legacy-tokens.controller.js';
import { RefreshCookie } from './auth/refresh-cookie.js';
import { V1ErrorEnvelope } from './http/v1-error-envelope.js';

/** Generation 2: timers, schedules, todos, tags, friends and sharing over REST (contracts/v1.md). */
@Module({
  imports: [IdentityModule, TimerDomainModule],
  controllers: [AuthController, LegacyTokensController],
  providers: [V1ErrorEnvelope, RefreshCookie],
})
export class V1Module {}
