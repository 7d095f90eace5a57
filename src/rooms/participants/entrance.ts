import { Inject, Injectable } from '@nestjs/common';

import { SETTINGS, type Settings } from '../../config/settings.js';
import { Transactions } from '../../database/transactions.js';
import { type Place, Presence } from '../../room-people/presence.js';
import { RoomTimers } from '../../timer-domain/rooms/room-timers.js';
import { RoomFullError, RoomNotFoundError } from '../errors.js';
import { type Newcomer, type Participant, Participants } from './participants.js';

/** Somebody who was let into a room. */
export interface Entered {
  readonly participant: Participant;
  readonly place: Place;
  /** Their first tab: the room is to hear of them. */
  readonly isFirst: boolean;
}

/** The door of a room: who comes in, as whom, and whether there is a place left, counted over all instances. */
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
      // Whoever comes at the same time waits here, so the last place is given once.
      if (!(await this.timers.lock(transaction, newcomer.roomId))) throw new RoomNotFoundError(newcomer.roomId);
      const participant = await this.participants.admit(transaction, newcomer);
      const userId = newcomer.userId ?? participant.userId;
      const who = { roomId: newcomer.roomId, participantId: participant.id, userId };
      // A proven host always gets in, beyond the number if need be (docs/spec/rooms.md#limits).
      const taken = await this.presence.take(transaction, who, participant.isHost ? Infinity : max);
      if (taken === undefined) throw new RoomFullError(max);
      return { participant, ...taken };
    });
  }
}
