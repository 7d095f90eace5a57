import { Inject, Injectable } from '@nestjs/common';

import { SETTINGS, type Settings } from '../../config/settings.js';
import { Transactions } from '../../database/transactions.js';
import { type Place, Presence } from '../../room-people/presence.js';
import { RoomTimers } from '../../timer-domain/rooms/room-timers.js';
import { RoomFullError, RoomNotFoundError } from '../errors.js';
import { type Newcomer, type Participant, Participants } from './participants.js';

/** A participant admitted to a room. */
export interface Entered {
  readonly participant: Participant;
  readonly place: Place;
  /** Whether this is the participant's first connection, so that the room is notified of the join. */
  readonly isFirst: boolean;
}

/** Admits people to rooms: determines the participant, and enforces the limit over all instances. */
@Injectable()
export class Entrance {
  constructor(
    private readonly transactions: Transactions,
    private readonly participants: Participants,
    private readonly presence: Presence,
    private readonly timers: RoomTimers,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** @throws RoomNotFoundError, RoomFullError, InvalidParticipantTokenError */
  enter(newcomer: Newcomer): Promise<Entered> {
    const max = this.settings.rooms.maxParticipants;
    return this.transactions.of(newcomer.roomId).run(async (transaction) => {
      // Concurrent joins wait here, so that two of them cannot both take the last place.
      if (!(await this.timers.lock(transaction, newcomer.roomId))) throw new RoomNotFoundError(newcomer.roomId);
      const participant = await this.participants.admit(transaction, newcomer);
      const userId = newcomer.userId ?? participant.userId;
      const who = { roomId: newcomer.roomId, participantId: participant.id, userId };
      // A proven host is admitted even above the limit (docs/spec/rooms.md#limits).
      const taken = await this.presence.take(transaction, who, participant.isHost ? Infinity : max);
      if (taken === undefined) throw new RoomFullError(max);
      return { participant, ...taken };
    });
  }
}
