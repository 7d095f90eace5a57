import { Injectable } from '@nestjs/common';

import { fit } from '../../common/http/accepts.js';
import { InvalidRequestError, type Problem } from '../../common/validation/problem.js';
import { ChangeStream } from '../../realtime/backplane/change-stream.js';
import type { Connection } from '../../realtime/connection/connection.js';
import type { ClientCommand, RoomVerb } from '../../realtime/messages.js';
import { Speaker } from '../../realtime/speaker.js';
import { RoomClocks } from '../../timer-domain/rooms/room-clocks.js';
import { type RoomCommand, stateOf } from '../../timer-domain/rules/room-clock.js';
import { NotHostError, RoomNotFoundError } from '../errors.js';
import { RoomPresenter } from '../rooms/room.presenter.js';
import { StartSessionRequest } from '../rooms/room.requests.js';
import { RoomStore } from '../rooms/room-store.js';
import type { Membership } from './memberships.js';
import { RoomChanges } from './room-changes.js';
import { stepMessages } from './room-messages.js';

/** Commands to a room's timer from a socket, the room's own or a member's (rooms.md, "Socket"). */
@Injectable()
export class RoomCommands {
  constructor(
    private readonly store: RoomStore,
    private readonly clocks: RoomClocks,
    private readonly presenter: RoomPresenter,
    private readonly changes: RoomChanges,
    private readonly speaker: Speaker,
    private readonly stream: ChangeStream,
  ) {}

  /** The answer is the frame that everybody gets, with the command's id. @throws what roomError words */
  async carryOut(connection: Connection, command: ClientCommand, membership: Membership): Promise<void> {
    const { roomId } = membership;
    const asked = roomCommandOf(command);
    const room = await this.store.get(roomId);
    if (room.control === 'host' && !membership.isHost) throw new NotHostError('control the timer');
    connection.hold();
    try {
      // Phases that had passed are told before the answer, also before a refusal.
      const outcome = await this.clocks
        .command(roomId, asked, connection.identity?.userId ?? null)
        .finally(() => this.stream.settledOf(roomId));
      if (outcome === undefined) throw new RoomNotFoundError(roomId);
      const last = outcome.changes.at(-1);
      if (last?.room) connection.release(this.answerWith(connection, command, roomId, last.room, last.at));
      else this.tellState(connection, command, roomId, outcome.clock);
    } finally {
      connection.release();
    }
  }

  private answerWith(
    connection: Connection,
    { dialect, id }: ClientCommand,
    roomId: string,
    change: NonNullable<Parameters<typeof stepMessages>[2]>,
    at: number,
  ) {
    const to = { zone: connection.zone, endpoint: connection.endpoint.kind };
    const envelope = { at, changeId: this.changes.changeId(at) };
    const frames = stepMessages(this.presenter, roomId, change, to).map((message) => {
      const isAnswer = message.type === 'roomTimer' && id !== undefined;
      return this.speaker.frame(dialect, connection.zone, message, { ...envelope, ...(isAnswer ? { id } : {}) });
    });
    const frame = Buffer.concat(frames);
    return { frame, timer: { id: roomId, revision: change.revision } };
  }

  /** What a reset of an idle clock has come to: nobody else hears of it, unless it showed a break before. */
  private tellState(
    connection: Connection,
    command: ClientCommand,
    roomId: string,
    clock: Parameters<typeof stateOf>[0],
  ): void {
    connection.delivered.take(roomId, clock.revision);
    this.speaker.answer(connection, command, {
      type: 'roomTimer',
      roomId,
      endpoint: connection.endpoint.kind,
      timer: this.presenter.timer(stateOf(clock), clock.revision, connection.zone),
      action: 'reset',
    });
  }
}

/** @throws InvalidRequestError for a bad session type */
function roomCommandOf({ type, payload }: ClientCommand): RoomCommand {
  if (type !== 'start') return { verb: type as Exclude<RoomVerb, 'start'> };
  const problems: Problem[] = [];
  const { session_type: sessionType } = fit(StartSessionRequest, payload, 'data', problems);
  if (problems.length > 0) throw new InvalidRequestError(problems);
  return { verb: 'start', sessionType: sessionType ?? 'work' };
}
