import { Injectable, type OnModuleInit } from '@nestjs/common';

import { changeIdOf } from '../../realtime/change-id.js';
import { ChangeStream } from '../../realtime/backplane/change-stream.js';
import { CLOSE, type Connection } from '../../realtime/connection/connection.js';
import { Hub } from '../../realtime/hub/hub.js';
import type { ServerMessage } from '../../realtime/messages.js';
import { Speaker } from '../../realtime/speaker.js';
import type { Signal } from '../../signals/signal.js';
import { Signals } from '../../signals/signals.js';
import type { TimerChange } from '../../timer-domain/changes/timer-change.js';
import { Clock } from '../../timer-domain/clock/clock.js';
import { type PeopleChange, ROOM_PEOPLE, roomTopic } from '../../timer-domain/presence/presence.js';
import { stateOf } from '../../timer-domain/rules/room-clock.js';
import { RoomNotFoundError } from '../errors.js';
import { PARTICIPANT_REMOVED } from '../participants/participants.controller.js';
import { RoomPresenter } from '../rooms/room.presenter.js';
import { RoomStore } from '../rooms/room-store.js';
import { ROOM_DELETED, ROOM_UPDATED } from '../rooms/rooms.js';
import { Memberships } from './memberships.js';
import { stepMessages } from './room-messages.js';

/** Tells everybody in a room what happens there, whichever API or instance did it. */
@Injectable()
export class RoomChanges implements OnModuleInit {
  constructor(
    private readonly stream: ChangeStream,
    private readonly signals: Signals,
    private readonly hub: Hub,
    private readonly speaker: Speaker,
    private readonly store: RoomStore,
    private readonly presenter: RoomPresenter,
    private readonly memberships: Memberships,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.stream.onChange((change) => this.tellStep(change));
    this.signals.subscribe((signal) => {
      if (signal.topic.startsWith('room:')) void this.tellSignal(signal);
    });
  }

  /** A mark that everything told so far lies before. */
  changeId(at = this.clock.now() / 1_000): string {
    return changeIdOf({ mark: this.stream.mark, at });
  }

  private tellStep({ timer: { roomId }, room, at }: TimerChange): Promise<void> {
    if (roomId !== null && room !== undefined) {
      this.hub.announce(roomTopic(roomId), {
        message: (to) => stepMessages(this.presenter, roomId, room, to),
        at,
        changeId: this.changeId(at),
        timer: { id: roomId, revision: room.revision },
      });
    }
    return Promise.resolve();
  }

  private async tellSignal({ topic, kind, body }: Signal): Promise<void> {
    if (!this.hub.isHeard(topic)) return;
    const roomId = topic.slice(roomTopic('').length);
    if (kind === ROOM_PEOPLE) this.tellPeople(roomId, body as unknown as PeopleChange);
    if (kind === ROOM_UPDATED) await this.tellSettings(roomId);
    if (kind === ROOM_DELETED) this.dismissAll(roomId);
    if (kind === PARTICIPANT_REMOVED) this.dismiss(roomId, String(body['participant_id']));
  }

  private tellPeople(roomId: string, { action, participant, current_count: currentCount }: PeopleChange): void {
    this.hub.announce(roomTopic(roomId), {
      message: ({ endpoint }) => ({ type: 'participant', roomId, endpoint, action, participant, currentCount }),
    });
  }

  private async tellSettings(roomId: string): Promise<void> {
    const room = await this.store.get(roomId).catch(() => undefined);
    if (room === undefined) return;
    const shown = await this.presenter.room(room);
    const { clock } = room;
    this.hub.announce(roomTopic(roomId), {
      message: ({ endpoint, zone }) => {
        const updated: ServerMessage = { type: 'roomUpdated', roomId, endpoint, room: shown };
        if (clock.session !== null) return updated;
        const timer = this.presenter.timer(stateOf(clock), clock.revision, zone);
        return [updated, { type: 'roomTimer', roomId, endpoint, timer, action: 'sync' }];
      },
      changeId: this.changeId(),
      timer: { id: roomId, revision: clock.revision },
    });
  }

  /** The room is gone: its own sockets close, personal ones stay and hear of it (rooms.md, `DELETE /rooms/{id}`). */
  private dismissAll(roomId: string): void {
    const { message } = new RoomNotFoundError(roomId);
    for (const connection of [...this.hub.listenersOf(roomTopic(roomId))]) {
      this.speaker.tell(connection, { type: 'error', code: 'ROOM_NOT_FOUND', message });
      this.part(connection, roomId, CLOSE.gone, 'room deleted');
    }
  }

  private dismiss(roomId: string, participantId: string): void {
    for (const connection of [...this.hub.listenersOf(roomTopic(roomId))]) {
      if (this.memberships.of(connection, roomId)?.participant.id !== participantId) continue;
      this.part(connection, roomId, CLOSE.kicked, 'removed from the room');
    }
  }

  private part(connection: Connection, roomId: string, code: number, reason: string): void {
    if (connection.endpoint.kind === 'room') connection.close(code, reason);
    else this.speaker.tell(connection, { type: 'roomLeft', roomId });
    this.hub.unsubscribe(connection, roomTopic(roomId));
  }
}
