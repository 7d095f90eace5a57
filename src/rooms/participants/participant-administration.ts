import { Injectable } from '@nestjs/common';

import { isStorable } from '../../common/validation/rules.js';
import { Transactions } from '../../database/transactions.js';
import { networkOf } from '../../rate-limits/network.js';
import { RateLimits } from '../../rate-limits/rate-limits.js';
import { type Present, Presence } from '../../room-people/presence.js';
import { Signals } from '../../signals/signals.js';
import { roomTopic } from '../../signals/topics.js';
import { ParticipantForbiddenError } from '../errors.js';
import type { RoomCaller } from '../http/rooms-visitor.js';
import { HostProof } from '../rooms/host-proof.js';
import { RoomStore } from '../rooms/room-store.js';
import { PARTICIPANT_REMOVED } from './participant-removed.js';
import { type JoinedParticipant, Participants } from './participants.js';

/** Rate limit of joins over REST, by room and network. */
const JOINS = { name: 'rooms-joined', points: 300, windowSeconds: 600 };

/** The REST operations on the participants of a room (docs/spec/rooms.md#rest). */
@Injectable()
export class ParticipantAdministration {
  constructor(
    private readonly store: RoomStore,
    private readonly participants: Participants,
    private readonly presence: Presence,
    private readonly proof: HostProof,
    private readonly transactions: Transactions,
    private readonly signals: Signals,
    private readonly limits: RateLimits,
  ) {}

  /** Joins a room over REST. @throws RoomNotFoundError, TooManyRequestsError */
  async join(rawId: string, name: string, caller: RoomCaller): Promise<JoinedParticipant> {
    const room = await this.store.use(rawId);
    await this.limits.admit(JOINS, `${room.id} ${networkOf(caller.request.ip)}`);
    const isHost = this.proof.isHost(room, caller);
    return this.participants.join({ roomId: room.id, userId: caller.identity?.userId ?? null, name, isHost });
  }

  /** The participants who are present. @throws RoomNotFoundError */
  async list(rawId: string): Promise<readonly Present[]> {
    return this.presence.peopleIn((await this.store.use(rawId)).id);
  }

  /**
   * Removes a participant. A host may remove any participant, a participant only themselves.
   * @throws RoomNotFoundError, InvalidParticipantTokenError, ParticipantForbiddenError
   */
  async remove(rawId: string, rawParticipantId: string, caller: RoomCaller): Promise<void> {
    const room = await this.store.use(rawId);
    // The database cannot store such text, so no participant has this id.
    const participantId = isStorable.holds(rawParticipantId, {}) ? rawParticipantId : '';
    const { identity, participantToken: token } = caller;
    const own = token === undefined ? undefined : await this.participants.withToken(room.id, token);
    const isHost = this.proof.isHost(room, caller);
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
