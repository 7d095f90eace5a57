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
import { Memberships } from './memberships.js';
import { RoomAdmission } from './room-admission.js';
import { RoomArrival } from './room-arrival.js';
import { RoomCommands } from './room-commands.js';
import { RoomErrorFilter } from './room-error-filter.js';
import { RoomSync } from './room-sync.js';

const CODES = { rateLimited: 'RATE_LIMITED', unavailable: 'SERVICE_UNAVAILABLE', unexpected: 'INTERNAL_ERROR' };

/** The socket of a room (docs/spec/rooms.md#socket). Its commands apply to the room in the path. */
@WebSocketGateway({ path: '/ws/room/:room_id' })
@UseFilters(RoomErrorFilter)
export class RoomGateway
  implements OnGatewayInit<SocketEndpoint>, OnGatewayConnection<Connection>, OnGatewayDisconnect<Connection>
{
  constructor(
    private readonly admission: RoomAdmission,
    private readonly dispatcher: CommandDispatcher,
    private readonly memberships: Memberships,
    private readonly arrival: RoomArrival,
    private readonly commands: RoomCommands,
    private readonly sync: RoomSync,
    private readonly connectionCommands: ConnectionCommands,
  ) {}

  afterInit(endpoint: SocketEndpoint): void {
    endpoint.open({ kind: 'room', codes: CODES, admit: (handshake) => this.admission.admit(handshake) });
  }

  handleConnection(connection: Connection): void {
    this.dispatcher.connect(connection, () => this.arrival.arrive(connection, this.memberships.own(connection)));
  }

  handleDisconnect(connection: Connection): void {
    this.arrival.onDisconnect(connection, this.memberships.own(connection));
  }

  @SubscribeMessage('room.start')
  start(@ConnectedSocket() connection: Connection, @MessageBody() command: ClientCommand): Promise<Reply> {
    return this.commands.control(connection, command, this.memberships.own(connection));
  }

  @SubscribeMessage('room.pause')
  pause(@ConnectedSocket() connection: Connection, @MessageBody() command: ClientCommand): Promise<Reply> {
    return this.commands.control(connection, command, this.memberships.own(connection));
  }

  @SubscribeMessage('room.resume')
  resume(@ConnectedSocket() connection: Connection, @MessageBody() command: ClientCommand): Promise<Reply> {
    return this.commands.control(connection, command, this.memberships.own(connection));
  }

  @SubscribeMessage('room.reset')
  reset(@ConnectedSocket() connection: Connection, @MessageBody() command: ClientCommand): Promise<Reply> {
    return this.commands.control(connection, command, this.memberships.own(connection));
  }

  @SubscribeMessage('sync')
  syncTimer(@ConnectedSocket() connection: Connection, @MessageBody() command: ClientCommand): Promise<Reply> {
    return this.sync.answer(connection, command, this.memberships.own(connection));
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
