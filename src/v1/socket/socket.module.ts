import { Module } from '@nestjs/common';

import { AccessModule } from '../../access/access.module.js';
import { IdentityModule } from '../../identity/identity.module.js';
import { RealtimeModule } from '../../realtime/realtime.module.js';
import { TimerDomainModule } from '../../timer-domain/timer-domain.module.js';
import { TimersModule } from '../timers/timers.module.js';
import { PersonalChanges } from './personal-changes.js';
import { PersonalCommands } from './personal-commands.js';
import { PersonalEndpoint } from './personal-endpoint.js';
import { PersonalSync } from './personal-sync.js';
import { Viewers } from './viewers.js';

@Module({
  imports: [RealtimeModule, IdentityModule, AccessModule, TimerDomainModule, TimersModule],
  providers: [PersonalEndpoint, PersonalChanges, PersonalCommands, PersonalSync, Viewers],
})
export class SocketModule {}
