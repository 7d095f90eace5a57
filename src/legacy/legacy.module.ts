import { Module } from '@nestjs/common';

import { IdentityModule } from '../identity/identity.module.js';
import { TimerDomainModule } from '../timer-domain/timer-domain.module.js';
import { LegacyErrorEnvelope } from './legacy-error-envelope.js';
import { LegacyPresenter } from './legacy.presenter.js';
import { LegacySignInController } from './sign-in.controller.js';
import { LegacyTimerController } from './timer.controller.js';

/** The legacy API: the token API of the study-timer apps. */
@Module({
  imports: [IdentityModule, TimerDomainModule],
  controllers: [LegacyTimerController, LegacySignInController],
  providers: [LegacyPresenter, LegacyErrorEnvelope],
})
export class LegacyModule {}
