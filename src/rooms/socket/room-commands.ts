import { Injectable } from '@nestjs/common';

import { fit } from '../../common/http/accepts.js';
import { InvalidRequestError, type Problem } from '../../common/validation/problem.js';
import { keepOfFrame } from '../../idempotency/idempotency-key.js';
import type { Keep } from '../../idempotency/keep.js';
import { KeptOutcomes } from '../../idempotency/kept-outcomes.js';
import { ChangeStream } from '../../realtime/backplane/change-stream.js';
import type { Connection } from '../../realtime/connection/connection.js';
import type { ClientCommand, RoomVerb } from '../../realtime/messages.js';
import { Speaker } from '../../realtime/speaker.js';
import { RoomTimers, type RoomOutcome } from '../../timer-domain/rooms/room-timers.js';
import { type RoomChange, type RoomTimer, type RoomCommand, stateOf } from '../../timer-domain/rules/room-timer.js';
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
    private readonly timers: RoomTimers,
    private readonly presenter: RoomPresenter,
    private readonly changes: RoomChanges,
    private readonly speaker: Speaker,
    private readonly stream: ChangeStream,
    private readonly kept: KeptOutcomes,
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
      const keep = this.keepOf(connection, command, membership, asked);
      const work = this.roomTimerAfter(connection, roomId, asked, keep);
      const result = await work.finally(() => this.stream.settledOf(roomId));
      const isRepeated = keep?.isRepeated === true;
      if (!isRepeated) await this.beforeAnswer(connection, result);
      this.answer(connection, command, result, isRepeated);
    } finally {
      connection.release();
    }
  }

  /**
   * A change brings what came before it along. What changed nothing shows the state all the same, and others' changes that
   * led to it may not have been read yet: they leave first.
   */
  private async beforeAnswer(connection: Connection, { clock: roomTimer, changes }: RoomOutcome): Promise<void> {
    const isBehind = (connection.lastRevisionOf(roomTimer.roomId) ?? 0) < roomTimer.revision;
    if (changes.length === 0 && isBehind) await this.stream.follow();
  }

  /** A key belongs to the person, or to the room and the caller where there is none (extensions.md, "Idempotency"). */
  private keepOf(
    { identity }: Connection,
    command: ClientCommand,
    { roomId, caller = '' }: Membership,
    asked: RoomCommand,
  ) {
    const scope = identity ? ['rooms', 'user', identity.userId] : ['rooms', 'room', roomId, caller];
    return keepOfFrame(command.idempotencyKey, scope, [roomId, asked]);
  }

  private roomTimerAfter({ identity }: Connection, roomId: string, asked: RoomCommand, keep: Keep | undefined) {
    const carryOut = async () => {
      const outcome = await this.timers.command(roomId, asked, identity?.userId ?? null);
      if (outcome === undefined) throw new RoomNotFoundError(roomId);
      return outcome;
    };
    return this.kept.once(keep, carryOut, roomId);
  }

  /** The answer to what changed takes its place among the frames that were held back; to what did not, it comes at once. */
  private answer(
    connection: Connection,
    command: ClientCommand,
    { clock: roomTimer, changes }: RoomOutcome,
    isRepeated: boolean,
  ): void {
    const { roomId: id, revision } = roomTimer;
    const last = changes.at(-1);
    const isNews = !isRepeated && (connection.delivered.revisionOf(id) ?? 0) < revision;
    // Whoever was shown the state after a target that nobody had written yet knows its revision already.
    const isChange = (isNews || isRepeated) && last?.room?.revision === revision;
    const frame = isChange
      ? this.changeFrame(connection, command, id, last.room, last.at)
      : this.stateFrame(connection, command, roomTimer, isNews);
    if (isNews) connection.release({ frame, timer: { id, revision } });
    else connection.answer(frame);
  }

  private changeFrame(
    { zone, endpoint }: Connection,
    { dialect, id }: ClientCommand,
    roomId: string,
    change: RoomChange,
    at: number,
  ): Buffer {
    const envelope = { at, changeId: this.changes.changeId() };
    const messages = stepMessages(this.presenter, roomId, change, { zone, endpoint: endpoint.kind });
    const frames = messages.map((message) => {
      const answers = message.type === 'roomTimer' && id !== undefined;
      return this.speaker.frame(dialect, zone, message, { ...envelope, ...(answers ? { id } : {}) });
    });
    return Buffer.concat(frames);
  }

  /**
   * What a reset of an idle room has come to: nobody else hears of it, unless the room's timer showed a break.
   * @param isNews it stands for a change that this connection has not been told of
   */
  private stateFrame(
    { zone, endpoint }: Connection,
    { dialect, id }: ClientCommand,
    roomTimer: RoomTimer,
    isNews: boolean,
  ): Buffer {
    const timer = this.presenter.timer(stateOf(roomTimer), roomTimer.revision, zone);
    const message = {
      type: 'roomTimer' as const,
      roomId: roomTimer.roomId,
      endpoint: endpoint.kind,
      timer,
      action: 'reset' as const,
    };
    const mark = isNews ? { changeId: this.changes.changeId() } : {};
    return this.speaker.frame(dialect, zone, message, { ...mark, ...(id === undefined ? {} : { id }) });
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
