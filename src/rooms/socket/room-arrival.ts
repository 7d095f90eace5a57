import { Injectable } from '@nestjs/common';

import type { Connection } from '../../realtime/connection/connection.js';
import { CommandDispatcher } from '../../realtime/connection/command-dispatcher.js';
import { Hub } from '../../realtime/hub/hub.js';
import type { ServerMessage } from '../../realtime/messages.js';
import { MessageSender } from '../../realtime/message-sender.js';
import { type Place, Presence, type Present } from '../../room-people/presence.js';
import { roomTopic } from '../../signals/topics.js';
import { RoomNotFoundError } from '../errors.js';
import { RoomStore } from '../rooms/room-store.js';
import { Memberships, type Membership } from './memberships.js';
import { RoomChanges } from './room-changes.js';
import { RoomTimerState } from './room-timer-state.js';

/** Lets connections join and leave rooms, and sends them and the other participants the messages about it. */
@Injectable()
export class RoomArrival {
  /** Joins in flight: a connection that closes before its join is announced leaves after that. */
  private readonly arriving = new WeakMap<Place, Promise<void>>();

  constructor(
    private readonly hub: Hub,
    private readonly sender: MessageSender,
    private readonly store: RoomStore,
    private readonly presence: Presence,
    private readonly changes: RoomChanges,
    private readonly memberships: Memberships,
    private readonly timerState: RoomTimerState,
    private readonly dispatcher: CommandDispatcher,
  ) {}

  /** Subscribes, sends the state and the participants, then announces the join (docs/spec/rooms.md#socket). */
  arrive(connection: Connection, membership: Membership): Promise<void> {
    const arrival = this.enter(connection, membership);
    this.arriving.set(membership.place, arrival);
    return arrival;
  }

  private async enter(connection: Connection, membership: Membership): Promise<void> {
    const { roomId, place, isFirst } = membership;
    if (connection.isOpen) this.hub.subscribe(connection, roomTopic(roomId));
    try {
      await this.timerState.send(connection, roomId);
    } catch (error) {
      // The room was deleted before this connection subscribed, so it has not received the event.
      if (!(error instanceof RoomNotFoundError)) throw error;
      this.changes.dismissFrom(connection, roomId);
      return;
    }
    const people = await this.presence.peopleIn(roomId);
    if (this.showOut(connection, membership, people)) return;
    const participants = people.map(({ id, name }) => ({ id, name }));
    this.tell(connection, {
      type: 'participants',
      roomId,
      ...this.at(connection),
      participants,
      currentCount: people.length,
    });
    await this.store.touch(roomId);
    if (isFirst) await this.presence.announceJoin(place);
  }

  /** Closes a connection whose participant was removed after admission, but before the connection subscribed. */
  private showOut(
    connection: Connection,
    { roomId, place, participant, isFirst }: Membership,
    people: readonly Present[],
  ) {
    const isRemoved = people.some(({ id, isRemoved }) => id === participant.id && isRemoved);
    if (!isRemoved) return false;
    // The join was not announced, so the leave is not announced either.
    if (isFirst) this.presence.withdraw(place).catch(() => undefined);
    this.changes.kick(connection, roomId);
    return true;
  }

  /** Leaves one room; the connection stays open. */
  async leave(connection: Connection, { roomId, place }: Membership): Promise<void> {
    this.hub.unsubscribe(connection, roomTopic(roomId));
    this.memberships.remove(connection, roomId);
    await this.leavePresence(place);
  }

  /** Handles the close of a room's own socket. */
  onDisconnect(connection: Connection, { place }: Membership): void {
    this.hub.remove(connection);
    this.leaveLater(place);
  }

  /** Leaves in the background; only a shutdown waits for it. {@link Presence} logs and retries a failure. */
  leaveLater(place: Place): void {
    void this.dispatcher.track(this.leavePresence(place).catch(() => undefined));
  }

  private async leavePresence(place: Place): Promise<void> {
    await this.arriving.get(place)?.catch(() => undefined);
    await this.presence.leave(place);
  }

  private tell(connection: Connection, message: ServerMessage): void {
    this.sender.send(connection, message);
  }

  private at({ endpoint }: Connection) {
    return { endpoint: endpoint.kind };
  }
}
