import { Injectable } from '@nestjs/common';

import { InvalidRequestError } from '../../common/validation/problem.js';
import { codePoints } from '../../common/validation/rules.js';
import type { Connection } from '../../realtime/connection/connection.js';
import type { ClientCommand, Payload } from '../../realtime/messages.js';
import { MessageSender, type Reply } from '../../realtime/message-sender.js';
import { RoomNotFoundError } from '../errors.js';
import { Entrance } from '../participants/entrance.js';
import type { Room } from '../rooms/room.js';
import { RoomPresenter } from '../rooms/room.presenter.js';
import { RoomStore } from '../rooms/room-store.js';
import { type Membership, Memberships } from './memberships.js';
import { RoomArrival } from './room-arrival.js';
import { RoomCommands } from './room-commands.js';

const MAX_NAME = 50;

/** Rooms on a member's personal socket: joining, leaving, and the room timer (docs/spec/extensions.md#sockets). */
@Injectable()
export class MemberRooms {
  constructor(
    private readonly sender: MessageSender,
    private readonly store: RoomStore,
    private readonly presenter: RoomPresenter,
    private readonly entrance: Entrance,
    private readonly memberships: Memberships,
    private readonly arrival: RoomArrival,
    private readonly commands: RoomCommands,
  ) {}

  /** Joins a room and sends its state. A repeated join keeps the participant and sends the state again. */
  async join(connection: Connection, command: ClientCommand): Promise<void> {
    const room = await this.store.get(rawIdOf(command.payload));
    const already = this.memberships.of(connection, room.id);
    const membership = already ?? (await this.enter(connection, room, command.payload));
    try {
      await this.sendRoom(connection, command, room, already ? { ...already, isFirst: false } : membership);
    } finally {
      // A connection that has closed in the meantime still joins first, then leaves.
      if (!already)
        void connection.closed.then(() => {
          this.arrival.leaveLater(membership.place);
        });
    }
  }

  async leave(connection: Connection, command: ClientCommand): Promise<Reply> {
    const membership = this.membershipOf(connection, command);
    await this.arrival.leave(connection, membership);
    return { message: { type: 'roomLeft', roomId: membership.roomId } };
  }

  async control(connection: Connection, command: ClientCommand): Promise<Reply> {
    return this.commands.control(connection, command, this.membershipOf(connection, command));
  }

  private async enter(connection: Connection, { id, hostUserId }: Room, payload: Payload): Promise<Membership> {
    const userId = connection.identity?.userId ?? null;
    const isHost = userId !== null && userId === hostUserId;
    const newcomer = { roomId: id, userId, name: nameOf(payload), isHost, token: undefined };
    return this.memberships.add(connection, await this.entrance.enter(newcomer));
  }

  private async sendRoom(
    connection: Connection,
    command: ClientCommand,
    room: Room,
    membership: Membership,
  ): Promise<void> {
    const shown = await this.presenter.room(room, connection.zone);
    const participantId = membership.participant.id;
    this.sender.reply(connection, command, { message: { type: 'roomJoined', room: shown, participantId } });
    connection.hold();
    await this.arrival.arrive(connection, membership);
  }

  /** @throws RoomNotFoundError for a room that the connection is not in */
  private membershipOf(connection: Connection, { payload }: ClientCommand): Membership {
    const rawId = rawIdOf(payload);
    const membership = this.memberships.of(connection, rawId.toLowerCase());
    if (membership === undefined) throw new RoomNotFoundError(rawId);
    return membership;
  }
}

const rawIdOf = ({ room_id: roomId }: Payload): string =>
  typeof roomId === 'string' ? roomId : JSON.stringify(roomId ?? null);

/** @throws InvalidRequestError */
function nameOf({ name }: Payload): string | undefined {
  if (name === undefined || name === null) return undefined;
  const text = typeof name === 'string' ? name.trim() : '';
  if (text !== '' && codePoints(text) <= MAX_NAME && !/[\0\p{Surrogate}]/u.test(text)) return text;
  const msg = `String should have 1 to ${MAX_NAME} characters`;
  throw new InvalidRequestError([{ type: 'string_type', loc: ['payload', 'name'], msg }]);
}
