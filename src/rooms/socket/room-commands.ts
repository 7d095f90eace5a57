import { Injectable } from '@nestjs/common';

import { fit } from '../../common/http/accepts.js';
import { InvalidRequestError, type Problem } from '../../common/validation/problem.js';
import { keepOfFrame } from '../../idempotency/idempotency-key.js';
import type { Keep } from '../../idempotency/keep.js';
import { KeptOutcomes } from '../../idempotency/kept-outcomes.js';
import { ChangeStream } from '../../realtime/backplane/change-stream.js';
import type { Connection } from '../../realtime/connection/connection.js';
import type { ClientCommand, RoomVerb } from '../../realtime/messages.js';
import type { Reply } from '../../realtime/message-sender.js';
import { RoomTimers, type RoomOutcome } from '../../timer-domain/rooms/room-timers.js';
import { type RoomChange, type RoomTimer, type RoomCommand, stateOf } from '../../timer-domain/rules/room-timer.js';
import { NotHostError, RoomNotFoundError } from '../errors.js';
import { RoomPresenter } from '../rooms/room.presenter.js';
import { StartSessionRequest } from '../rooms/room.requests.js';
import { RoomStore } from '../rooms/room-store.js';
import type { Membership } from './memberships.js';
import { RoomChanges } from './room-changes.js';
import { stepMessages } from './room-messages.js';

/** Timer commands of a room's own socket or a member's personal one (docs/spec/rooms.md#socket). */
@Injectable()
export class RoomCommands {
  constructor(
    private readonly store: RoomStore,
    private readonly timers: RoomTimers,
    private readonly presenter: RoomPresenter,
    private readonly changes: RoomChanges,
    private readonly stream: ChangeStream,
    private readonly kept: KeptOutcomes,
  ) {}

  /**
   * Executes a command. The reply is the message that is broadcast to the room, with the command's id.
   * @throws errors that `roomError` converts
   */
  async control(connection: Connection, command: ClientCommand, membership: Membership): Promise<Reply> {
    const { roomId } = membership;
    const asked = roomCommandOf(command);
    const room = await this.store.get(roomId);
    if (room.control === 'host' && !membership.isHost) throw new NotHostError('control the timer');
    connection.hold();
    // Messages about phases that have passed are sent before the reply, even before a refusal.
    const keep = this.keepOf(connection, command, membership, asked);
    const work = this.outcomeOf(connection, roomId, asked, keep);
    const outcome = await work.finally(() => this.stream.settledOf(roomId));
    const isRepeated = keep?.isRepeated === true;
    if (!isRepeated) await this.beforeReply(connection, outcome);
    return this.replyOf(connection, outcome, isRepeated);
  }

  /**
   * A change is sent after the changes before it. The reply to a command that changed nothing shows the state as well,
   * so changes of other instances that led to this state are read and sent first.
   */
  private async beforeReply(connection: Connection, { clock: roomTimer, changes }: RoomOutcome): Promise<void> {
    const isBehind = (connection.lastRevisionOf(roomTimer.roomId) ?? 0) < roomTimer.revision;
    if (changes.length === 0 && isBehind) await this.stream.follow();
  }

  /**
   * An idempotency key belongs to the user, or without an account to the room and the caller
   * (docs/spec/extensions.md#idempotency).
   */
  private keepOf(
    { identity }: Connection,
    command: ClientCommand,
    { roomId, caller = '' }: Membership,
    asked: RoomCommand,
  ) {
    const scope = identity ? ['rooms', 'user', identity.userId] : ['rooms', 'room', roomId, caller];
    return keepOfFrame(command.idempotencyKey, scope, [roomId, asked]);
  }

  private outcomeOf({ identity }: Connection, roomId: string, asked: RoomCommand, keep: Keep | undefined) {
    const command = async () => {
      const outcome = await this.timers.command(roomId, asked, identity?.userId ?? null);
      if (outcome === undefined) throw new RoomNotFoundError(roomId);
      return outcome;
    };
    return this.kept.once(keep, command, roomId);
  }

  /**
   * The reply to a change takes its place among the messages that were held back; any other reply is sent at once.
   */
  private replyOf(connection: Connection, { clock: roomTimer, changes }: RoomOutcome, isRepeated: boolean): Reply {
    const { roomId: id, revision } = roomTimer;
    const last = changes.at(-1);
    const isNews = !isRepeated && (connection.delivered.revisionOf(id) ?? 0) < revision;
    // A connection may have been sent this revision already, with a state after a target that was not written yet.
    const isChange = (isNews || isRepeated) && last?.room?.revision === revision;
    const reply = isChange
      ? this.changeReply(connection, id, last.room, last.at)
      : this.stateReply(connection, roomTimer, isNews);
    return isNews ? { ...reply, timer: { id, revision } } : reply;
  }

  private changeReply({ zone, endpoint }: Connection, roomId: string, change: RoomChange, at: number): Reply {
    const message = stepMessages(this.presenter, roomId, change, { zone, endpoint: endpoint.kind });
    return { message, at, changeId: this.changes.changeId() };
  }

  /**
   * The reply to a reset of an idle room. Other connections receive a message only if the timer showed a break.
   * @param isNews whether the reply stands for a change that this connection has not been sent
   */
  private stateReply({ zone, endpoint }: Connection, roomTimer: RoomTimer, isNews: boolean): Reply {
    const timer = this.presenter.timer(stateOf(roomTimer), roomTimer.revision, zone);
    const { roomId } = roomTimer;
    const message = { type: 'roomTimer', roomId, endpoint: endpoint.kind, timer, action: 'reset' } as const;
    return { message, ...(isNews ? { changeId: this.changes.changeId() } : {}) };
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
