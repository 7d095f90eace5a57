import { Injectable, Logger } from '@nestjs/common';
import type { RawData, WebSocket } from 'ws';

import { ServiceUnavailableError } from '../../common/errors.js';
import { describeError } from '../../common/logging/describe-error.js';
import { toServiceUnavailable } from '../../database/database-errors.js';
import { AuthenticationUnavailableError } from '../../identity/access-tokens/authentication-unavailable.js';
import { InvalidAccessTokenError } from '../../identity/access-tokens/invalid-access-token.js';
import { BearerIdentities } from '../../identity/bearer/bearer-identities.js';
import type { Identity } from '../../identity/bearer/identity.js';
import { type CommandResult, countSocketCommand } from '../../metrics/count-command.js';
import { framesIn } from '../../metrics/meters.js';
import { RateLimits } from '../../rate-limits/rate-limits.js';
import { Clock } from '../../timer-domain/clock/clock.js';
import { readFrame } from '../dialects/read-frame.js';
import { asCorrelationId, type ClientCommand, type FrameProblem } from '../messages.js';
import { Revocations } from '../revocations.js';
import { isForRooms, type RoomPort } from '../room-port.js';
import { Speaker } from '../speaker.js';
import { CLOSE, type Connection } from './connection.js';
import { MessageLimit } from './message-limit.js';
import { ReceiveQueue } from './receive-queue.js';

/**
 * Carries out what clients say: the frames of one connection strictly in order, one at a time, each answered once; bad
 * frames become error frames in one place (design.md, "Realtime").
 */
@Injectable()
export class Conversations {
  private readonly logger = new Logger(Conversations.name);
  private readonly underWay = new Set<Promise<void>>();
  private rooms: RoomPort | undefined;

  constructor(
    private readonly speaker: Speaker,
    private readonly limits: RateLimits,
    private readonly identities: BearerIdentities,
    private readonly revocations: Revocations,
    private readonly clock: Clock,
  ) {}

  /** Tells the newcomer the state, then listens. */
  start(connection: Connection, socket: WebSocket): void {
    this.revocations.watch(connection);
    void connection.closed.then(() => {
      this.revocations.forget(connection);
    });
    const limit = new MessageLimit();
    let last = this.track(this.welcome(connection));
    const queue = new ReceiveQueue(socket);
    const pings = new MessageLimit();
    socket.on('pong', () => {
      connection.heard();
    });
    socket.on('ping', () => {
      connection.heard();
      if (this.limits.enabled && pings.judge(performance.now()) === 'close') {
        connection.close(CLOSE.flooding, 'too many messages');
      }
    });
    socket.on('error', () => undefined);
    socket.on('message', (data: RawData, isBinary: boolean) => {
      connection.heard();
      framesIn.inc({ endpoint: connection.endpoint.kind });
      const verdict = this.limits.enabled ? limit.judge(performance.now()) : 'accept';
      if (verdict === 'ignore') return;
      if (verdict === 'close') {
        connection.close(CLOSE.flooding, 'too many messages');
        return;
      }
      const frame = data as Buffer;
      queue.add(frame.length);
      const work = verdict === 'refuse' ? () => this.refuse(connection) : () => this.hear(connection, frame, isBinary);
      last = this.track(
        last.then(work).finally(() => {
          queue.remove(frame.length);
        }),
      );
    });
  }

  /** Who enters rooms on personal sockets. */
  serveRooms(rooms: RoomPort): void {
    this.rooms = rooms;
  }

  /** Resolves when every command under way has been answered, and whoever has gone is written down as gone. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.underWay);
  }

  /** Work for a connection that a stop of the server waits for. */
  track(work: Promise<void>): Promise<void> {
    this.underWay.add(work);
    return work.finally(() => this.underWay.delete(work));
  }

  warnOfExpiry(connection: Connection): void {
    const expiresAt = connection.identity?.expiresAt ?? 0;
    this.speaker.tell(connection, { type: 'authExpiring', expiresAt: this.speaker.time(connection, expiresAt) });
  }

  private async welcome(connection: Connection): Promise<void> {
    try {
      await connection.endpoint.welcome(connection);
      connection.begin();
    } catch (error) {
      this.logger.warn({ msg: 'a newcomer could not be told the state', ...describeError(error) });
      connection.close(1013, 'try again');
    }
  }

  private refuse(connection: Connection): Promise<void> {
    const { rateLimited } = connection.endpoint.codes;
    this.speaker.tell(connection, { type: 'error', code: rateLimited, message: 'Too many messages' });
    return Promise.resolve();
  }

  private async hear(connection: Connection, data: Buffer, isBinary: boolean): Promise<void> {
    await connection.answersTaken();
    if (!connection.isOpen) return;
    // What waited here was said before: nothing of the peer is heard while its socket is not read.
    connection.heard();
    const heard = readFrame(data, isBinary, connection.dialect, connection.endpoint.kind);
    if (heard.type === 'problem') this.answerProblem(connection, heard);
    else await this.carryOut(connection, heard);
  }

  private answerProblem(connection: Connection, { code, message, ...spoken }: FrameProblem): void {
    this.speaker.answer(connection, spoken, { type: 'error', code, message });
  }

  private async carryOut(connection: Connection, command: ClientCommand): Promise<void> {
    try {
      if (command.type === 'ping') this.pong(connection, command);
      else if (command.type === 'renewAuth') await this.renew(connection, command);
      else await (this.roomsFor(connection, command) ?? connection.endpoint).handle(connection, command);
      this.count(connection, command, 'done');
    } catch (error) {
      const { code, message } = this.errorOf(connection, command, error);
      this.count(connection, command, code === connection.endpoint.codes.unavailable ? 'unavailable' : 'refused');
      this.speaker.answer(connection, command, { type: 'error', code, message });
    }
  }

  private count(connection: Connection, command: ClientCommand, result: CommandResult): void {
    const isOfRoom = connection.endpoint.kind === 'room' || this.roomsFor(connection, command) !== undefined;
    countSocketCommand(command.type, isOfRoom ? 'rooms' : 'v1', result);
  }

  private pong(connection: Connection, command: ClientCommand): void {
    const sentAt = asCorrelationId(command.payload['sent_at']);
    const serverTime = Math.floor(this.clock.now());
    this.speaker.answer(connection, command, { type: 'pong', serverTime, ...(sentAt === undefined ? {} : { sentAt }) });
  }

  /** Lengthens the connection by another token of the same person; anything else ends it (realtime.md, "Both"). */
  private async renew(connection: Connection, command: ClientCommand): Promise<void> {
    const identity = await this.identify(command.payload['token'], connection.address);
    if (identity === undefined || identity.userId !== connection.identity?.userId) {
      connection.endAccess('token not valid');
      return;
    }
    connection.renew(identity);
    const expiresAt = this.speaker.time(connection, identity.expiresAt);
    this.speaker.answer(connection, command, { type: 'authRenewed', expiresAt });
  }

  /** @returns undefined for what is no token, or when its session ends while it is looked up */
  private async identify(token: unknown, address: string): Promise<Identity | undefined> {
    const ended = this.revocations.collect();
    try {
      const identity = await this.identities.identify(typeof token === 'string' ? token : '', address);
      return ended.includes(identity) ? undefined : identity;
    } catch (error) {
      if (!(error instanceof InvalidAccessTokenError)) throw error;
      return undefined;
    } finally {
      ended.stop();
    }
  }

  private errorOf(connection: Connection, command: ClientCommand, error: unknown): { code: string; message: string } {
    const { endpoint } = connection;
    const cause = toServiceUnavailable(error);
    if (cause instanceof ServiceUnavailableError || cause instanceof AuthenticationUnavailableError) {
      return { code: endpoint.codes.unavailable, message: 'Service unavailable' };
    }
    const rooms = this.roomsFor(connection, command);
    const known = rooms ? rooms.errorOf(cause) : endpoint.errorOf(cause, command);
    if (known) return known;
    this.logger.error({ msg: 'unexpected error', command: command.type, ...describeError(error) });
    return { code: endpoint.codes.unexpected, message: 'Internal error' };
  }

  private roomsFor({ endpoint }: Connection, command: ClientCommand): RoomPort | undefined {
    return endpoint.kind === 'personal' && isForRooms(command) ? this.rooms : undefined;
  }
}
