import { Injectable } from '@nestjs/common';

import { fit } from '../../common/http/accepts.js';
import { Uuid } from '../../common/validation/fields.js';
import { InvalidRequestError, type Problem } from '../../common/validation/problem.js';
import type { Keep } from '../../idempotency/keep.js';
import { keepOfFrame } from '../../idempotency/idempotency-key.js';
import { KeptOutcomes } from '../../idempotency/kept-outcomes.js';
import { ChangeStream } from '../../realtime/backplane/change-stream.js';
import type { Connection } from '../../realtime/connection/connection.js';
import type { Reply } from '../../realtime/message-sender.js';
import type { ClientCommand, Payload, UserVerb } from '../../realtime/messages.js';
import type { TimerChange } from '../../timer-domain/records/timer-change.js';
import { Timers } from '../../timer-domain/timers.js';
import { CreateTimerRequest } from '../timers/timer.requests.js';
import { TimerCreation } from '../timers/timer-creation.js';
import { PersonalChanges } from './personal-changes.js';
import { userOf } from './personal-connections.js';
import { changeMessage } from './timer-messages.js';

class TimerPayload {
  @Uuid({ required: true })
  timer_id!: string;
}

/** Commands to the timers of a connection's user (docs/spec/sockets.md#dialects). */
@Injectable()
export class PersonalCommands {
  constructor(
    private readonly timers: Timers,
    private readonly creation: TimerCreation,
    private readonly changes: PersonalChanges,
    private readonly stream: ChangeStream,
    private readonly kept: KeptOutcomes,
  ) {}

  /** @throws InvalidRequestError, and what {@link TimerCreation.create} throws */
  create(connection: Connection, { payload, idempotencyKey }: ClientCommand): Promise<Reply> {
    const userId = userOf(connection);
    const request = payloadAs(CreateTimerRequest, payload);
    const keep = keepOfFrame(idempotencyKey, scopeOf(userId), ['start', request]);
    return this.replyTo(connection, keep, () =>
      this.kept.once(keep, () => this.creation.create(userId, request), userId),
    );
  }

  /** Pauses, resumes, stops or cancels a timer. @throws InvalidRequestError, TimerRefusal, TimerNotFoundError */
  control(
    connection: Connection,
    { payload, idempotencyKey }: ClientCommand,
    verb: Exclude<UserVerb, 'start'>,
  ): Promise<Reply> {
    const userId = userOf(connection);
    const { timer_id: timerId } = payloadAs(TimerPayload, payload);
    const keep = keepOfFrame(idempotencyKey, scopeOf(userId), [verb, timerId.toLowerCase()]);
    return this.replyTo(connection, keep, () => this.timers.command(timerId, { userId }, verb, userId, keep));
  }

  /** The reply is the message that every device of the user gets, with the command's id. */
  private async replyTo(
    connection: Connection,
    keep: Keep | undefined,
    command: () => Promise<TimerChange>,
  ): Promise<Reply> {
    connection.hold();
    const change = await command();
    await this.beforeReply(connection, change);
    const show = await this.changes.showOf(change);
    const message = changeMessage(change, show, connection, userOf(connection));
    const reply = { message, at: change.at, changeId: this.changes.changeId() };
    // A repeated outcome is no news: the timer may be further by now.
    return keep?.isRepeated === true ? reply : { ...reply, timer: change.timer };
  }

  /** What came before this change and has not been sent leaves before the reply (docs/spec/sockets.md#order-and-state). */
  private async beforeReply(connection: Connection, { timer: { id, revision } }: TimerChange): Promise<void> {
    const isNext = revision - 1 === (connection.lastRevisionOf(id) ?? 0);
    if (!isNext) await this.stream.settledOf(id);
  }
}

const scopeOf = (userId: string): readonly string[] => ['v1', 'user', userId];

/** @throws InvalidRequestError */
export function payloadAs<Shape extends object>(type: new () => Shape, payload: Payload): Shape {
  const problems: Problem[] = [];
  const value = fit(type, payload, 'payload', problems);
  if (problems.length > 0) throw new InvalidRequestError(problems);
  return value;
}
