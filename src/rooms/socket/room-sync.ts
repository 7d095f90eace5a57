import { Injectable } from '@nestjs/common';

import { MissedChanges } from '../../realtime/backplane/missed-changes.js';
import type { Connection } from '../../realtime/connection/connection.js';
import type { ClientCommand } from '../../realtime/messages.js';
import { Speaker } from '../../realtime/speaker.js';
import type { TimerChange } from '../../timer-domain/records/timer-change.js';
import { stateOf } from '../../timer-domain/rules/room-timer.js';
import { RoomPresenter } from '../rooms/room.presenter.js';
import { RoomStore } from '../rooms/room-store.js';
import type { Membership } from './memberships.js';
import { RoomChanges } from './room-changes.js';
import { stepMessages } from './room-messages.js';

/** What a client asks of a room's state, answered to it alone (extensions.md, "Sockets"). */
@Injectable()
export class RoomSync {
  constructor(
    private readonly store: RoomStore,
    private readonly presenter: RoomPresenter,
    private readonly missed: MissedChanges,
    private readonly changes: RoomChanges,
    private readonly speaker: Speaker,
  ) {}

  /** What happens meanwhile follows the answer, which is older. */
  async answer(connection: Connection, command: ClientCommand, { roomId }: Membership): Promise<void> {
    const since = command.payload['since'] ?? null;
    connection.hold();
    try {
      if (since === null) await this.state(connection, command, roomId);
      else await this.resume(connection, command, roomId, since);
    } finally {
      connection.release();
    }
  }

  private async state(connection: Connection, command: ClientCommand, roomId: string): Promise<void> {
    const { roomTimer } = await this.store.get(roomId);
    connection.delivered.take(roomId, roomTimer.revision);
    this.speaker.answer(connection, command, {
      type: 'roomTimer',
      roomId,
      endpoint: connection.endpoint.kind,
      timer: this.presenter.timer(stateOf(roomTimer), roomTimer.revision, connection.zone),
      action: 'sync',
    });
  }

  /**
   * The frames missed since a mark, then the room's timer as the one entry of a list. Whoever has just connected knows the
   * state and not what led to it, so a frame is told whatever revision was told last.
   */
  private async resume(connection: Connection, command: ClientCommand, roomId: string, since: unknown): Promise<void> {
    const changeId = this.changes.changeId();
    const isAll = await this.missed.tell(connection, since, { owners: [roomId], timerIds: [] }, (changes) => {
      this.repeat(connection, roomId, changes, String(since));
      return Promise.resolve();
    });
    const { roomTimer } = await this.store.get(roomId);
    connection.delivered.take(roomId, roomTimer.revision);
    const timer = this.presenter.timer(stateOf(roomTimer), roomTimer.revision, connection.zone);
    this.speaker.answer(connection, command, {
      type: 'timerList',
      timers: [{ room_id: roomId, ...timer, status: timer.status.toUpperCase() }],
      changeId,
      ...(isAll ? {} : { resync: true as const }),
    });
  }

  /** Changes as their frames were, or would have been, told. */
  private repeat(connection: Connection, roomId: string, changes: readonly TimerChange[], changeId: string): void {
    const { dialect, zone, endpoint } = connection;
    for (const { room, at } of changes) {
      if (room === undefined) continue;
      connection.delivered.take(roomId, room.revision);
      for (const message of stepMessages(this.presenter, roomId, room, { zone, endpoint: endpoint.kind })) {
        connection.answer(this.speaker.frame(dialect, zone, message, { at, changeId }));
      }
    }
  }
}
