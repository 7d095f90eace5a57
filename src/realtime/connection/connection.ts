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

/** Close codes: 4xxx are ours, the others RFC 6455's. */
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
 * The token or its session has ended: each dialect has the code that its own guide's clients know
 * (docs/spec/sockets.md#end-of-a-token).
 */
const ACCESS_ENDED: Record<Dialect, number> = { 'type-payload': 1008, 'action-event': 4401 };

const TERMINATE_AFTER_MS = 1_000;

/** A timer as it was after one of its changes. */
export interface TimerRevision {
  readonly id: string;
  readonly revision: number;
}

/** Runs a gateway's handler; resolves with its reply, or with nothing when the exception filter has replied. */
export type CommandHandler = (command: ClientCommand) => Promise<Reply | undefined>;

/** What is to be sent when the connection has been sent the state. */
interface HeldBack {
  readonly frame: Buffer;
  readonly timer: TimerRevision | undefined;
}

const texts = new Map<string, string>();

/** The same string for the same text, so that comparing two of them need not look at their letters. */
function shared(text: string): string {
  const known = texts.get(text) ?? text;
  texts.set(text, known);
  return known;
}

/**
 * An open socket: its user, its dialect, and what it has been sent. Nest's gateways know it as their client
 * (`@ConnectedSocket()`).
 */
export class Connection {
  identity: Identity | null;
  readonly zone: TimeZone;
  readonly state: unknown;
  /** The same for all connections that get the same frames: dialect, endpoint and zone. */
  readonly spokenTo: string;
  readonly delivered = new Delivered();
  readonly dialect: Dialect;
  /** The peer's network: what counts as one address. */
  readonly address: string;
  private readonly socket: WebSocket;
  private readonly queue: SendQueue;
  private readonly heartbeat: Heartbeat;
  private readonly tokenLife: TokenLife;
  private readonly handlers: CommandHandler[] = [];
  /** The end of all work so far. */
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
    /** Called when the token runs out within a minute. */
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

  /** Runs work of this connection when all work before it has ended. @returns the end of it */
  inTurn(work: () => Promise<void>): Promise<void> {
    this.last = this.last.then(work);
    return this.last;
  }

  /** The gateway's handler for commands of a pattern. */
  handle(pattern: string, handler: CommandHandler): void {
    this.handlers[this.endpoint.slotOf(pattern)] = handler;
  }

  /** @throws Error for a pattern that no gateway of the path subscribes to */
  handlerOf(pattern: string): CommandHandler {
    const handler = this.handlers[this.endpoint.slotOf(pattern)];
    if (handler === undefined) throw new Error(`no gateway of ${this.endpoint.path} handles ${pattern}`);
    return handler;
  }

  /** Called once when the socket is gone. Gateways of one path share what they register, so one of them is enough. */
  onDisconnect(callback: () => void): void {
    this.disconnected ??= callback;
  }

  /** A frame for this connection alone: a reply, or the state. */
  send(frame: Buffer): void {
    if (this.isOpen) this.queue.push(frame, false);
  }

  /**
   * A frame that others get too. While a newcomer is being told the state it is held back, which counts as waiting: the
   * peer may take its time over the answer.
   * @param timer which one the frame is about, and its revision: what is older than what was told is dropped
   * @returns false when it was dropped
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

  /** The revision of a timer that this connection was told last, or will be when what is held back follows. */
  lastRevisionOf(timerId: string): number | undefined {
    const held = this.heldBack?.findLast(({ timer }) => timer?.id === timerId);
    return held?.timer?.revision ?? this.delivered.revisionOf(timerId);
  }

  /** Resolves when the peer has taken what it was answered, but for a bounded rest; also when it is gone. */
  async answersTaken(): Promise<void> {
    await this.queue.taken();
  }

  /** The newcomer knows the state: what came meanwhile and is newer follows. */
  begin(): void {
    this.release();
    this.tokenLife.endAt(endOf(this.identity));
  }

  /** From now on broadcasts wait, until the command that is in flight has its reply. */
  hold(): void {
    this.heldBack ??= [];
  }

  /**
   * What was held back follows. The answer to the connection's own command takes the place of the broadcast about the
   * same change, so that the sender gets it once, with its id, and in the order of the timer's revisions.
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

  /** Another token of the same person: the connection lasts as long as that, or as its session. */
  renew(identity: Identity): void {
    this.identity = identity;
    this.tokenLife.endAt(endOf(identity));
  }

  heard(): void {
    this.heartbeat.heard();
  }

  /** The token runs out within a minute. */
  expiring(): void {
    this.onExpiring(this);
  }

  expired(): void {
    this.endAccess('token expired');
  }

  /** The token that was shown, or its session, has ended. */
  endAccess(reason: string): void {
    this.close(ACCESS_ENDED[this.dialect], reason);
  }

  /** Says goodbye; a peer that does not answer is cut off. */
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

  /** The socket is gone. */
  ended(): void {
    clearTimeout(this.cutOff);
    this.heartbeat.stop();
    this.tokenLife.stop();
    this.resolveClosed();
    this.disconnected?.();
  }
}

/**
 * Epoch seconds at which a connection ends by itself. One of our own tokens lasts as long as its session, whose end is
 * told by a signal, so only an outside issuer's token ends here.
 */
const endOf = (identity: Identity | null): number =>
  identity === null || identity.sessionId !== null ? Infinity : identity.expiresAt;
