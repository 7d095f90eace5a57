import { MetronomeError, notReached } from '../metronome-error.js';
import type { ServerClock } from '../server-clock.js';
import { type Observable, Store } from '../store.js';
import { decode, encode } from './dialects.js';
import type { CommandType, Dialect, ServerMessage, SocketState } from './messages.js';
import { closed, Pending } from './pending.js';
import { backOff, type Timing } from './timing.js';
import { onWakeUp } from './wake-ups.js';
import type { SocketLike, WebSocketConstructor } from './web-socket.js';

/** The URL and credentials of a connection. */
export interface Address {
  readonly url: string;
  readonly protocols: string[];
  readonly token: string | undefined;
}

/** The behaviour that differs between the two sockets. */
export interface Endpoint {
  readonly dialect: Dialect;
  /**
   * @param since the mark to continue from; null at first
   * @param refused a token for which the server ended a connection
   * @throws MetronomeError when there is no address: permanently, unless the server could not be asked
   */
  address(since: string | null, refused: string | undefined): Promise<Address>;
  /**
   * Finds out why a handshake was refused, which a WebSocket does not report.
   * @returns null when the server accepts it now
   * @throws MetronomeError
   */
  diagnose(): Promise<MetronomeError | null>;
  onMessage(message: ServerMessage): void;
  /** Whether this message completes the initial state. */
  completesInitialState(message: ServerMessage): boolean;
  /** Called when the initial state is complete. @param since the mark of the previous connection */
  onReady(since: string | null): void;
}

export interface ConnectionOptions {
  /** @throws Error on a platform without one */
  readonly webSocket: () => WebSocketConstructor;
  readonly clock: ServerClock;
  readonly timing: Timing;
  /** Another token, or undefined. @param refused the current one, which is about to expire */
  renew(refused: string): Promise<string | undefined>;
}

export interface CommandOptions {
  /** 16 to 255 visible ASCII characters; commands with the same key take effect once (docs/spec/extensions.md#idempotency). */
  readonly idempotencyKey?: string;
}

/** A connection that lasted this long resets the back-off. */
const STABLE_MS = 5_000;
const LATE_MS = 45_000;
/** Close codes after which reconnecting cannot help (docs/spec/rooms.md#socket), with their errors. */
const FINAL: Readonly<Record<number, readonly [code: string, message: string]>> = {
  4403: ['FORBIDDEN', 'Removed from the room'],
  4404: ['ROOM_NOT_FOUND', 'The room was deleted'],
};
/** Close codes for an expired token or session, of action/event and of type/payload. */
const TOKEN_ENDED = [4401, 1008];
/** Responses that will not change on a retry; 429 and 5xx may. */
const isFinal = ({ status }: MetronomeError): boolean => [401, 403, 404, 422].includes(status);

/**
 * A connection that reopens with back-off and jitter whenever it closes. It matches replies to commands, renews its
 * token in time, and catches up on missed messages by `since`.
 */
export class Connection {
  readonly #store = new Store<SocketState>({ status: 'closed', error: null });
  private readonly pending = new Pending();
  private WebSocket: WebSocketConstructor | undefined;
  private socket: SocketLike | undefined;
  private address: Address | undefined;
  /** Number of the current attempt; results of earlier ones are ignored. */
  private attempt = 0;
  private failures = 0;
  private openedAt = Infinity;
  private refused: string | undefined;
  #mark: string | null = null;
  /** While missed messages arrive, the mark stays. */
  #isCatchingUp = false;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private renewing: ReturnType<typeof setTimeout> | undefined;
  private pinging: ReturnType<typeof setInterval> | undefined;
  private stopWaking = (): void => undefined;
  private commands = 0;

  readonly state: Observable<SocketState> = this.#store;

  constructor(
    private readonly endpoint: Endpoint,
    private readonly options: ConnectionOptions,
  ) {}

  open(): void {
    if (this.#store.get().status !== 'closed') return;
    this.WebSocket = this.options.webSocket();
    this.failures = 0;
    this.stopWaking = onWakeUp(() => {
      this.wake();
    });
    void this.connect();
  }

  /** Closes for good and rejects unanswered commands. @param error the reason, unless the caller asked for it */
  close(error: MetronomeError | null = null): void {
    this.stopWaking();
    this.drop(1000);
    clearTimeout(this.retry);
    this.pending.abandon(error);
    this.setState('closed', error);
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
      const stop = this.#store.subscribe(judge);
      judge(this.#store.get());
    });
  }

  /**
   * Sends a command, or queues it until the connection is open.
   * @returns the message that replies to it
   * @throws MetronomeError with the server's code, or `CONNECTION_LOST` or `TIMEOUT` (the command may have taken
   * effect), `NETWORK` (it was not sent), `CLOSED`
   */
  command(type: CommandType, payload: object, { idempotencyKey }: CommandOptions = {}): Promise<ServerMessage> {
    const { status, error } = this.#store.get();
    if (status === 'closed') return Promise.reject(error ?? closed());
    const command = { type, payload, id: String(++this.commands), idempotencyKey };
    const answer = this.pending.add(command, this.options.timing.answerWithinMs);
    if (status === 'open') this.flush();
    return answer;
  }

  private async connect(): Promise<void> {
    const attempt = ++this.attempt;
    clearTimeout(this.retry);
    this.setState('connecting', this.#store.get().error);
    try {
      const address = await this.endpoint.address(this.#mark, this.refused);
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
    this.#isCatchingUp = this.#mark !== null;
    this.openedAt = Infinity;
    socket.addEventListener('open', () => (this.openedAt = Date.now()));
    socket.addEventListener(
      'message',
      whenCurrent(({ data }) => {
        this.onMessage(decode(data));
      }),
    );
    // A refused handshake emits an error before the close.
    socket.addEventListener('error', () => undefined);
    socket.addEventListener(
      'close',
      whenCurrent(({ code }) => {
        this.onClose(code ?? 1006);
      }),
    );
  }

  private onMessage(message: ServerMessage | undefined): void {
    if (message === undefined) return;
    const before = this.#mark;
    this.updateMark(message);
    if (message.type === 'auth.expiring')
      this.renewIn(Date.parse(message.payload.expires_at) - this.options.clock.now());
    this.endpoint.onMessage(message);
    this.pending.answer(message);
    if (this.#store.get().status === 'connecting' && this.endpoint.completesInitialState(message)) this.begin(before);
  }

  /** While catching up, only the list at the end moves the mark (docs/spec/extensions.md#sockets). */
  private updateMark(message: ServerMessage): void {
    const listed = message.type === 'timer.sync_result' ? message.payload.change_id : undefined;
    if (listed !== undefined) this.#isCatchingUp = false;
    if (!this.#isCatchingUp) this.#mark = listed ?? message.change_id ?? this.#mark;
  }

  private begin(since: string | null): void {
    this.setState('open', null);
    this.refused = undefined;
    this.endpoint.onReady(this.#isCatchingUp ? since : null);
    this.flush();
    this.ping();
    this.pinging = setInterval(() => {
      this.ping();
    }, this.options.timing.pingEveryMs);
  }

  private flush(): void {
    for (const command of this.pending.unsent()) this.socket?.send(encode(command, this.endpoint.dialect));
  }

  /** Measures the server's clock and detects a dead connection. */
  private ping(): void {
    const { clock, timing } = this.options;
    const [socket, sentAt] = [this.socket, clock.start()];
    const giveUp = setTimeout(() => {
      if (socket === this.socket) this.onClose(1006);
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

  /** The server warns a minute ahead. A token that lasts no longer than that is renewed halfway instead of at once. */
  private renewIn(leftMs: number): void {
    clearTimeout(this.renewing);
    this.renewing = setTimeout(() => void this.renew(), leftMs > LATE_MS ? 0 : leftMs / 2);
  }

  private async renew(): Promise<void> {
    const used = this.address;
    if (used?.token === undefined) return;
    // Without another token, the server closes the connection at expiry.
    const token = await this.options.renew(used.token).catch(() => undefined);
    if (token === undefined || token === used.token || used !== this.address) return;
    this.address = { ...used, token };
    await this.command('auth.renew', { token }).catch(() => undefined);
  }

  private onClose(code: number): void {
    const wasOpen = this.openedAt !== Infinity;
    if (Date.now() - this.openedAt > STABLE_MS) this.failures = 0;
    this.drop(1000);
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

  /** Errors from elsewhere, such as an application's own token source, may be temporary. */
  private fail(cause: unknown): void {
    const error = cause instanceof MetronomeError ? cause : notReached(cause);
    if (isFinal(error)) this.close(error);
    else this.retryLater(error);
  }

  private retryLater(error: MetronomeError): void {
    const wait = backOff(this.options.timing, this.failures++);
    this.setState('waiting', error);
    this.retry = setTimeout(() => void this.connect(), Math.max(wait, (error.retryAfter ?? 0) * 1_000));
  }

  private wake(): void {
    const { status } = this.#store.get();
    if (status === 'open') this.ping();
    if (status === 'waiting') void this.connect();
  }

  /** Drops the connection and ignores its later events. */
  private drop(code: number): void {
    const { socket } = this;
    this.attempt += 1;
    this.socket = undefined;
    clearInterval(this.pinging);
    clearTimeout(this.renewing);
    this.pending.lost();
    socket?.close(code);
  }

  private setState(status: SocketState['status'], error: MetronomeError | null): void {
    const known = this.#store.get();
    if (known.status !== status || known.error !== error) this.#store.set({ status, error });
  }
}
