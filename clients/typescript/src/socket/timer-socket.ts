import type { Auth } from '../auth.js';
import type { Http } from '../http.js';
import { TimerShelf, type TimersSnapshot } from '../merge.js';
import { MetronomeError } from '../metronome-error.js';
import { type Observable, Store } from '../store.js';
import type { NewTimer, RoomTimer, SessionType, Timer, TimerList } from '../types.js';
import { Events, type MessageListener } from './events.js';
import { type Address, type CommandOptions, type Endpoint, Line, type LineOptions } from './line.js';
import type {
  CommandType,
  Dialect,
  ServerMessage,
  ServerMessages,
  ServerMessageType,
  SocketState,
} from './messages.js';

export interface TimerSocketOptions {
  /** In which all times are told; UTC when not given (v1.md 1.5). */
  readonly timezone?: string;
  /** How frames are worded; what one gets to see is the same. */
  readonly dialect?: Dialect;
}

export interface TimersState extends TimersSnapshot, SocketState {
  /** Whose timers these are; null before the first connection. */
  readonly userId: string | null;
  /** The timers of the rooms that one has joined here, by the rooms' ids. */
  readonly rooms: Readonly<Record<string, RoomTimer>>;
}

/** Where sockets come from. */
export interface SocketContext extends Omit<LineOptions, 'renew'> {
  readonly http: Http;
  readonly auth: Auth;
}

/**
 * One's timers as they are now, on every device alike (realtime.md, `/v1/ws/timers`): commands go out, what happens comes
 * in, whichever device or API did it. A connection that is cut comes back by itself, with all that was missed.
 */
export class TimerSocket {
  private readonly line: Line;
  private readonly shelf = new TimerShelf();
  private readonly events = new Events();
  private readonly store: Store<TimersState>;
  private readonly followed = new Set<string>();
  /** Names by the ids of the rooms that were joined. */
  private readonly joined = new Map<string, string | undefined>();
  private rooms: TimersState['rooms'] = {};
  private followsShared = false;
  readonly state: Observable<TimersState>;

  constructor(
    private readonly context: SocketContext,
    private readonly options: TimerSocketOptions = {},
  ) {
    const { auth } = context;
    this.line = new Line(this.endpoint(), { ...context, renew: (refused) => auth.fresh(refused) });
    this.store = new Store<TimersState>(this.now(null));
    this.state = this.store;
    this.line.state.subscribe(() => {
      this.show();
    });
  }

  /** Opens it, and keeps it open. */
  open(): this {
    this.line.open();
    return this;
  }

  close(): void {
    this.line.close();
  }

  /** Resolves when the timers are known. @throws MetronomeError when it is closed, or cannot be opened */
  ready(): Promise<void> {
    return this.line.ready();
  }

  /** Hears every message of a type, `(payload, message)`, after it has been merged. @returns a function that ends it */
  on<Type extends ServerMessageType>(type: Type, listener: MessageListener<Type>): () => void {
    return this.events.on(type, listener);
  }

  /** Starts a timer; others go on. @throws MetronomeError CREATE_FAILED, and as all of these `Line.command`'s */
  start(timer: NewTimer, options?: CommandOptions): Promise<Timer> {
    return this.control('timer.create', timer, options);
  }

  pause(id: string, options?: CommandOptions): Promise<Timer> {
    return this.control('timer.pause', { timer_id: id }, options);
  }

  resume(id: string, options?: CommandOptions): Promise<Timer> {
    return this.control('timer.resume', { timer_id: id }, options);
  }

  stop(id: string, options?: CommandOptions): Promise<Timer> {
    return this.control('timer.stop', { timer_id: id }, options);
  }

  cancel(id: string, options?: CommandOptions): Promise<Timer> {
    return this.control('timer.cancel', { timer_id: id }, options);
  }

  /** One's newest 200 timers, ended ones included; `timers.list()` goes further back. */
  async sync(): Promise<TimerList> {
    const list = await this.list({ scope: 'all' });
    this.shelf.put(...list.timers);
    this.show();
    return list;
  }

  /** The running and paused timers that others share with oneself; they and new ones are in `state.shared` from now on. */
  async followShared(): Promise<TimerList> {
    this.followsShared = true;
    const list = await this.list({ scope: 'shared' });
    this.shelf.put(...list.timers);
    if (list.truncated !== true) this.shelf.keepActive(list.timers, 'shared', this.followed);
    this.show();
    return list;
  }

  /** Somebody else's timer that one may read, such as a public one; it is in `state.shared` from now on. */
  async follow(id: string): Promise<Timer> {
    const timer = await this.control('timer.sync', { timer_id: id });
    this.followed.add(id);
    return timer;
  }

  /**
   * Takes part in a room from now on, over every reconnecting: its timer is in `state.rooms`, and what happens there is
   * told to `on` with a `room_id`. @param name when the account's is not to be shown
   */
  async joinRoom(roomId: string, name?: string): Promise<ServerMessages['room.joined']> {
    const answer = await this.line.command('room.join', { room_id: roomId, name });
    this.joined.set(roomId, name);
    return (answer as ServerMessage<'room.joined'>).payload;
  }

  async leaveRoom(roomId: string): Promise<void> {
    this.joined.delete(roomId);
    await this.line.command('room.leave', { room_id: roomId });
    this.rooms = Object.fromEntries(Object.entries(this.rooms).filter(([id]) => id !== roomId));
    this.show();
  }

  /** The timer of a room that one has joined. @param sessionType of `start` */
  controlRoom(
    roomId: string,
    verb: 'start' | 'pause' | 'resume' | 'reset',
    sessionType?: SessionType,
    options?: CommandOptions,
  ): Promise<RoomTimer> {
    return this.control(`timer.${verb}`, { room_id: roomId, session_type: sessionType }, options);
  }

  /** @returns the timer of its answer, a person's or a room's */
  private async control<Shown = Timer>(type: CommandType, payload: object, options?: CommandOptions): Promise<Shown> {
    const { payload: answer } = (await this.line.command(type, payload, options)) as { payload: { timer: unknown } };
    return answer.timer as Shown;
  }

  private async list(payload: object): Promise<TimerList> {
    return ((await this.line.command('timer.sync', payload)) as ServerMessage<'timer.sync_result'>).payload;
  }

  private endpoint(): Endpoint {
    return {
      dialect: this.options.dialect ?? 'type-payload',
      address: (since, refused) => this.address(since, refused),
      diagnose: async () => {
        await this.context.http.call('GET', '/v1/users/me');
        return null;
      },
      hear: (message) => {
        this.hear(message);
      },
      isWelcome: ({ type, id }) => type === 'timer.sync_result' && id === undefined,
      welcomed: () => void this.followAgain(),
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

  private hear(message: ServerMessage): void {
    this.merge(message);
    this.show();
    this.events.tell(message);
  }

  private merge(message: ServerMessage): void {
    switch (message.type) {
      case 'connected':
        this.know(message.payload.user_id);
        break;
      case 'timer.created':
      case 'timer.updated':
        this.shelf.put(message.payload.timer);
        break;
      case 'timer.deleted':
        this.shelf.remove(message.payload.timer_id, message.payload.revision);
        break;
      case 'room.timer':
        this.takeRoom(message.payload);
        break;
      case 'timer.sync_result':
        if (message.id === undefined) this.take(message.payload);
        break;
    }
  }

  /** All that is running or paused, as a newcomer is told. */
  private take({ timers, truncated }: TimerList): void {
    this.shelf.put(...timers);
    if (truncated !== true) this.shelf.keepActive(timers, 'own');
  }

  private takeRoom({ room_id: id = '', timer }: ServerMessages['room.timer']): void {
    if (timer.revision >= (this.rooms[id]?.revision ?? 0)) this.rooms = { ...this.rooms, [id]: timer };
  }

  /** Another person's timers are none of this one's. */
  private know(userId: string): void {
    if (this.store.get().userId !== userId) this.shelf.clear();
    this.show(userId);
  }

  /** A new connection follows nobody yet, and is in no room. */
  private async followAgain(): Promise<void> {
    for (const [id, name] of this.joined) this.joinRoom(id, name).catch(() => undefined);
    if (this.followsShared) await this.followShared().catch(() => undefined);
    for (const id of [...this.followed]) {
      await this.follow(id).catch((error: unknown) => {
        // Who may not read it any more has no place for it either; whoever was cut off asks again next time.
        if (!(error instanceof MetronomeError) || error.code !== 'SYNC_FAILED') return;
        this.followed.delete(id);
        this.shelf.remove(id);
        this.show();
      });
    }
  }

  /** Most messages change nothing: nobody is told then. */
  private show(userId = this.store.get().userId): void {
    const state = this.now(userId);
    const known = this.store.get();
    if (Object.entries(state).some(([key, value]) => known[key as keyof TimersState] !== value)) this.store.set(state);
  }

  private now(userId: string | null): TimersState {
    return { ...this.line.state.get(), ...this.shelf.get(), userId, rooms: this.rooms };
  }
}

/** A token travels as a subprotocol: what is in an address is written to logs. */
export const bearer = (token: string | undefined): string[] =>
  token === undefined ? [] : [`authorization.bearer.${token}`];

export const signedOut = (): MetronomeError =>
  new MetronomeError({ status: 401, code: 'HTTP_401', message: 'The session has ended' });

/** `https` becomes `wss`. */
export function socketUrl(base: string, path: string, query: Readonly<Record<string, string | undefined>>): string {
  const pairs = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const text = new URLSearchParams(pairs).toString();
  return `${base.replace(/^http/, 'ws')}${path}${text === '' ? '' : `?${text}`}`;
}
