import type { IncomingMessage } from 'node:http';
import { Injectable, type OnModuleInit } from '@nestjs/common';

import { UTC } from '../../common/time/time-zone.js';
import { InvalidRequestError } from '../../common/validation/problem.js';
import { codePoints, isStorable } from '../../common/validation/rules.js';
import { anonymousCaller } from '../../idempotency/idempotency-key.js';
import { BearerIdentities } from '../../identity/bearer/bearer-identities.js';
import { SocketServer } from '../../realtime/adapter/socket-server.js';
import type { Connection } from '../../realtime/connection/connection.js';
import type { Admission, Handshake, SocketEndpoint } from '../../realtime/endpoint.js';
import { Hub } from '../../realtime/hub/hub.js';
import type { ClientCommand } from '../../realtime/messages.js';
import { Presence } from '../../room-people/presence.js';
import { roomError } from '../http/rooms-error-envelope.js';
import { type Entered, Entrance } from '../participants/entrance.js';
import { HostProof } from '../rooms/host-proof.js';
import { RoomStore } from '../rooms/room-store.js';
import { Memberships, type Membership } from './memberships.js';
import { RoomArrival } from './room-arrival.js';
import { RoomCommands } from './room-commands.js';
import { RoomSync } from './room-sync.js';

const MAX_NAME = 50;
/** Open connections of one participant (realtime.md, "Limits"). */
const MAX_PER_PARTICIPANT = 5;
const HOST_PROTOCOL = 'host.';
const PARTICIPANT_PROTOCOL = 'participant.';

/** What is kept of a room's socket. */
interface RoomSocket extends Entered {
  readonly caller: string;
}

/** The socket of a room (rooms.md, "Socket"). */
@Injectable()
export class RoomEndpoint implements SocketEndpoint, OnModuleInit {
  readonly kind = 'room';
  readonly path = '/ws/room/:room_id';
  readonly codes = { rateLimited: 'RATE_LIMITED', unavailable: 'SERVICE_UNAVAILABLE', unexpected: 'INTERNAL_ERROR' };

  constructor(
    private readonly sockets: SocketServer,
    private readonly hub: Hub,
    private readonly identities: BearerIdentities,
    private readonly store: RoomStore,
    private readonly proof: HostProof,
    private readonly entrance: Entrance,
    private readonly presence: Presence,
    private readonly memberships: Memberships,
    private readonly arrival: RoomArrival,
    private readonly commands: RoomCommands,
    private readonly sync: RoomSync,
  ) {}

  onModuleInit(): void {
    this.sockets.register(this);
  }

  /** @throws RoomNotFoundError, RoomFullError, InvalidAccessTokenError, InvalidParticipantTokenError, InvalidRequestError */
  async admit(handshake: Handshake): Promise<Admission> {
    const { token: jwt, params, query, protocols, request, address } = handshake;
    const identity = jwt === undefined ? null : await this.identities.identify(jwt, address);
    const name = nameOf(query.get('name'));
    const room = await this.store.get(params['room_id'] ?? '');
    const [host, participant] = [protocolOf(protocols, HOST_PROTOCOL), protocolOf(protocols, PARTICIPANT_PROTOCOL)];
    const isHost = this.proof.isHost(room, { identity, token: host?.rest, request });
    const token = participant?.rest ?? headerOf(request, 'x-participant-token');
    const newcomer = { roomId: room.id, userId: identity?.userId ?? null, name, isHost, token };
    const entered = await this.entrance.enter(newcomer);
    const protocol = participant?.whole ?? host?.whole;
    return {
      identity,
      ...(protocol === undefined ? {} : { protocol }),
      zone: UTC,
      countedBy: { key: `participant:${room.id}:${entered.participant.id}`, max: MAX_PER_PARTICIPANT },
      withdraw: () => {
        // A failure is logged, and tried again, by Presence.
        this.presence.withdraw(entered.place).catch(() => undefined);
      },
      state: { ...entered, caller: anonymousCaller(handshake.address, request.headers.cookie) } satisfies RoomSocket,
    };
  }

  async welcome(connection: Connection): Promise<void> {
    const entered = connection.state as RoomSocket;
    const membership = this.memberships.add(connection, entered, entered.caller);
    await this.arrival.arrive(connection, membership);
  }

  async handle(connection: Connection, command: ClientCommand): Promise<void> {
    const membership = this.membershipOf(connection);
    if (command.type === 'sync') await this.sync.answer(connection, command, membership);
    else await this.commands.carryOut(connection, command, membership);
  }

  errorOf(error: unknown): { code: string; message: string } | undefined {
    const { status, code, message } = roomError(error);
    return status === 500 ? undefined : { code, message };
  }

  leave(connection: Connection): void {
    this.hub.remove(connection);
    const { place } = connection.state as Entered;
    this.arrival.vanish(place);
  }

  private membershipOf(connection: Connection): Membership {
    const { place } = connection.state as Entered;
    const membership = this.memberships.of(connection, place.roomId);
    if (membership === undefined) throw new Error('a connection without its room');
    return membership;
  }
}

/** @throws InvalidRequestError for a name of no or more than 50 characters */
function nameOf(name: string | null): string | undefined {
  if (name === null) return undefined;
  const trimmed = name.trim();
  if (trimmed !== '' && codePoints(trimmed) <= MAX_NAME && isStorable.holds(trimmed, {})) return trimmed;
  const [type, msg] =
    trimmed === ''
      ? ['string_too_short', 'String should have at least 1 character']
      : ['string_too_long', `String should have at most ${MAX_NAME} characters`];
  throw new InvalidRequestError([{ type, loc: ['query', 'name'], msg, input: name }]);
}

const headerOf = ({ headers }: IncomingMessage, name: string): string | undefined => [headers[name]].flat()[0];

function protocolOf(protocols: readonly string[], prefix: string): { whole: string; rest: string } | undefined {
  const whole = protocols.find((protocol) => protocol.startsWith(prefix));
  return whole === undefined ? undefined : { whole, rest: whole.slice(prefix.length) };
}
