import { Auth, type TokenSource } from './auth.js';
import { type Fetch, Http } from './http.js';
import { Friends, Me, Visibilities } from './people.js';
import { Schedules, TagGroups, Tags, Todos } from './planning.js';
import { Rooms } from './rooms.js';
import { ServerClock } from './server-clock.js';
import { RoomSocket, type RoomSocketContext, type RoomSocketOptions } from './socket/room-socket.js';
import { TimerSocket, type TimerSocketOptions } from './socket/timer-socket.js';
import { type Timing, TIMING } from './socket/timing.js';
import { type WebSocketConstructor, webSocketOf } from './socket/web-socket.js';
import { LegacyTimer, Timers, TimerStatistics } from './timers.js';

export interface MetronomeOptions {
  /** The server, such as `https://timers.example.com`; browsers default to the page's own server. */
  readonly url?: string;
  /** Provides the current access token of users who sign in elsewhere (OpenID Connect). */
  readonly token?: TokenSource;
  /** Node 20 has no built-in one: `import { WebSocket } from 'ws'`. */
  readonly WebSocket?: WebSocketConstructor;
  readonly fetch?: Fetch;
  /** This machine's clock, milliseconds. */
  readonly now?: () => number;
  readonly timing?: Partial<Timing>;
}

/** A client of the Metronome server for one user. */
export class Metronome {
  /** The server's clock: `metronome.clock.now()` in milliseconds. */
  readonly clock: ServerClock;
  readonly auth: Auth;
  readonly timers: Timers;
  readonly statistics: TimerStatistics;
  readonly schedules: Schedules;
  readonly todos: Todos;
  readonly tags: Tags;
  readonly tagGroups: TagGroups;
  readonly friends: Friends;
  readonly visibility: Visibilities;
  readonly me: Me;
  readonly rooms: Rooms;
  private readonly http: Http;

  constructor(private readonly options: MetronomeOptions = {}) {
    const fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init));
    this.clock = new ServerClock(options.now);
    this.auth = new Auth(() => this.http, options.token);
    this.http = new Http(urlOf(options), fetch, this.clock, this.auth);
    this.timers = new Timers(this.http);
    this.statistics = new TimerStatistics(this.http);
    this.schedules = new Schedules(this.http);
    this.todos = new Todos(this.http);
    this.tags = new Tags(this.http);
    this.tagGroups = new TagGroups(this.http);
    this.friends = new Friends(this.http);
    this.visibility = new Visibilities(this.http);
    this.me = new Me(this.http);
    this.rooms = new Rooms(this.http);
  }

  /** A live view of the user's timers. `socket.open()` connects it. */
  timerSocket(options?: TimerSocketOptions): TimerSocket {
    return new TimerSocket(this.context(), options);
  }

  /** A live view of a room. `socket.open()` joins it. */
  roomSocket(roomId: string, options?: RoomSocketOptions): RoomSocket {
    return new RoomSocket(this.context(), roomId, options);
  }

  /** A {@link timerSocket} that is already connecting. */
  openTimers(options?: TimerSocketOptions): TimerSocket {
    return this.timerSocket(options).open();
  }

  /** A {@link roomSocket} that is already joining. */
  openRoom(roomId: string, options?: RoomSocketOptions): RoomSocket {
    return this.roomSocket(roomId, options).open();
  }

  /** The API of the legacy apps. @param token from `auth.legacyTokens.create()` */
  legacyTimer(token: string): LegacyTimer {
    return new LegacyTimer(this.http, token);
  }

  private context(): RoomSocketContext {
    const { http, auth, clock, rooms, options } = this;
    const timing = { ...TIMING, ...options.timing };
    return { http, auth, clock, rooms, timing, webSocket: () => webSocketOf(options.WebSocket) };
  }
}

function urlOf({ url }: MetronomeOptions): string {
  const { location } = globalThis as { readonly location?: { readonly origin: string } };
  const base = url ?? location?.origin;
  if (base === undefined) throw new Error('Metronome needs the url of its server');
  return base.replace(/\/+$/, '');
}
