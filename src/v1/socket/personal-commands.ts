import { Injectable } from '@nestjs/common';

import { fit } from '../../common/http/accepts.js';
import { Uuid } from '../../common/validation/fields.js';
import { InvalidRequestError, type Problem } from '../../common/validation/problem.js';
import type { Keep } from '../../idempotency/keep.js';
import { keepOfFrame } from '../../idempotency/idempotency-key.js';
import { KeptOutcomes } from '../../idempotency/kept-outcomes.js';
import { ChangeStream } from '../../realtime/backplane/change-stream.js';
import type { Connection } from '../../realtime/connection/connection.js';
import type { ClientCommand, Payload } from '../../realtime/messages.js';
import { Speaker } from '../../realtime/speaker.js';
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

/** A command that fits, and the key that it came with. */
interface KeyedChange {
  readonly keep: Keep | undefined;
  readonly carryOut: () => Promise<TimerChange>;
}

/** Commands that change a timer of the sender (realtime.md, the vocabulary table). */
@Injectable()
export class PersonalCommands {
  constructor(
    private readonly timers: Timers,
    private readonly creation: TimerCreation,
    private readonly changes: PersonalChanges,
    private readonly speaker: Speaker,
    private readonly stream: ChangeStream,
    private readonly kept: KeptOutcomes,
  ) {}

  /** Carries it out; the answer is the frame that everybody of this person gets, with the command's id. */
  async carryOut(connection: Connection, command: ClientCommand): Promise<void> {
    connection.hold();
    try {
      const { carryOut, keep } = this.changeOf(userOf(connection), command);
      const change = await carryOut();
      await this.beforeAnswer(connection, change);
      const answer = await this.answerTo(connection, command, change);
      // What is told again is not news: the timer may be further by now.
      if (keep?.isRepeated === true) connection.answer(answer.frame);
      else connection.release(answer);
    } finally {
      connection.release();
    }
  }

  /** What came before this change and has not been told leaves before its answer (design.md, "The hub keeps order"). */
  private async beforeAnswer(connection: Connection, { timer: { id, revision } }: TimerChange): Promise<void> {
    const isNext = revision - 1 === (connection.lastRevisionOf(id) ?? 0);
    if (!isNext) await this.stream.settledOf(id);
  }

  /** The payload is looked at before its key is (extensions.md, "Idempotency"). @throws InvalidRequestError */
  private changeOf(userId: string, { type, payload, idempotencyKey: key }: ClientCommand): KeyedChange {
    const scope = ['v1', 'user', userId];
    switch (type) {
      case 'start': {
        const request = payloadAs(CreateTimerRequest, payload);
        const keep = keepOfFrame(key, scope, [type, request]);
        return { keep, carryOut: () => this.kept.once(keep, () => this.creation.create(userId, request), userId) };
      }
      case 'pause':
      case 'resume':
      case 'stop':
      case 'cancel': {
        const { timer_id: timerId } = payloadAs(TimerPayload, payload);
        const keep = keepOfFrame(key, scope, [type, timerId.toLowerCase()]);
        return { keep, carryOut: () => this.timers.command(timerId, { userId }, type, userId, keep) };
      }
      default:
        throw new Error(`no command of a personal timer: ${type}`);
    }
  }

  private async answerTo(connection: Connection, { dialect, id: commandId }: ClientCommand, change: TimerChange) {
    const show = await this.changes.showOf(change);
    const { id, revision } = change.timer;
    const message = changeMessage(change, show, connection, userOf(connection));
    const envelope = { at: change.at, changeId: this.changes.changeId() };
    const frame = this.speaker.frame(dialect, connection.zone, message, {
      ...envelope,
      ...(commandId === undefined ? {} : { id: commandId }),
    });
    return { frame, timer: { id, revision } };
  }
}

/** @throws InvalidRequestError */
export function payloadAs<Shape extends object>(type: new () => Shape, payload: Payload): Shape {
  const problems: Problem[] = [];
  const value = fit(type, payload, 'payload', problems);
  if (problems.length > 0) throw new InvalidRequestError(problems);
  return value;
}
