import { UseFilters } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
  type OnGatewayInit,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';

import type { SocketEndpoint } from '../../realtime/adapter/socket-endpoint.js';
import { CommandDispatcher } from '../../realtime/connection/command-dispatcher.js';
import type { Connection } from '../../realtime/connection/connection.js';
import { ConnectionCommands } from '../../realtime/connection/connection-commands.js';
import type { Reply } from '../../realtime/message-sender.js';
import type { ClientCommand } from '../../realtime/messages.js';
import { PersonalAdmission } from './personal-admission.js';
import { PersonalCommands } from './personal-commands.js';
import { PersonalErrorFilter } from './personal-error-filter.js';
import { PersonalSubscriptions } from './personal-subscriptions.js';
import { PersonalSync } from './personal-sync.js';

const CODES = {
  rateLimited: 'RATE_LIMIT_EXCEEDED',
  unavailable: 'SERVICE_UNAVAILABLE',
  unexpected: 'HANDLER_ERROR',
};

/**
 * The socket of a user's devices (docs/spec/sockets.md#the-personal-socket). Commands of either dialect arrive by the
 * names of `realtime/messages.ts`; those about rooms have a gateway of their own at this path (`rooms/socket`).
 */
@WebSocketGateway({ path: '/v1/ws/timers' })
@UseFilters(PersonalErrorFilter)
export class PersonalGateway
  implements OnGatewayInit<SocketEndpoint>, OnGatewayConnection<Connection>, OnGatewayDisconnect<Connection>
{
  constructor(
    private readonly admission: PersonalAdmission,
    private readonly dispatcher: CommandDispatcher,
    private readonly subscriptions: PersonalSubscriptions,
    private readonly sync: PersonalSync,
    private readonly commands: PersonalCommands,
    private readonly connectionCommands: ConnectionCommands,
  ) {}

  afterInit(endpoint: SocketEndpoint): void {
    endpoint.open({ kind: 'personal', codes: CODES, admit: (handshake) => this.admission.admit(handshake) });
  }

  handleConnection(connection: Connection): void {
    this.dispatcher.connect(connection, () => this.subscriptions.onConnect(connection));
  }

  handleDisconnect(connection: Connection): void {
    this.subscriptions.onDisconnect(connection);
  }

  @SubscribeMessage('user.start')
  start(@ConnectedSocket() connection: Connection, @MessageBody() command: ClientCommand): Promise<Reply> {
    return this.commands.create(connection, command);
  }

  @SubscribeMessage('user.pause')
  pause(@ConnectedSocket() connection: Connection, @MessageBody() command: ClientCommand): Promise<Reply> {
    return this.commands.control(connection, command, 'pause');
  }

  @SubscribeMessage('user.resume')
  resume(@ConnectedSocket() connection: Connection, @MessageBody() command: ClientCommand): Promise<Reply> {
    return this.commands.control(connection, command, 'resume');
  }

  @SubscribeMessage('user.stop')
  stop(@ConnectedSocket() connection: Connection, @MessageBody() command: ClientCommand): Promise<Reply> {
    return this.commands.control(connection, command, 'stop');
  }

  @SubscribeMessage('user.cancel')
  cancel(@ConnectedSocket() connection: Connection, @MessageBody() command: ClientCommand): Promise<Reply> {
    return this.commands.control(connection, command, 'cancel');
  }

  @SubscribeMessage('sync')
  syncTimers(@ConnectedSocket() connection: Connection, @MessageBody() command: ClientCommand): Promise<Reply> {
    return this.sync.answer(connection, command);
  }

  @SubscribeMessage('ping')
  ping(@MessageBody() command: ClientCommand): Reply {
    return this.connectionCommands.ping(command);
  }

  @SubscribeMessage('renewAuth')
  renewAuth(
    @ConnectedSocket() connection: Connection,
    @MessageBody() command: ClientCommand,
  ): Promise<Reply | undefined> {
    return this.connectionCommands.renewAuth(connection, command);
  }
}
