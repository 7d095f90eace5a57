import { Controller, Delete, Get, Headers, HttpCode, Param, Post, Req } from '@nestjs/common';
import type { Request } from 'express';

import { Accepts, JsonBody } from '../../common/http/accepts.js';
import { formatInstant, UTC } from '../../common/time/time-zone.js';
import { isStorable } from '../../common/validation/rules.js';
import { Transactions } from '../../database/transactions.js';
import type { Identity } from '../../identity/bearer/identity.js';
import { Idempotent, RenewsSecret } from '../../idempotency/idempotency.interceptor.js';
import { networkOf } from '../../rate-limits/network.js';
import { RateLimits } from '../../rate-limits/rate-limits.js';
import { Signals } from '../../signals/signals.js';
import { Presence } from '../../room-people/presence.js';
import { roomTopic } from '../../signals/topics.js';
import { ParticipantForbiddenError } from '../errors.js';
import { Visitor } from '../http/rooms-visitor.js';
import { HostProof } from '../rooms/host-proof.js';
import { RoomStore } from '../rooms/room-store.js';
import { JoinRequest } from './participant.requests.js';
import { PARTICIPANT_REMOVED } from './participant-removed.js';
import { Participants } from './participants.js';

/** Joins over REST, by room and address. */
const JOINS = { name: 'rooms-joined', points: 300, windowSeconds: 600 };

/** The people of a room over REST (rooms.md, "REST"). */
@Controller('api/v1/rooms/:room_id/participants')
@Idempotent()
export class ParticipantsController {
  constructor(
    private readonly store: RoomStore,
    private readonly participants: Participants,
    private readonly presence: Presence,
    private readonly proof: HostProof,
    private readonly transactions: Transactions,
    private readonly signals: Signals,
    private readonly limits: RateLimits,
  ) {}

  @Post()
  @RenewsSecret({ path: ['data', 'participant_token'], method: 'renewToken' })
  @Accepts({ body: JoinRequest })
  async join(
    @Param('room_id') rawId: string,
    @JsonBody() { participant_name: name }: JoinRequest,
    @Visitor() identity: Identity | null,
    @Headers('x-host-token') hostToken: string | undefined,
    @Req() request: Request,
  ) {
    const room = await this.store.use(rawId);
    await this.limits.admit(JOINS, `${room.id} ${networkOf(request.ip)}`);
    const isHost = this.proof.isHost(room, { identity, token: hostToken, request });
    const newcomer = { roomId: room.id, userId: identity?.userId ?? null, name, isHost };
    const { participant, token } = await this.participants.join(newcomer);
    const data = {
      participant_id: participant.id,
      participant_token: token,
      room_id: room.id,
      name: participant.name,
      is_host: participant.isHost,
      joined_at: formatInstant(participant.createdAt, UTC),
    };
    return { status: 'success', data };
  }

  /** Of a join that is answered a second time. @throws InvalidParticipantTokenError when they were taken out meanwhile */
  renewToken({ data }: { data: { room_id: string; participant_id: string } }): Promise<string> {
    return this.participants.renewToken(data.room_id, data.participant_id);
  }

  @Get()
  async list(@Param('room_id') rawId: string) {
    const room = await this.store.use(rawId);
    const people = await this.presence.peopleIn(room.id);
    const participants = people.map(({ id, name, isHost, joinedAt }) => ({
      participant_id: id,
      name,
      is_host: isHost,
      joined_at: formatInstant(joinedAt, UTC),
    }));
    return { status: 'success', data: { participants, count: participants.length } };
  }

  @Delete(':participant_id')
  @HttpCode(204)
  async remove(
    @Param('room_id') rawId: string,
    @Param('participant_id') rawParticipantId: string,
    @Visitor() identity: Identity | null,
    @Headers('x-host-token') hostToken: string | undefined,
    @Headers('x-participant-token') token: string | undefined,
    @Req() request: Request,
  ): Promise<void> {
    const room = await this.store.use(rawId);
    // What the database has no text for is nobody's.
    const participantId = isStorable.holds(rawParticipantId, {}) ? rawParticipantId : '';
    const own = token === undefined ? undefined : await this.participants.withToken(room.id, token);
    const isHost = this.proof.isHost(room, { identity, token: hostToken, request });
    const participant = await this.participants.get(room.id, participantId);
    const isSelf = own?.id === participantId || (identity !== null && participant?.userId === identity.userId);
    if (!isHost && !isSelf) throw new ParticipantForbiddenError();
    await this.transactions.of(room.id).run(async (transaction) => {
      await this.participants.remove(transaction, room.id, participantId);
      const body = { participant_id: participantId };
      await this.signals.add(transaction, { topic: roomTopic(room.id), kind: PARTICIPANT_REMOVED, body });
    });
  }
}
