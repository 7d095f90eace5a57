import { Injectable } from '@nestjs/common';

import type { Connection } from '../../realtime/connection/connection.js';
import type { Participant } from '../participants/participants.js';
import type { Entered } from '../participants/entrance.js';
import type { Place } from '../../room-people/presence.js';

/** What is kept of a room's own socket. */
export interface RoomSocket extends Entered {
  /** Of a person without an account: whose idempotency keys theirs are. */
  readonly caller: string;
}

/** A connection's stay in one room. */
export interface Membership {
  readonly roomId: string;
  readonly participant: Participant;
  readonly place: Place;
  /** Their first tab. */
  readonly isFirst: boolean;
  readonly isHost: boolean;
  /** Of somebody without an account: whose idempotency keys theirs are. */
  readonly caller: string | undefined;
}

/** Which rooms each connection is in: one for a room's own socket, any number for a personal one. */
@Injectable()
export class Memberships {
  private readonly byConnection = new WeakMap<Connection, Map<string, Membership>>();

  add(connection: Connection, { participant, place, isFirst }: Entered, caller?: string): Membership {
    const { roomId } = place;
    const membership = { roomId, participant, place, isFirst, isHost: participant.isHost, caller };
    const rooms = this.byConnection.get(connection) ?? new Map<string, Membership>();
    this.byConnection.set(connection, rooms.set(roomId, membership));
    return membership;
  }

  /** The stay of a room's own socket in its room, from the handshake on. */
  own(connection: Connection): Membership {
    const entered = connection.state as RoomSocket;
    return this.of(connection, entered.place.roomId) ?? this.add(connection, entered, entered.caller);
  }

  of(connection: Connection, roomId: string): Membership | undefined {
    return this.byConnection.get(connection)?.get(roomId);
  }

  all(connection: Connection): Membership[] {
    return [...(this.byConnection.get(connection)?.values() ?? [])];
  }

  remove(connection: Connection, roomId: string): void {
    this.byConnection.get(connection)?.delete(roomId);
  }
}
