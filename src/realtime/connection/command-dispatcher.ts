import { Injectable, Logger } from '@nestjs/common';
import type { RawData, WebSocket } from 'ws';

import { describeError } from '../../common/logging/describe-error.js';
import { framesIn } from '../../metrics/meters.js';
import { RateLimits } from '../../rate-limits/rate-limits.js';
import { countCommand } from '../count-command.js';
import { readFrame } from '../dialects/read-frame.js';
import { MessageSender } from '../message-sender.js';
import { type ClientCommand, type FrameProblem, patternOf } from '../messages.js';
import { CommandDeadlines, isLate } from './command-deadlines.js';
import { CLOSE, type Connection } from './connection.js';
import { MessageLimit } from './message-limit.js';
import { ReceiveQueue } from './receive-queue.js';

const ignore = (): void => undefined;

/**
 * Reads the frames of connections and runs the gateways' handlers: strictly in order within a connection, one at a
 * time, with one reply per command (docs/spec/sockets.md#the-personal-socket). The gateways' exception filters reply to
 * failed commands; only replies to unreadable frames are sent here.
 */
@Injectable()
export class CommandDispatcher {
  private readonly logger = new Logger(CommandDispatcher.name);
  private readonly inFlight = new Set<Promise<void>>();

  constructor(
    private readonly sender: MessageSender,
    private readonly limits: RateLimits,
    private readonly deadlines: CommandDeadlines,
  ) {}

  /**
   * Called by a gateway's `handleConnection`. Until the state has been sent, commands wait and broadcasts are held
   * back.
   * @param sendState subscribes the connection and sends it the state
   */
  connect(connection: Connection, sendState: () => Promise<void>): void {
    void this.track(connection.inTurn(() => this.begin(connection, sendState)));
  }

  /** Starts to read a connection's frames. */
  listen(connection: Connection, socket: WebSocket): void {
    const limit = new MessageLimit();
    const pings = new MessageLimit();
    const queue = new ReceiveQueue(socket);
    socket.on('error', ignore);
    socket.on('pong', () => {
      connection.heard();
    });
    socket.on('ping', () => {
      connection.heard();
      if (this.limits.enabled && pings.judge(performance.now()) === 'close') this.closeFlooding(connection);
    });
    socket.on('message', (data: RawData, isBinary: boolean) => {
      connection.heard();
      framesIn.inc({ endpoint: connection.endpoint.kind });
      const verdict = this.limits.enabled ? limit.judge(performance.now()) : 'accept';
      if (verdict === 'ignore') return;
      if (verdict === 'close') {
        this.closeFlooding(connection);
        return;
      }
      const frame = data as Buffer;
      queue.add(frame.length);
      const work = async () => {
        await (verdict === 'refuse' ? this.refuse(connection) : this.onMessage(connection, frame, isBinary));
        queue.remove(frame.length);
      };
      void this.track(connection.inTurn(work));
    });
  }

  /** Resolves when every command in flight has a reply, and closed connections have left their rooms. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.inFlight);
  }

  /** Registers work of a connection that must end before the server stops. */
  track(work: Promise<void>): Promise<void> {
    this.inFlight.add(work);
    return work.finally(() => this.inFlight.delete(work));
  }

  readonly warnOfExpiry = (connection: Connection): void => {
    const expiresAt = connection.identity?.expiresAt ?? 0;
    this.sender.send(connection, { type: 'authExpiring', expiresAt: this.sender.time(connection, expiresAt) });
  };

  private async begin(connection: Connection, sendState: () => Promise<void>): Promise<void> {
    try {
      await sendState();
      connection.begin();
    } catch (error) {
      this.logger.warn({ msg: 'state of a new connection not sent', ...describeError(error) });
      connection.close(CLOSE.tryAgain, 'try again');
    }
  }

  private closeFlooding(connection: Connection): void {
    connection.close(CLOSE.flooding, 'too many messages');
  }

  private refuse(connection: Connection): Promise<void> {
    const { rateLimited } = connection.endpoint.codes;
    this.sender.send(connection, { type: 'error', code: rateLimited, message: 'Too many messages' });
    return Promise.resolve();
  }

  private async onMessage(connection: Connection, data: Buffer, isBinary: boolean): Promise<void> {
    await connection.answersTaken();
    if (!connection.isOpen) return;
    // No sign of life is seen while ReceiveQueue pauses the socket, so handling a queued frame counts as one.
    connection.heard();
    const message = readFrame(data, isBinary, connection.dialect, connection.endpoint.kind);
    try {
      if (message.type === 'problem') this.replyProblem(connection, message);
      else await this.dispatch(connection, message);
    } catch (error) {
      this.logger.error({ msg: 'message not handled', ...describeError(error) });
      connection.close(CLOSE.failed, 'internal error');
    }
  }

  private replyProblem(connection: Connection, { code, message, ...command }: FrameProblem): void {
    this.sender.reply(connection, command, { message: { type: 'error', code, message } });
  }

  /**
   * Runs the handler, which resolves with its reply, or with undefined after the exception filter has sent an error.
   */
  private async dispatch(connection: Connection, command: ClientCommand): Promise<void> {
    const end = this.deadlines.begin(command, () => {
      this.replyUnavailable(connection, command);
    });
    try {
      const reply = await connection.handlerOf(patternOf(command))(command);
      if (reply !== undefined && !isLate(command)) {
        this.sender.reply(connection, command, reply);
        countCommand(command, 'done');
      }
    } finally {
      end();
    }
    connection.release();
  }

  /** Replies at the deadline; broadcasts that were held back for the reply are sent first. */
  private replyUnavailable(connection: Connection, command: ClientCommand): void {
    const { unavailable: code } = connection.endpoint.codes;
    countCommand(command, 'unavailable');
    connection.release();
    this.sender.reply(connection, command, { message: { type: 'error', code, message: 'Service unavailable' } });
  }
}
