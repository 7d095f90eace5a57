import { UseFilters } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';

import type { Connection } from '../../realtime/connection/connection.js';
import type { Reply } from '../../realtime/message-sender.js';
import type { ClientCommand } from '../../realtime/messages.js';
import { MemberRooms } from './member-rooms.js';
import { RoomErrorFilter } from './room-error-filter.js';

/**
 * Room commands on a member's personal socket (docs/spec/extensions.md#sockets). Nest gives gateways with the same path
 * one server, so v1 admits the connection, and the rooms' filter words the errors of these commands.
 */
@WebSocketGateway({ path: '/v1/ws/timers' })
@UseFilters(RoomErrorFilter)
export class MemberRoomsGateway {
  constructor(private readonly rooms: MemberRooms) {}

  @SubscribeMessage('joinRoom')
  join(@ConnectedSocket() connection: Connection, @MessageBody() command: ClientCommand): Promise<void> {
    return this.rooms.join(connection, command);
  }

  @SubscribeMessage('leaveRoom')
  leave(@ConnectedSocket() connection: Connection, @MessageBody() command: ClientCommand): Promise<Reply> {
    return this.rooms.leave(connection, command);
  }

  @SubscribeMessage('room.start')
  start(@ConnectedSocket() connection: Connection, @MessageBody() command: ClientCommand): Promise<Reply> {
    return this.rooms.control(connection, command);
  }

  @SubscribeMessage('room.pause')
  pause(@ConnectedSocket() connection: Connection, @MessageBody() command: ClientCommand): Promise<Reply> {
    return this.rooms.control(connection, command);
  }

  @SubscribeMessage('room.resume')
  resume(@ConnectedSocket() connection: Connection, @MessageBody() command: ClientCommand): Promise<Reply> {
    return this.rooms.control(connection, command);
  }

  @SubscribeMessage('room.reset')
  reset(@ConnectedSocket() connection: Connection, @MessageBody() command: ClientCommand): Promise<Reply> {
    return this.rooms.control(connection, command);
  }
}
