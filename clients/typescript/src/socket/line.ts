import { MetronomeError, notReached } from '../metronome-error.js';
import type { ServerClock } from '../server-clock.js';
import { type Observable, Store } from '../store.js';
import { decode, encode } from './dialects.js';
import type { CommandType, Dialect, ServerMessage, SocketState } from './messages.js';
import { closed, Pending } from './pending.js';
import { backOff, type Timing } from './timing.js';
import { onWakeUp } from './wake-ups.js';
import type { SocketLike, WebSocketConstructor } from './web-socket.js';

/** Where a connection is opened, and as whom. */
export interface Address {
  readonly url: string;
  readonly protocols: string[];
  readonly token: string | undefined;
}

/** Which socket it is, and what it is for. */
export interface Endpoint {
  readonly dialect: Dialect;
  /**
   * @param since the mark to read on from; null at first
   * @param refused a token that a connection was ended for
   * @throws MetronomeError when there is none: for good, unless it could not be asked for
   */
  address(since: string | null, refused: string | undefined): Promise<Address>;
  /**
   * Why a handshake was refused, which a WebSocket does not tell.
   * @returns null when the server has nothing against it now; @throws MetronomeError
   */
  diagnose(): Promise<MetronomeError | null>;
  hear(message: ServerMessage): void;
  /** Whether this message completes what a newcomer is told. */
  isWelcome(message: ServerMessage): boolean;
  /** A newcomer knows the state. @param since the mark of the connection before */
  welcomed(since: string | null): void;
}

export interface LineOptions {
  /** @throws Error where there is none */
  readonly webSocket: () => WebSocketConstructor;
  readonly clock: ServerClock;
  readonly timing: Timing;
  /** A token to go on with, or undefined. @param refused the one in use, which is about to end */
  renew(refused: string): Promise<string | undefined>;
}

export interface CommandOptions {
  /** 16 to 255 visible ASCII characters; a command that is repeated with it has its effect once (extensions.md). */
  readonly idempotencyKey?: string;
}

/** Connections that lasted so long count as a success, so that the next attempt is made soon. */
const STABLE_MS = 5_000;
const LATE_MS = 45_000;
/** Close codes that no reconnecting helps against (rooms.md), and what they say. */
const FINAL: Readonly<Record<number, readonly [code: string, message: string]>> = {
  4403: ['FORBIDDEN', 'Removed from the room'],
  4404: ['ROOM_NOT_FOUND', 'The room was deleted'],
};
/** Close codes for a token or session that has ended: of action/event, and of type/payload. */
const TOKEN_ENDED = [4401, 1008];
/** Answers that will be the same next time; the others of HTTP pass (429, 5xx). */
const isFinal = ({ status }: MetronomeError): boolean => [401, 403, 404, 422].includes(status);

/**
 * One connection for as long as it is wanted: opened again with back-off and jitter whenever it ends, its commands
 * matched with their answers, its token renewed in time, and what was missed asked for by `since`.
 */
export class Line {
  private readonly store = new Store<SocketState>({ status: 'closed', error: null });
  private readonly pending = new Pending();
  private WebSocket: WebSocketConstructor | undefined;
  private socket: SocketLike | undefined;
  private address: Address | undefined;
  /** Of the connection under way; what belongs to an earlier one is of no interest any more. */
  private attempt = 0;
  private failures = 0;
  private openedAt = Infinity;
  private refused: string | undefined;
  private mark: string | null = null;
  /** What was missed since the mark is not told yet, so the mark stays. */
  private isCatchingUp = false;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private renewing: ReturnType<typeof setTimeout> | undefined;
  private pinging: ReturnType<typeof setInterval> | undefined;
  private stopWaking = (): void => undefined;
  private commands = 0;

  readonly state: Observable<SocketState> = this.store;

  constructor(
    private readonly endpoint: Endpoint,
    private readonly options: LineOptions,
  ) {}

  open(): void {
    if (this.store.get().status !== 'closed') return;
    this.WebSocket = this.options.webSocket();
    this.failures = 0;
    this.stopWaking = onWakeUp(() => {
      this.wake();
    });
    void this.connect();
  }

  /** Ends it; what has not been answered is rejected. @param error why, when nobody asked for it */
  close(error: MetronomeError | null = null): void {
    this.stopWaking();
    this.hangUp(1000);
    clearTimeout(this.retry);
    this.pending.abandon(error);
    this.say('closed', error);
  }

  /** Resolves when the state is known; rejects when the socket is closed. */
  ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      const judge = ({ status, error }: SocketState): void => {
        if (status === 'open') resolve();
        else if (status === 'closed') reject(error ?? closed());
        else return;
        stop();
      };
      const stop = this.store.subscribe(judge);
      judge(this.store.get());
    });
  }

  /**
   * Sends a command, when the connection is there.
   * @returns the message that answers it; @throws MetronomeError with the server's code, or `CONNECTION_LOST`,
   * `TIMEOUT` (either way it may have happened), `NETWORK` (it was not sent), `CLOSED`
   */
  command(type: CommandType, payload: object, { idempotencyKey }: CommandOptions = {}): Promise<ServerMessage> {
    const { status, error } = this.store.get();
    if (status === 'closed') return Promise.reject(error ?? closed());
    const command = { type, payload, id: String(++this.commands), idempotencyKey };
    const answer = this.pending.add(command, this.options.timing.answerWithinMs);
    if (status === 'open') this.flush();
    return answer;
  }

  private async connect(): Promise<void> {
    const attempt = ++this.attempt;
    clearTimeout(this.retry);
    this.say('connecting', this.store.get().error);
    try {
      const address = await this.endpoint.address(this.mark, this.refused);
      if (attempt === this.attempt) this.dial(address);
    } catch (error) {
      if (attempt === this.attempt) this.fail(error);
    }
  }

  private dial(address: Address): void {
    const { WebSocket = this.options.webSocket() } = this;
    const socket = new WebSocket(address.url, address.protocols);
    const whenCurrent = <Event>(act: (event: Event) => void) => {
      return (event: Event) => {
        if (socket === this.socket) act(event);
      };
    };
    this.socket = socket;
    this.address = address;
    this.isCatchingUp = this.mark !== null;
    this.openedAt = Infinity;
    socket.addEventListener('open', () => (this.openedAt = Date.now()));
    socket.addEventListener(
      'message',
      whenCurrent(({ data }) => {
        this.hear(decode(data));
      }),
    );
    // A refused handshake is an error, too, and a close follows.
    socket.addEventListener('error', () => undefined);
    socket.addEventListener(
      'close',
      whenCurrent(({ code }) => {
        this.ended(code ?? 1006);
      }),
    );
  }

  private hear(message: ServerMessage | undefined): void {
    if (message === undefined) return;
    const before = this.mark;
    this.note(message);
    if (message.type === 'auth.expiring')
      this.renewIn(Date.parse(message.payload.expires_at) - this.options.clock.now());
    this.endpoint.hear(message);
    this.pending.answer(message);
    if (this.store.get().status === 'connecting' && this.endpoint.isWelcome(message)) this.begin(before);
  }

  /** While what was missed is being told, only the list at its end moves the mark (extensions.md, `since`). */
  private note(message: ServerMessage): void {
    const listed = message.type === 'timer.sync_result' ? message.payload.change_id : undefined;
    if (listed !== undefined) this.isCatchingUp = false;
    if (!this.isCatchingUp) this.mark = listed ?? message.change_id ?? this.mark;
  }

  private begin(since: string | null): void {
    this.say('open', null);
    this.refused = undefined;
    this.endpoint.welcomed(this.isCatchingUp ? since : null);
    this.flush();
    this.ping();
    this.pinging = setInterval(() => {
      this.ping();
    }, this.options.timing.pingEveryMs);
  }

  private flush(): void {
    for (const command of this.pending.unsent()) this.socket?.send(encode(command, this.endpoint.dialect));
  }

  /** Reads the server's clock, and finds out whether the connection is one still. */
  private ping(): void {
    const { clock, timing } = this.options;
    const [socket, sentAt] = [this.socket, clock.start()];
    const giveUp = setTimeout(() => {
      if (socket === this.socket) this.ended(1006);
    }, timing.pongWithinMs);
    this.command('ping', { sent_at: sentAt })
      .then((message) => {
        if (message.type === 'pong') clock.learn(sentAt, message.payload.server_time);
      })
      .catch(() => undefined)
      .finally(() => {
        clearTimeout(giveUp);
      });
  }

  /** The server tells a minute before; a token that lasts no longer than that is not renewed as soon as it is there. */
  private renewIn(leftMs: number): void {
    clearTimeout(this.renewing);
    this.renewing = setTimeout(() => void this.renew(), leftMs > LATE_MS ? 0 : leftMs / 2);
  }

  private async renew(): Promise<void> {
    const used = this.address;
    if (used?.token === undefined) return;
    // Without another token the connection ends when its time has come.
    const token = await this.options.renew(used.token).catch(() => undefined);
    if (token === undefined || token === used.token || used !== this.address) return;
    this.address = { ...used, token };
    await this.command('auth.renew', { token }).catch(() => undefined);
  }

  private ended(code: number): void {
    const wasOpen = this.openedAt !== Infinity;
    if (Date.now() - this.openedAt > STABLE_MS) this.failures = 0;
    this.hangUp(1000);
    const final = FINAL[code];
    if (final) this.close(new MetronomeError({ status: 0, code: final[0], message: final[1] }));
    else if (TOKEN_ENDED.includes(code) || wasOpen) {
      if (TOKEN_ENDED.includes(code)) this.refused = this.address?.token;
      this.retryLater(notReached());
    } else void this.diagnose();
  }

  private async diagnose(): Promise<void> {
    const { attempt } = this;
    try {
      const error = await this.endpoint.diagnose();
      if (attempt === this.attempt) this.retryLater(error ?? notReached());
    } catch (error) {
      if (attempt === this.attempt) this.fail(error);
    }
  }

  /** What is no answer of the server, such as of an application's own source of tokens, may pass. */
  private fail(cause: unknown): void {
    const error = cause instanceof MetronomeError ? cause : notReached(cause);
    if (isFinal(error)) this.close(error);
    else this.retryLater(error);
  }

  private retryLater(error: MetronomeError): void {
    const wait = backOff(this.options.timing, this.failures++);
    this.say('waiting', error);
    this.retry = setTimeout(() => void this.connect(), Math.max(wait, (error.retryAfter ?? 0) * 1_000));
  }

  private wake(): void {
    const { status } = this.store.get();
    if (status === 'open') this.ping();
    if (status === 'waiting') void this.connect();
  }

  /** The connection is none any more, whatever it says later. */
  private hangUp(code: number): void {
    const { socket } = this;
    this.attempt += 1;
    this.socket = undefined;
    clearInterval(this.pinging);
    clearTimeout(this.renewing);
    this.pending.lost();
    socket?.close(code);
  }

  private say(status: SocketState['status'], error: MetronomeError | null): void {
    const known = this.store.get();
    if (known.status !== status || known.error !== error) this.store.set({ status, error });
  }
}
