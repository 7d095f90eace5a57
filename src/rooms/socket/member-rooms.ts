import { Injectable, type OnModuleInit } from '@nestjs/common';

import { InvalidRequestError } from '../../common/validation/problem.js';
import { codePoints } from '../../common/validation/rules.js';
import { Conversations } from '../../realtime/connection/conversations.js';
import type { Connection } from '../../realtime/connection/connection.js';
import type { ClientCommand, Payload } from '../../realtime/messages.js';
import type { RoomPort } from '../../realtime/room-port.js';
import { Speaker } from '../../realtime/speaker.js';
import { RoomNotFoundError } from '../errors.js';
import { roomError } from '../http/rooms-error-envelope.js';
import { Entrance } from '../participants/entrance.js';
import type { Room } from '../rooms/room.js';
import { RoomPresenter } from '../rooms/room.presenter.js';
import { RoomStore } from '../rooms/room-store.js';
import { type Membership, Memberships } from './memberships.js';
import { RoomArrival } from './room-arrival.js';
import { RoomCommands } from './room-commands.js';

const MAX_NAME = 50;

/** Rooms on a member's personal socket: entering, leaving, and the room's timer (extensions.md, `room.join`). */
@Injectable()
export class MemberRooms implements RoomPort, OnModuleInit {
  constructor(
    private readonly conversations: Conversations,
    private readonly speaker: Speaker,
    private readonly store: RoomStore,
    private readonly presenter: RoomPresenter,
    private readonly entrance: Entrance,
    private readonly memberships: Memberships,
    private readonly arrival: RoomArrival,
    private readonly commands: RoomCommands,
  ) {}

  onModuleInit(): void {
    this.conversations.serveRooms(this);
  }

  handle(connection: Connection, command: ClientCommand): Promise<void> {
    if (command.type === 'joinRoom') return this.join(connection, command);
    if (command.type === 'leaveRoom') return this.leave(connection, command);
    return this.control(connection, command);
  }

  errorOf(error: unknown): { code: string; message: string } | undefined {
    const { status, code, message } = roomError(error);
    return status === 500 ? undefined : { code, message };
  }

  /** Joining twice is the same participant, and tells the state anew. */
  private async join(connection: Connection, command: ClientCommand): Promise<void> {
    const room = await this.store.get(rawIdOf(command.payload));
    const already = this.memberships.of(connection, room.id);
    const membership = already ?? (await this.enter(connection, room, command.payload));
    try {
      await this.welcome(connection, command, room, already ? { ...already, isFirst: false } : membership);
    } finally {
      // Whoever is gone by now has come first, and leaves then.
      if (!already)
        void connection.closed.then(() => {
          this.arrival.vanish(membership.place);
        });
    }
  }

  private async enter(connection: Connection, { id, hostUserId }: Room, payload: Payload): Promise<Membership> {
    const userId = connection.identity?.userId ?? null;
    const isHost = userId !== null && userId === hostUserId;
    const newcomer = { roomId: id, userId, name: nameOf(payload), isHost, token: undefined };
    return this.memberships.add(connection, await this.entrance.enter(newcomer));
  }

  private async welcome(
    connection: Connection,
    command: ClientCommand,
    room: Room,
    membership: Membership,
  ): Promise<void> {
    const shown = await this.presenter.room(room, connection.zone);
    const participantId = membership.participant.id;
    this.speaker.answer(connection, command, { type: 'roomJoined', room: shown, participantId });
    connection.hold();
    try {
      await this.arrival.arrive(connection, membership);
    } finally {
      connection.release();
    }
  }

  private async leave(connection: Connection, command: ClientCommand): Promise<void> {
    const membership = this.membershipOf(connection, command);
    await this.arrival.depart(connection, membership);
    this.speaker.answer(connection, command, { type: 'roomLeft', roomId: membership.roomId });
  }

  private async control(connection: Connection, command: ClientCommand): Promise<void> {
    await this.commands.carryOut(connection, command, this.membershipOf(connection, command));
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
