import { type BeforeApplicationShutdown, Module } from '@nestjs/common';

import { AccessModule } from '../access/access.module.js';
import { IdentityModule } from '../identity/identity.module.js';
import { TimerDomainModule } from '../timer-domain/timer-domain.module.js';
import { ConnectionQuota } from './adapter/connection-quota.js';
import { Handshakes } from './adapter/handshakes.js';
import { SocketServer } from './adapter/socket-server.js';
import { ChangeStream } from './backplane/change-stream.js';
import { MissedChanges } from './backplane/missed-changes.js';
import { RedisPokes } from './backplane/redis-pokes.js';
import { CommandDeadlines } from './connection/command-deadlines.js';
import { CommandDispatcher } from './connection/command-dispatcher.js';
import { CommandErrors } from './connection/command-errors.js';
import { ConnectionCommands } from './connection/connection-commands.js';
import { Hub } from './hub/hub.js';
import { MessageSender } from './message-sender.js';
import { Revocations } from './revocations.js';

const SHARED = [
  SocketServer,
  CommandDispatcher,
  CommandErrors,
  ConnectionCommands,
  MessageSender,
  Hub,
  ChangeStream,
  MissedChanges,
];

/** Sockets: open connections, their topics, dialects and order of frames. The gateways belong to the APIs. */
@Module({
  imports: [IdentityModule, AccessModule, TimerDomainModule],
  providers: [...SHARED, CommandDeadlines, Handshakes, ConnectionQuota, RedisPokes, Revocations],
  exports: SHARED,
})
export class RealtimeModule implements BeforeApplicationShutdown {
  constructor(private readonly sockets: SocketServer) {}

  /** Drains the sockets before the database closes, so that commands in flight still get their replies. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.sockets.drain();
  }
}
