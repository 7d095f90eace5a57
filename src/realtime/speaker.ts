import { Injectable } from '@nestjs/common';

import { formatInstant, type TimeZone } from '../common/time/time-zone.js';
import { Clock } from '../timer-domain/clock/clock.js';
import type { Connection } from './connection/connection.js';
import { textFrame } from './connection/text-frame.js';
import { CODECS } from './dialects/codec.js';
import type { CorrelationId, Dialect, ServerMessage } from './messages.js';

/** What a command's answer takes over from it. */
interface Spoken {
  readonly dialect: Dialect;
  readonly id?: CorrelationId;
}

/** Words messages for one connection, or for all that are spoken to alike. */
@Injectable()
export class Speaker {
  constructor(private readonly clock: Clock) {}

  /** Tells one connection something that answers nothing. */
  tell(connection: Connection, message: ServerMessage, changeId?: string): void {
    this.send(connection, connection.dialect, message, changeId === undefined ? {} : { changeId });
  }

  /** Answers a command, in its dialect and with its id. */
  answer(connection: Connection, { dialect, id }: Spoken, message: ServerMessage, changeId?: string): void {
    const envelope = { ...(id === undefined ? {} : { id }), ...(changeId === undefined ? {} : { changeId }) };
    this.send(connection, dialect, message, envelope);
  }

  /** One frame of text, to be sent to any number of connections. @param at whole seconds */
  frame(
    dialect: Dialect,
    zone: TimeZone,
    message: ServerMessage,
    { at, ...envelope }: { at?: number; id?: CorrelationId; changeId?: string },
  ): Buffer {
    const timestamp = formatInstant(at ?? Math.floor(this.clock.now() / 1_000), zone);
    return textFrame(CODECS[dialect].encode(message, { timestamp, ...envelope }));
  }

  /** An instant as this connection is told it. @param instant whole seconds */
  time({ zone }: Connection, instant: number): string {
    return formatInstant(instant, zone);
  }

  private send(
    connection: Connection,
    dialect: Dialect,
    message: ServerMessage,
    envelope: { id?: CorrelationId; changeId?: string },
  ): void {
    connection.answer(this.frame(dialect, connection.zone, message, envelope));
  }
}
