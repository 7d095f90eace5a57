import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

import { describeError } from '../../common/logging/describe-error.js';
import { changeIdOf } from '../../realtime/change-id.js';
import { ChangeStream } from '../../realtime/backplane/change-stream.js';
import { CLOSE, type Connection } from '../../realtime/connection/connection.js';
import { Hub } from '../../realtime/hub/hub.js';
import type { RoomAction } from '../../realtime/messages.js';
import { MessageSender } from '../../realtime/message-sender.js';
import type { Signal } from '../../signals/signal.js';
import { Signals } from '../../signals/signals.js';
import type { TimerChange } from '../../timer-domain/records/timer-change.js';
import { type PeopleChange, Presence, ROOM_PEOPLE } from '../../room-people/presence.js';
import { idInTopic, roomTopic } from '../../signals/topics.js';
import { ROOM_TIMER_SHOWS } from '../../timer-domain/rooms/room-timers.js';
import { stateOf } from '../../timer-domain/rules/room-timer.js';
import { RoomNotFoundError } from '../errors.js';
import { PARTICIPANT_REMOVED } from '../participants/participant-removed.js';
import type { Room } from '../rooms/room.js';
import { RoomPresenter } from '../rooms/room.presenter.js';
import { RoomStore } from '../rooms/room-store.js';
import { ROOM_DELETED, ROOM_UPDATED } from '../rooms/rooms.js';
import { Memberships } from './memberships.js';
import { stepMessages } from './room-messages.js';

/** Maximum number of rooms whose newest join or leave is remembered. */
const REMEMBERED_ROOMS = 10_000;

/** Broadcasts the changes of rooms to their connections, whichever API or instance made them. */
@Injectable()
export class RoomChanges implements OnModuleInit {
  private readonly logger = new Logger(RoomChanges.name);
  private readonly queues = new Map<string, Promise<void>>();
  /** Id of the newest stored event about people, by topic. */
  private readonly newest = new LRUCache<string, bigint>({ max: REMEMBERED_ROOMS });

  constructor(
    private readonly stream: ChangeStream,
    private readonly signals: Signals,
    private readonly hub: Hub,
    private readonly sender: MessageSender,
    private readonly store: RoomStore,
    private readonly presenter: RoomPresenter,
    private readonly memberships: Memberships,
    private readonly presence: Presence,
  ) {}

  onModuleInit(): void {
    this.stream.onChange((change) => this.tellStep(change));
    this.signals.subscribe((signal) => {
      if (idInTopic('room', signal.topic) !== undefined) this.queue(signal);
    });
    this.signals.onDistrust(() => {
      this.newest.clear();
    });
  }

  /** Processes the stored events of a room one after the other, so that the state read last is sent last. */
  private queue(signal: Signal): void {
    const { topic, kind } = signal;
    const told = (this.queues.get(topic) ?? Promise.resolve())
      .then(() => this.tellSignal(signal))
      .catch((error: unknown) => {
        this.logger.warn({ msg: 'a room was not told', kind, ...describeError(error) });
      });
    this.queues.set(topic, told);
    void told.then(() => {
      if (this.queues.get(topic) === told) this.queues.delete(topic);
    });
  }

  /** A mark after all changes broadcast so far. */
  changeId(): string {
    return changeIdOf(this.stream.mark);
  }

  /** Resolves when all stored events received so far have been processed. */
  async settled(): Promise<void> {
    await Promise.all(this.queues.values());
  }

  private tellStep({ timer: { roomId }, room, at }: TimerChange): Promise<void> {
    if (roomId !== null && room !== undefined) {
      this.hub.broadcast(roomTopic(roomId), {
        message: (to) => stepMessages(this.presenter, roomId, room, to),
        at,
        changeId: this.changeId(),
        timer: { id: roomId, revision: room.revision },
      });
    }
    return Promise.resolve();
  }

  private async tellSignal(signal: Signal): Promise<void> {
    const { topic, kind, body } = signal;
    const isLate = kind === ROOM_PEOPLE && this.isLate(signal);
    if (!this.hub.isHeard(topic)) return;
    const roomId = idInTopic('room', topic) ?? '';
    if (kind === ROOM_PEOPLE && isLate) await this.tellLate(roomId, body);
    else if (kind === ROOM_PEOPLE) this.tellPeople(roomId, body);
    if (kind === ROOM_UPDATED) await this.tellSettings(roomId, body.revision);
    if (kind === ROOM_TIMER_SHOWS) await this.tellShown(roomId, body.revision);
    if (kind === ROOM_DELETED) this.dismissAll(roomId);
    if (kind === PARTICIPANT_REMOVED) this.dismiss(roomId, body.participant_id);
  }

  /** Whether a newer event has been broadcast already: events of other instances arrive after those of this one. */
  private isLate({ topic, id }: Signal): boolean {
    const [number, newest] = [BigInt(id), this.newest.get(topic) ?? 0n];
    if (number > newest) this.newest.set(topic, number);
    return number < newest;
  }

  /** Broadcasts a late event only if it still holds, with the current count, because its own count is out of date. */
  private async tellLate(roomId: string, change: PeopleChange): Promise<void> {
    const people = await this.presence.peopleIn(roomId);
    const isHere = people.some(({ id }) => id === change.participant.id);
    if (isHere === (change.action === 'joined')) this.tellPeople(roomId, { ...change, current_count: people.length });
  }

  private tellPeople(roomId: string, { action, participant, current_count: currentCount }: PeopleChange): void {
    this.hub.broadcast(roomTopic(roomId), {
      message: ({ endpoint }) => ({ type: 'participant', roomId, endpoint, action, participant, currentCount }),
    });
  }

  private async tellSettings(roomId: string, revision: number): Promise<void> {
    const room = await this.existing(roomId);
    if (room === undefined) return;
    const people = await this.presence.peopleIn(roomId);
    this.hub.broadcast(roomTopic(roomId), {
      message: ({ endpoint, zone }) => ({
        type: 'roomUpdated',
        roomId,
        endpoint,
        room: this.presenter.roomWith(people, room, zone),
      }),
      changeId: this.changeId(),
    });
    this.tellIdle(room, revision, 'sync');
  }

  private async tellShown(roomId: string, revision: number): Promise<void> {
    const room = await this.existing(roomId);
    if (room !== undefined) this.tellIdle(room, revision, 'reset');
  }

  /** Broadcasts the timer of an idle room at this revision; later revisions are broadcast with their own changes. */
  private tellIdle({ id: roomId, roomTimer }: Room, revision: number, action: RoomAction): void {
    if (roomTimer.session !== null || roomTimer.revision !== revision) return;
    const state = stateOf(roomTimer);
    this.hub.broadcast(roomTopic(roomId), {
      message: ({ endpoint, zone }) => ({
        type: 'roomTimer',
        roomId,
        endpoint,
        timer: this.presenter.timer(state, revision, zone),
        action,
      }),
      changeId: this.changeId(),
      timer: { id: roomId, revision },
    });
  }

  /** @returns undefined when the room has been deleted */
  private existing(roomId: string): Promise<Room | undefined> {
    return this.store.get(roomId).catch((error: unknown) => {
      if (error instanceof RoomNotFoundError) return undefined;
      throw error;
    });
  }

  /** Handles a deleted room: the room's own sockets close, personal sockets stay open (docs/spec/rooms.md#rest). */
  private dismissAll(roomId: string): void {
    for (const connection of [...this.hub.listenersOf(roomTopic(roomId))]) this.dismissFrom(connection, roomId);
  }

  /** Sends the error to one connection of a deleted room, and takes the connection out of the room. */
  dismissFrom(connection: Connection, roomId: string): void {
    const { message } = new RoomNotFoundError(roomId);
    this.sender.send(connection, { type: 'error', code: 'ROOM_NOT_FOUND', message });
    this.part(connection, roomId, CLOSE.gone, 'room deleted');
  }

  private dismiss(roomId: string, participantId: string): void {
    for (const connection of [...this.hub.listenersOf(roomTopic(roomId))]) {
      if (this.memberships.of(connection, roomId)?.participant.id !== participantId) continue;
      this.kick(connection, roomId);
    }
  }

  /** Takes one connection of a removed participant out of the room. */
  kick(connection: Connection, roomId: string): void {
    this.part(connection, roomId, CLOSE.kicked, 'removed from the room');
  }

  private part(connection: Connection, roomId: string, code: number, reason: string): void {
    this.hub.unsubscribe(connection, roomTopic(roomId));
    if (connection.endpoint.kind === 'room') {
      connection.close(code, reason);
      return;
    }
    this.sender.send(connection, { type: 'roomLeft', roomId });
    const membership = this.memberships.of(connection, roomId);
    this.memberships.remove(connection, roomId);
    // Presence logs and retries a failure.
    if (membership) this.presence.leave(membership.place).catch(() => undefined);
  }
}
