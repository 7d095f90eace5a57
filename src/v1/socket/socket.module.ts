import { Module } from '@nestjs/common';

import { AccessModule } from '../../access/access.module.js';
import { IdentityModule } from '../../identity/identity.module.js';
import { RealtimeModule } from '../../realtime/realtime.module.js';
import { TimerDomainModule } from '../../timer-domain/timer-domain.module.js';
import { TimersModule } from '../timers/timers.module.js';
import { PersonalAdmission } from './personal-admission.js';
import { PersonalChanges } from './personal-changes.js';
import { PersonalCommands } from './personal-commands.js';
import { PersonalGateway } from './personal-gateway.js';
import { PersonalSubscriptions } from './personal-subscriptions.js';
import { PersonalSync } from './personal-sync.js';
import { Viewers } from './viewers.js';

@Module({
  imports: [RealtimeModule, IdentityModule, AccessModule, TimerDomainModule, TimersModule],
  providers: [
    PersonalGateway,
    PersonalAdmission,
    PersonalSubscriptions,
    PersonalChanges,
    PersonalCommands,
    PersonalSync,
    Viewers,
  ],
})
export class SocketModule {}
