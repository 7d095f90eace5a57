import { Injectable } from '@nestjs/common';

import { formatInstant, type TimeZone } from '../common/time/time-zone.js';
import { Clock } from '../timer-domain/clock/clock.js';
import type { Connection, TimerRevision } from './connection/connection.js';
import { textFrame } from './connection/text-frame.js';
import { CODECS } from './dialects/codec.js';
import type { ClientCommand, CorrelationId, Dialect, ServerMessage } from './messages.js';

/** The result of a gateway's handler: the reply to a command, sent in the command's dialect and with its id. */
export interface Reply {
  /** Of several messages the last one carries the command's id. */
  readonly message: ServerMessage | readonly ServerMessage[];
  /** Time of the change in whole epoch seconds; defaults to the time of sending. */
  readonly at?: number;
  readonly changeId?: string;
  /**
   * The change that the reply is about. The reply takes the place of its broadcast, so that the sender gets it once.
   */
  readonly timer?: TimerRevision;
}

/** Encodes messages by dialect and time zone, and sends them to single connections. */
@Injectable()
export class MessageSender {
  constructor(private readonly clock: Clock) {}

  /** Sends a message that is not a reply, in the connection's dialect. */
  send(connection: Connection, message: ServerMessage, changeId?: string): void {
    const envelope = changeId === undefined ? {} : { changeId };
    connection.send(this.encode(connection.dialect, connection.zone, message, envelope));
  }

  /** Replies to a command, in the command's dialect. */
  reply(
    connection: Connection,
    { dialect, id }: Pick<ClientCommand, 'dialect' | 'id'>,
    { message, timer, ...envelope }: Reply,
  ): void {
    const messages = [message].flat();
    const last = messages.length - 1;
    const frames = messages.map((each, index) => {
      const isLast = index === last && id !== undefined;
      return this.encode(dialect, connection.zone, each, isLast ? { ...envelope, id } : envelope);
    });
    const [only] = frames;
    const frame = frames.length === 1 && only ? only : Buffer.concat(frames);
    if (timer === undefined) connection.send(frame);
    else connection.release({ frame, timer });
  }

  /** Encodes a message as a text frame for any number of connections. `at` is in whole epoch seconds. */
  encode(
    dialect: Dialect,
    zone: TimeZone,
    message: ServerMessage,
    { at, ...envelope }: { at?: number; id?: CorrelationId; changeId?: string },
  ): Buffer {
    const timestamp = formatInstant(at ?? Math.floor(this.clock.now() / 1_000), zone);
    return textFrame(CODECS[dialect].encode(message, { timestamp, ...envelope }));
  }

  /** Formats an instant in the connection's time zone. @param instant whole epoch seconds */
  time({ zone }: Connection, instant: number): string {
    return formatInstant(instant, zone);
  }
}
