import type { Auth } from '../auth.js';
import type { Http } from '../http.js';
import { TimerCollection, type TimersSnapshot } from '../merge.js';
import { MetronomeError } from '../metronome-error.js';
import { type Observable, Store } from '../store.js';
import type { NewTimer, RoomTimer, SessionType, Timer, TimerList } from '../types.js';
import { Events, type MessageListener } from './events.js';
import { type Address, type CommandOptions, type Endpoint, Connection, type ConnectionOptions } from './connection.js';
import type {
  CommandType,
  Dialect,
  ServerMessage,
  ServerMessages,
  ServerMessageType,
  SocketState,
} from './messages.js';

export interface TimerSocketOptions {
  /** Zone of all times; UTC by default (docs/spec/v1.md#15-timezone). */
  readonly timezone?: string;
  /** The encoding of frames; the state does not depend on it. */
  readonly dialect?: Dialect;
}

export interface TimersState extends TimersSnapshot, SocketState {
  /** The user's id; null before the first connection. */
  readonly userId: string | null;
  /** The timers of rooms joined through this socket, by room id. */
  readonly rooms: Readonly<Record<string, RoomTimer>>;
}

/** Dependencies of sockets. */
export interface SocketContext extends Omit<ConnectionOptions, 'renew'> {
  readonly http: Http;
  readonly auth: Auth;
}

/**
 * The user's timers, live on every device (docs/spec/sockets.md#the-personal-socket): sends commands and receives changes from
 * every device and API. A lost connection reconnects and catches up on missed changes.
 */
export class TimerSocket {
  readonly #connection: Connection;
  readonly #collection = new TimerCollection();
  private readonly events = new Events();
  private readonly store: Store<TimersState>;
  private readonly followed = new Set<string>();
  /** Display names by ids of the joined rooms. */
  private readonly joined = new Map<string, string | undefined>();
  private rooms: TimersState['rooms'] = {};
  private followsShared = false;
  readonly state: Observable<TimersState>;

  constructor(
    private readonly context: SocketContext,
    private readonly options: TimerSocketOptions = {},
  ) {
    const { auth } = context;
    this.#connection = new Connection(this.endpoint(), { ...context, renew: (refused) => auth.fresh(refused) });
    this.store = new Store<TimersState>(this.now(null));
    this.state = this.store;
    this.#connection.state.subscribe(() => {
      this.publish();
    });
  }

  /** Opens the connection and keeps it open. */
  open(): this {
    this.#connection.open();
    return this;
  }

  close(): void {
    this.#connection.close();
  }

  /** Resolves when the timers are known. @throws MetronomeError when the socket is closed or cannot be opened */
  ready(): Promise<void> {
    return this.#connection.ready();
  }

  /**
   * Adds a listener for messages of a type: `(payload, message)`, after the state was updated. @returns a function that
   * removes it
   */
  on<Type extends ServerMessageType>(type: Type, listener: MessageListener<Type>): () => void {
    return this.events.on(type, listener);
  }

  /**
   * Starts a timer; other timers continue. @throws MetronomeError CREATE_FAILED, and like all commands those of
   * `Connection.command`
   */
  start(timer: NewTimer, options?: CommandOptions): Promise<Timer> {
    return this.send('timer.create', timer, options);
  }

  pause(id: string, options?: CommandOptions): Promise<Timer> {
    return this.send('timer.pause', { timer_id: id }, options);
  }

  resume(id: string, options?: CommandOptions): Promise<Timer> {
    return this.send('timer.resume', { timer_id: id }, options);
  }

  stop(id: string, options?: CommandOptions): Promise<Timer> {
    return this.send('timer.stop', { timer_id: id }, options);
  }

  cancel(id: string, options?: CommandOptions): Promise<Timer> {
    return this.send('timer.cancel', { timer_id: id }, options);
  }

  /** The user's newest 200 timers, including ended ones; `timers.list()` reaches further back. */
  async sync(): Promise<TimerList> {
    const list = await this.list({ scope: 'all' });
    this.#collection.put(...list.timers);
    this.publish();
    return list;
  }

  /** Running and paused timers that other users share with this one; they and later ones appear in `state.shared`. */
  async followShared(): Promise<TimerList> {
    this.followsShared = true;
    const list = await this.list({ scope: 'shared' });
    this.#collection.put(...list.timers);
    if (list.truncated !== true) this.#collection.keepActive(list.timers, 'shared', this.followed);
    this.publish();
    return list;
  }

  /** Follows another user's readable timer, such as a public one; it appears in `state.shared`. */
  async follow(id: string): Promise<Timer> {
    const timer = await this.send('timer.sync', { timer_id: id });
    this.followed.add(id);
    return timer;
  }

  /**
   * Joins a room, again after every reconnect: its timer appears in `state.rooms`, and its messages reach `on` with a
   * `room_id`.
   * @param name shown instead of the account's
   */
  async joinRoom(roomId: string, name?: string): Promise<ServerMessages['room.joined']> {
    const answer = await this.#connection.command('room.join', { room_id: roomId, name });
    this.joined.set(roomId, name);
    return (answer as ServerMessage<'room.joined'>).payload;
  }

  async leaveRoom(roomId: string): Promise<void> {
    this.joined.delete(roomId);
    await this.#connection.command('room.leave', { room_id: roomId });
    this.rooms = Object.fromEntries(Object.entries(this.rooms).filter(([id]) => id !== roomId));
    this.publish();
  }

  /** Commands the timer of a joined room. @param sessionType of `start` */
  controlRoom(
    roomId: string,
    verb: 'start' | 'pause' | 'resume' | 'reset',
    sessionType?: SessionType,
    options?: CommandOptions,
  ): Promise<RoomTimer> {
    return this.send(`timer.${verb}`, { room_id: roomId, session_type: sessionType }, options);
  }

  /** @returns the timer of the reply, a user's or a room's */
  private async send<Shown = Timer>(type: CommandType, payload: object, options?: CommandOptions): Promise<Shown> {
    const { payload: answer } = (await this.#connection.command(type, payload, options)) as {
      payload: { timer: unknown };
    };
    return answer.timer as Shown;
  }

  private async list(payload: object): Promise<TimerList> {
    return ((await this.#connection.command('timer.sync', payload)) as ServerMessage<'timer.sync_result'>).payload;
  }

  private endpoint(): Endpoint {
    return {
      dialect: this.options.dialect ?? 'type-payload',
      address: (since, refused) => this.address(since, refused),
      diagnose: async () => {
        await this.context.http.call('GET', '/v1/users/me');
        return null;
      },
      onMessage: (message) => {
        this.onMessage(message);
      },
      completesInitialState: ({ type, id }) => type === 'timer.sync_result' && id === undefined,
      onReady: () => void this.#restoreSubscriptions(),
    };
  }

  private async address(since: string | null, refused: string | undefined): Promise<Address> {
    const { auth, http } = this.context;
    const { timezone, dialect } = this.options;
    const token = await auth.fresh(refused);
    if (token === undefined && refused !== undefined) throw signedOut();
    const query = { timezone, dialect, since: since ?? undefined };
    return { url: socketUrl(http.url, '/v1/ws/timers', query), protocols: bearer(token), token };
  }

  private onMessage(message: ServerMessage): void {
    this.merge(message);
    this.publish();
    this.events.emit(message);
  }

  private merge(message: ServerMessage): void {
    switch (message.type) {
      case 'connected':
        this.setUser(message.payload.user_id);
        break;
      case 'timer.created':
      case 'timer.updated':
        this.#collection.put(message.payload.timer);
        break;
      case 'timer.deleted':
        this.#collection.remove(message.payload.timer_id, message.payload.revision);
        break;
      case 'room.timer':
        this.putRoom(message.payload);
        break;
      case 'timer.sync_result':
        if (message.id === undefined) this.replaceActive(message.payload);
        break;
    }
  }

  /** Replaces the active timers by the initial list. */
  private replaceActive({ timers, truncated }: TimerList): void {
    this.#collection.put(...timers);
    if (truncated !== true) this.#collection.keepActive(timers, 'own');
  }

  private putRoom({ room_id: id = '', timer }: ServerMessages['room.timer']): void {
    if (timer.revision >= (this.rooms[id]?.revision ?? 0)) this.rooms = { ...this.rooms, [id]: timer };
  }

  /** Another user has signed in: drop the previous user's timers. */
  private setUser(userId: string): void {
    if (this.store.get().userId !== userId) this.#collection.clear();
    this.publish(userId);
  }

  /** A new connection follows no timers and is in no room. */
  async #restoreSubscriptions(): Promise<void> {
    for (const [id, name] of this.joined) this.joinRoom(id, name).catch(() => undefined);
    if (this.followsShared) await this.followShared().catch(() => undefined);
    for (const id of [...this.followed]) {
      await this.follow(id).catch((error: unknown) => {
        // The timer is no longer readable. Other errors, such as a lost connection, are retried on the next connect.
        if (!(error instanceof MetronomeError) || error.code !== 'SYNC_FAILED') return;
        this.followed.delete(id);
        this.#collection.remove(id);
        this.publish();
      });
    }
  }

  /** Notifies subscribers only when something changed. */
  private publish(userId = this.store.get().userId): void {
    const state = this.now(userId);
    const known = this.store.get();
    if (Object.entries(state).some(([key, value]) => known[key as keyof TimersState] !== value)) this.store.set(state);
  }

  private now(userId: string | null): TimersState {
    return { ...this.#connection.state.get(), ...this.#collection.get(), userId, rooms: this.rooms };
  }
}

/** Sends the token as a subprotocol, because URLs are logged. */
export const bearer = (token: string | undefined): string[] =>
  token === undefined ? [] : [`authorization.bearer.${token}`];

export const signedOut = (): MetronomeError =>
  new MetronomeError({ status: 401, code: 'HTTP_401', message: 'The session has ended' });

/** Replaces `http` by `ws` and adds the query. */
export function socketUrl(base: string, path: string, query: Readonly<Record<string, string | undefined>>): string {
  const pairs = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const text = new URLSearchParams(pairs).toString();
  return `${base.replace(/^http/, 'ws')}${path}${text === '' ? '' : `?${text}`}`;
}
