import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';

import { UTC } from '../../common/time/time-zone.js';
import { InvalidRequestError } from '../../common/validation/problem.js';
import { codePoints, isStorable } from '../../common/validation/rules.js';
import { anonymousCaller } from '../../idempotency/idempotency-key.js';
import { BearerIdentities } from '../../identity/bearer/bearer-identities.js';
import type { Admission, Handshake } from '../../realtime/adapter/socket-endpoint.js';
import { Presence } from '../../room-people/presence.js';
import { Entrance } from '../participants/entrance.js';
import { HostProof } from '../rooms/host-proof.js';
import { RoomStore } from '../rooms/room-store.js';
import type { RoomSocket } from './memberships.js';

const MAX_NAME = 50;
/** Open connections of one participant (docs/spec/sockets.md#limits). */
const MAX_PER_PARTICIPANT = 5;
const HOST_PROTOCOL = 'host.';
const PARTICIPANT_PROTOCOL = 'participant.';

/** Decides whether a handshake opens a room's socket, and as which participant (docs/spec/rooms.md#who-is-who). */
@Injectable()
export class RoomAdmission {
  constructor(
    private readonly identities: BearerIdentities,
    private readonly store: RoomStore,
    private readonly proof: HostProof,
    private readonly entrance: Entrance,
    private readonly presence: Presence,
  ) {}

  /**
   * Admits a handshake to the room in its path.
   * @throws RoomNotFoundError, RoomFullError
   * @throws InvalidAccessTokenError, InvalidParticipantTokenError, InvalidRequestError
   */
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
        // Presence logs and retries a failure.
        this.presence.withdraw(entered.place).catch(() => undefined);
      },
      state: { ...entered, caller: anonymousCaller(handshake.address, request.headers.cookie) } satisfies RoomSocket,
    };
  }
}

/** @throws InvalidRequestError for a blank name, one of more than 50 characters, and one that cannot be stored */
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
