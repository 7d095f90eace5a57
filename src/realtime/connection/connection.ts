import type { WebSocket } from 'ws';

import { socketCloses } from '../../metrics/meters.js';
import type { TimeZone } from '../../common/time/time-zone.js';
import type { Identity } from '../../identity/bearer/identity.js';
import type { OpenedSocket } from '../adapter/handshakes.js';
import type { SocketEndpoint } from '../adapter/socket-endpoint.js';
import type { Reply } from '../message-sender.js';
import type { ClientCommand, Dialect } from '../messages.js';
import { Delivered } from './delivered.js';
import { Heartbeat } from './heartbeat.js';
import { MAX_UNSENT, SendQueue } from './send-queue.js';
import { TokenLife } from './token-life.js';

/** Close codes: 4xxx are specific to this server, the others are standard (RFC 6455). */
export const CLOSE = {
  kicked: 4403,
  gone: 4404,
  flooding: 4029,
  goingAway: 1001,
  failed: 1011,
  tooSlow: 1013,
  tryAgain: 1013,
} as const;

/**
 * Close code for the end of the token or its session. Each dialect uses the code of its own client guide
 * (docs/spec/sockets.md#end-of-a-token).
 */
const ACCESS_ENDED: Record<Dialect, number> = { 'type-payload': 1008, 'action-event': 4401 };

const TERMINATE_AFTER_MS = 1_000;

/** A revision of a timer: its state after one of its changes. */
export interface TimerRevision {
  readonly id: string;
  readonly revision: number;
}

/** Runs a gateway's handler; resolves with its reply, or with undefined if the exception filter has replied. */
export type CommandHandler = (command: ClientCommand) => Promise<Reply | undefined>;

/** A broadcast that waits until the state or the reply in progress has been sent. */
interface HeldBack {
  readonly frame: Buffer;
  readonly timer: TimerRevision | undefined;
}

const texts = new Map<string, string>();

/** Returns the same string object for equal texts, so that comparing two of them is a pointer comparison. */
function shared(text: string): string {
  const known = texts.get(text) ?? text;
  texts.set(text, known);
  return known;
}

/**
 * An open socket with its user, its dialect and its delivered revisions. It is the client object of Nest's gateways
 * (`@ConnectedSocket()`).
 */
export class Connection {
  identity: Identity | null;
  readonly zone: TimeZone;
  readonly state: unknown;
  /** Key of the encoding: dialect, endpoint and time zone. Equal for connections that get the same frames. */
  readonly spokenTo: string;
  readonly delivered = new Delivered();
  readonly dialect: Dialect;
  /** The peer's network, which limits count as one address. */
  readonly address: string;
  private readonly socket: WebSocket;
  private readonly queue: SendQueue;
  private readonly heartbeat: Heartbeat;
  private readonly tokenLife: TokenLife;
  private readonly handlers: CommandHandler[] = [];
  /** Resolves when all work so far has ended. */
  private last: Promise<void> = Promise.resolve();
  private cutOff: NodeJS.Timeout | undefined;
  private heldBack: HeldBack[] | undefined = [];
  private heldBackBytes = 0;
  private disconnected: (() => void) | undefined;
  private resolveClosed!: () => void;
  /** Resolves when the socket is gone. */
  readonly closed = new Promise<void>((resolve) => {
    this.resolveClosed = resolve;
  });

  constructor(
    { socket, stream, dialect, admission, address }: OpenedSocket,
    readonly endpoint: SocketEndpoint,
    /** Called when the token expires within a minute. */
    private readonly onExpiring: (connection: Connection) => void,
  ) {
    this.socket = socket;
    this.dialect = dialect;
    this.address = address;
    this.identity = admission.identity;
    this.zone = admission.zone;
    this.state = admission.state;
    this.spokenTo = shared(`${dialect} ${endpoint.kind} ${this.zone.name}`);
    this.queue = new SendQueue(stream, () => {
      this.close(CLOSE.tooSlow, 'too slow');
    });
    this.heartbeat = new Heartbeat(socket);
    this.tokenLife = new TokenLife(this);
  }

  get isOpen(): boolean {
    return this.socket.readyState === this.socket.OPEN;
  }

  /** Runs work after all earlier work of this connection. @returns a promise that settles with the work */
  inTurn(work: () => Promise<void>): Promise<void> {
    this.last = this.last.then(work);
    return this.last;
  }

  /** Sets the gateway's handler for a command pattern. */
  handle(pattern: string, handler: CommandHandler): void {
    this.handlers[this.endpoint.slotOf(pattern)] = handler;
  }

  /** The handler for a pattern. @throws Error if no gateway of the path subscribes to the pattern */
  handlerOf(pattern: string): CommandHandler {
    const handler = this.handlers[this.endpoint.slotOf(pattern)];
    if (handler === undefined) throw new Error(`no gateway of ${this.endpoint.path} handles ${pattern}`);
    return handler;
  }

  /**
   * Sets the callback for the end of the socket. Only the first is kept: gateways of one path register the same one.
   */
  onDisconnect(callback: () => void): void {
    this.disconnected ??= callback;
  }

  /** Sends a frame to this connection alone: a reply, or the state. */
  send(frame: Buffer): void {
    if (this.isOpen) this.queue.push(frame, false);
  }

  /**
   * Sends a frame that other connections get too. It is held back until the state or the reply in progress has been
   * sent; held frames count towards the limit, because the peer may read slowly.
   * @param timer the timer's revision in the frame; the frame is dropped unless it is newer than the last delivered one
   * @returns false if the frame was dropped
   */
  broadcast(frame: Buffer, timer?: TimerRevision): boolean {
    if (!this.isOpen) return false;
    if (this.heldBack) {
      this.heldBack.push({ frame, timer });
      this.heldBackBytes += frame.length;
      if (this.heldBackBytes > MAX_UNSENT) this.close(CLOSE.tooSlow, 'too slow');
      return true;
    }
    if (timer && !this.delivered.take(timer.id, timer.revision)) return false;
    this.queue.push(frame, true);
    return true;
  }

  /** The last revision of a timer that was delivered to this connection or is held back for it. */
  lastRevisionOf(timerId: string): number | undefined {
    const held = this.heldBack?.findLast(({ timer }) => timer?.id === timerId);
    return held?.timer?.revision ?? this.delivered.revisionOf(timerId);
  }

  /** Resolves when at most {@link MAX_UNSENT} bytes wait for the peer to read, or the peer is gone. */
  async answersTaken(): Promise<void> {
    await this.queue.taken();
  }

  /**
   * Called when the state has been sent: sends the newer broadcasts that were held back, and starts the token's life.
   */
  begin(): void {
    this.release();
    this.tokenLife.endAt(endOf(this.identity));
  }

  /** Holds broadcasts back until the command in flight has its reply. */
  hold(): void {
    this.heldBack ??= [];
  }

  /**
   * Sends the broadcasts that were held back. The reply to the connection's own command replaces the broadcast of the
   * same change, so that the sender gets the change once, with the command's id, and in the order of the timer's
   * revisions.
   */
  release(answer?: { readonly frame: Buffer; readonly timer: TimerRevision }): void {
    const held = this.heldBack ?? [];
    this.heldBack = undefined;
    this.heldBackBytes = 0;
    let due = answer;
    for (const { frame, timer } of held) {
      if (due && timer?.id === due.timer.id && timer.revision >= due.timer.revision) {
        this.broadcast(due.frame, due.timer);
        due = undefined;
      }
      this.broadcast(frame, timer);
    }
    if (due) this.broadcast(due.frame, due.timer);
  }

  /**
   * Replaces the token with another of the same user. The connection now lasts as long as the new token or its session.
   */
  renew(identity: Identity): void {
    this.identity = identity;
    this.tokenLife.endAt(endOf(identity));
  }

  heard(): void {
    this.heartbeat.heard();
  }

  /** Called when the token expires within a minute. */
  expiring(): void {
    this.onExpiring(this);
  }

  expired(): void {
    this.endAccess('token expired');
  }

  /** Closes the connection because its token or session has ended. */
  endAccess(reason: string): void {
    this.close(ACCESS_ENDED[this.dialect], reason);
  }

  /** Starts the closing handshake; a peer that does not complete it within a second is cut off. */
  close(code: number, reason: string): void {
    if (this.isOpen) {
      socketCloses.inc({ code: String(code) });
      this.queue.flush();
      this.socket.close(code, reason);
    }
    this.cutOff ??= setTimeout(() => {
      this.socket.terminate();
    }, TERMINATE_AFTER_MS).unref();
  }

  /** Called when the socket has closed: releases resources. */
  ended(): void {
    clearTimeout(this.cutOff);
    this.heartbeat.stop();
    this.tokenLife.stop();
    this.resolveClosed();
    this.disconnected?.();
  }
}

/**
 * Epoch seconds at which a connection ends. A connection with this server's own token lasts as long as its session,
 * whose end is a stored event, so only an external issuer's token has an end here.
 */
const endOf = (identity: Identity | null): number =>
  identity === null || identity.sessionId !== null ? Infinity : identity.expiresAt;
