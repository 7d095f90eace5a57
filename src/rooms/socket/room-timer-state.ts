import { Injectable } from '@nestjs/common';

import { ChangeStream } from '../../realtime/backplane/change-stream.js';
import type { Connection } from '../../realtime/connection/connection.js';
import type { ServerMessage } from '../../realtime/messages.js';
import { MessageSender } from '../../realtime/message-sender.js';
import { stateOf } from '../../timer-domain/rules/room-timer.js';
import { RoomPresenter } from '../rooms/room.presenter.js';
import { RoomStore } from '../rooms/room-store.js';
import { RoomChanges } from './room-changes.js';

/** Sends the current state of a room timer to connections that have just joined (docs/spec/rooms.md#socket). */
@Injectable()
export class RoomTimerState {
  constructor(
    private readonly store: RoomStore,
    private readonly presenter: RoomPresenter,
    private readonly changes: RoomChanges,
    private readonly stream: ChangeStream,
    private readonly sender: MessageSender,
  ) {}

  /** Sends the state to one connection; changes after its revision follow. @throws RoomNotFoundError */
  async send(connection: Connection, roomId: string): Promise<void> {
    const changeId = this.changes.changeId();
    const { roomTimer } = await this.store.get(roomId);
    const timer = this.presenter.timer(stateOf(roomTimer), roomTimer.revision, connection.zone);
    connection.delivered.take(roomId, roomTimer.revision);
    this.stream.shown(roomId, roomTimer.revision);
    const endpoint = connection.endpoint.kind;
    const message: ServerMessage = { type: 'roomTimer', roomId, endpoint, timer, action: 'sync' };
    this.sender.send(connection, message, changeId);
  }
}
