import { type BeforeApplicationShutdown, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Server } from 'node:http';

import { AccessModule } from '../access/access.module.js';
import { IdentityModule } from '../identity/identity.module.js';
import { TimerDomainModule } from '../timer-domain/timer-domain.module.js';
import { SocketServer } from './adapter/socket-server.js';
import { ChangeStream } from './backplane/change-stream.js';
import { MissedChanges } from './backplane/missed-changes.js';
import { RedisPokes } from './backplane/redis-pokes.js';
import { Conversations } from './connection/conversations.js';
import { Hub } from './hub/hub.js';
import { Revocations } from './revocations.js';
import { Speaker } from './speaker.js';

/** Sockets: who is connected, what they listen to, and how they are spoken to. Generations register their endpoints. */
@Module({
  imports: [IdentityModule, AccessModule, TimerDomainModule],
  providers: [RedisPokes, SocketServer, Conversations, Speaker, Hub, ChangeStream, MissedChanges, Revocations],
  exports: [SocketServer, Conversations, Speaker, Hub, ChangeStream, MissedChanges],
})
export class RealtimeModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly sockets: SocketServer,
    private readonly host: HttpAdapterHost,
  ) {}

  onApplicationBootstrap(): void {
    this.sockets.attach(this.host.httpAdapter.getHttpServer() as Server);
  }

  /** Before connections and the database are closed: commands under way are answered first. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.sockets.drain();
  }
}
