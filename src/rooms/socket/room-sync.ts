import { Injectable } from '@nestjs/common';

import { MissedChanges } from '../../realtime/backplane/missed-changes.js';
import type { Connection } from '../../realtime/connection/connection.js';
import type { ClientCommand, ServerMessage } from '../../realtime/messages.js';
import { MessageSender, type Reply } from '../../realtime/message-sender.js';
import type { TimerChange } from '../../timer-domain/records/timer-change.js';
import { stateOf } from '../../timer-domain/rules/room-timer.js';
import { RoomPresenter } from '../rooms/room.presenter.js';
import { RoomStore } from '../rooms/room-store.js';
import type { Membership } from './memberships.js';
import { RoomChanges } from './room-changes.js';
import { stepMessages } from './room-messages.js';

/** Replies to a client that requests a room's state (docs/spec/extensions.md#sockets). */
@Injectable()
export class RoomSync {
  constructor(
    private readonly store: RoomStore,
    private readonly presenter: RoomPresenter,
    private readonly missed: MissedChanges,
    private readonly changes: RoomChanges,
    private readonly sender: MessageSender,
  ) {}

  /** The reply to a sync. Changes during the command are held back until the reply, which is older, has been sent. */
  async answer(connection: Connection, { payload }: ClientCommand, { roomId }: Membership): Promise<Reply> {
    const since = payload['since'] ?? null;
    connection.hold();
    return {
      message: await (since === null ? this.state(connection, roomId) : this.resume(connection, roomId, since)),
    };
  }

  private async state(connection: Connection, roomId: string): Promise<ServerMessage> {
    const { roomTimer } = await this.store.get(roomId);
    connection.delivered.take(roomId, roomTimer.revision);
    return {
      type: 'roomTimer',
      roomId,
      endpoint: connection.endpoint.kind,
      timer: this.presenter.timer(stateOf(roomTimer), roomTimer.revision, connection.zone),
      action: 'sync',
    };
  }

  /**
   * Sends the messages missed since a mark, and returns the room timer as the only entry of a list. A new connection
   * has received the state but not the changes that led to it, so these are sent whatever revision was sent last.
   */
  private async resume(connection: Connection, roomId: string, since: unknown): Promise<ServerMessage> {
    const changeId = this.changes.changeId();
    const isAll = await this.missed.tell(connection, since, { owners: [roomId], timerIds: [] }, (changes) => {
      this.repeat(connection, roomId, changes, String(since));
      return Promise.resolve();
    });
    const { roomTimer } = await this.store.get(roomId);
    connection.delivered.take(roomId, roomTimer.revision);
    const timer = this.presenter.timer(stateOf(roomTimer), roomTimer.revision, connection.zone);
    return {
      type: 'timerList',
      timers: [{ room_id: roomId, ...timer, status: timer.status.toUpperCase() }],
      changeId,
      ...(isAll ? {} : { resync: true as const }),
    };
  }

  /** Sends changes in the same messages as their broadcast. */
  private repeat(connection: Connection, roomId: string, changes: readonly TimerChange[], changeId: string): void {
    const { dialect, zone, endpoint } = connection;
    for (const { room, at } of changes) {
      if (room === undefined) continue;
      connection.delivered.take(roomId, room.revision);
      for (const message of stepMessages(this.presenter, roomId, room, { zone, endpoint: endpoint.kind })) {
        connection.send(this.sender.encode(dialect, zone, message, { at, changeId }));
      }
    }
  }
}
