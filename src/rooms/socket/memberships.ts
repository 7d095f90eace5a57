import { Injectable } from '@nestjs/common';

import type { Connection } from '../../realtime/connection/connection.js';
import type { Participant } from '../participants/participants.js';
import type { Entered } from '../participants/entrance.js';
import type { Place } from '../../room-people/presence.js';

/** The state of a connection to a room's own socket. */
export interface RoomSocket extends Entered {
  /** Owner of the idempotency keys of a person without an account. */
  readonly caller: string;
}

/** A connection's membership of one room. */
export interface Membership {
  readonly roomId: string;
  readonly participant: Participant;
  readonly place: Place;
  /** Whether this is the participant's first connection to the room. */
  readonly isFirst: boolean;
  readonly isHost: boolean;
  /** Owner of the idempotency keys of a person without an account; undefined on personal sockets. */
  readonly caller: string | undefined;
}

/** The rooms of each connection: one on a room's own socket, any number on a personal socket. */
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

  /** The membership of a room's own socket, which begins with the handshake. */
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
