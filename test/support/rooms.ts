import { RoomChanges } from '../../src/rooms/socket/room-changes.js';
import { Presence } from '../../src/room-people/presence.js';
import { type Device, type Frame, type Opening, type Sockets, startSockets } from './sockets.js';
import type { TestAppOptions } from './app.js';
import { type Reply, send, type Sent } from './send.js';
import { AT_NOON, HandClock } from './domain.js';
import { until } from './server.js';

/** Without the headers, to be compared as a whole. */
export const seen = ({ status, body }: Reply) => ({ status, body });
export const success = (data: unknown, message?: string, status = 200) => ({
  status,
  body: { status: 'success', data, ...(message === undefined ? {} : { message }) },
});
export const failure = (status: number, code: string, message: string, details?: unknown) => ({
  status,
  body: { status: 'error', error: { code, message, ...(details === undefined ? {} : { details }) } },
});
export const notFound = (rawId: string) => failure(404, 'ROOM_NOT_FOUND', `Room with id '${rawId}' not found`);

/** The people and rooms of one application, whose clock, ticker and presence are moved by hand. */
export interface House extends Omit<Sockets, 'later' | 'create'> {
  readonly presence: Presence;
  call(method: string, path: string, sent?: Sent): Promise<Reply>;
  /** A room, as `POST /rooms` makes it. */
  create(settings?: object, sent?: Sent): Promise<TestRoom>;
  /** Moves the clock; whoever is there stays there. */
  later(seconds: number): Promise<void>;
  /** The ticker looks once. */
  tick(): Promise<void>;
  /** The frames that each of these devices has received, once everything has arrived. */
  heardBy(...devices: readonly Device[]): Promise<Frame[][]>;
  /** Everything that a new connection is sent. */
  welcomed(device: Device): Promise<Frame[]>;
  /** The clock's whole second, and that many seconds later, as text. */
  at(seconds?: number): string;
}

/** Every house has a day of its own, since one clock only goes forward. */
export async function startHouse(options: TestAppOptions & { clock?: HandClock } = {}): Promise<House> {
  const sockets = await startSockets({ ...options, clock: options.clock ?? new HandClock(AT_NOON) });
  const presence = sockets.app.get(Presence);
  presence.beforeApplicationShutdown();
  const call = (method: string, path: string, sent?: Sent) => send(sockets.url, method, path, sent);
  const house: House = {
    ...sockets,
    presence,
    call,
    settle: async () => {
      await sockets.settle();
      await sockets.app.get(RoomChanges).settled();
    },
    create: async (settings = {}, sent = {}) => {
      const reply = await call('POST', '/api/v1/rooms', { ...sent, body: { room_name: 'team-alpha', ...settings } });
      expect(reply.status).toBe(201);
      return new TestRoom(house, reply);
    },
    later: async (seconds) => {
      const from = sockets.clock.ms / 1_000;
      // As in the product, the database is looked at every few seconds.
      for (let passed = 0; passed < seconds; passed += 5) presence.sight.seen(from + passed);
      sockets.clock.ms += seconds * 1_000;
      presence.sight.seen(from + seconds);
      await presence.keepAlive();
    },
    tick: async () => {
      while ((await sockets.store.completeDue(sockets.clock.ms, 100)).length > 0);
    },
    heardBy: async (...devices) => {
      await house.settle();
      const heard: Frame[][] = [];
      for (const device of devices) heard.push(await device.heard());
      return heard;
    },
    welcomed: async (device) => {
      await until(() => device.frames.length >= 2, 5_000);
      return (await house.heardBy(device)).flat();
    },
    at: (seconds = 0) => isoSecond(Math.ceil(sockets.clock.ms / 1_000) + seconds),
  };
  return house;
}

export const isoSecond = (seconds: number): string => new Date(seconds * 1_000).toISOString().replace('.000', '');

/** A room as its creator knows it. */
export class TestRoom {
  readonly id: string;
  readonly path: string;
  readonly hostToken: string;
  readonly createdAt: string;
  /** `name=value` of the host cookie. */
  readonly cookie: string;

  constructor(
    private readonly house: Pick<House, 'call' | 'open' | 'dataSource'>,
    readonly creation: Reply,
  ) {
    const { data } = creation.body as { data: { room_id: string; host_token: string; created_at: string } };
    this.id = data.room_id;
    this.path = `/api/v1/rooms/${data.room_id}`;
    this.hostToken = data.host_token;
    this.createdAt = data.created_at;
    this.cookie = creation.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  }

  get asHost() {
    return { headers: { 'X-Host-Token': this.hostToken } };
  }

  call(method: string, below = '', sent?: Sent): Promise<Reply> {
    return this.house.call(method, `${this.path}${below}`, sent);
  }

  timer(verb: 'start' | 'pause' | 'resume' | 'reset', sent?: Sent): Promise<Reply> {
    return this.call('POST', `/timer/${verb}`, sent);
  }

  /** What GET shows of the timer. */
  async state(): Promise<Frame> {
    const { body } = await this.call('GET');
    return (body as { data: { timer_state: Frame } }).data.timer_state;
  }

  /** How many people are present, as GET says. */
  async count(): Promise<unknown> {
    const { body } = await this.call('GET');
    return (body as { data: { current_participants: number } }).data.current_participants;
  }

  /** The stored presences by participant, the first to come first. */
  presences(): Promise<{ participant_id: string; open: number; closed: number }[]> {
    return this.house.dataSource.query(
      `SELECT participant_id, count(*) FILTER (WHERE went_at IS NULL)::int AS open,
         count(*) FILTER (WHERE went_at IS NOT NULL)::int AS closed
       FROM room_presence WHERE room_id = $1 GROUP BY participant_id ORDER BY min(came_at)`,
      [this.id],
    );
  }

  /** A socket, with what it is told on coming still to be looked at. */
  open(opening: Opening = {}): Promise<Device> {
    return this.house.open({ path: `/ws/room/${this.id}`, ...opening });
  }

  /** Somebody who has come: the timer, the list and, of a first tab, the join are taken. */
  async enter(opening: Opening = {}): Promise<Device> {
    const device = await this.open(opening);
    await device.until(() => device.frames.length >= 2);
    await device.heard();
    return device;
  }

  /** Joins over REST. */
  async join(name: string, sent: Sent = {}): Promise<{ participant_id: string; participant_token: string }> {
    const { status, body } = await this.call('POST', '/participants', { ...sent, body: { participant_name: name } });
    expect(status).toBe(201);
    return (body as { data: { participant_id: string; participant_token: string } }).data;
  }
}

/** The public id that somebody came under. */
export const idOf = (device: Device): string => {
  const joined = device.frames.find(({ event }) => event === 'participant_update');
  return (joined?.['data'] as { participant_id: string } | undefined)?.participant_id ?? '';
};

/** A room's timer (docs/spec/extensions.md#rooms) that is idle, with what differs. */
export const roomTimer = (differing: Frame = {}): Frame => ({
  status: 'idle',
  session_type: 'work',
  remaining_seconds: 1_500,
  target_timestamp: null,
  started_at: null,
  duration_seconds: 1_500,
  revision: 1,
  ...differing,
});

export const aChangeId = expect.stringMatching(/^[\w-]+$/) as string;

/** `timer_update` as it is broadcast in action/event. */
export const timerUpdate = (timer: Frame, timestamp: string): Frame => ({
  event: 'timer_update',
  data: timer,
  timestamp,
  change_id: aChangeId,
});

/** `timer_complete` as it is broadcast in action/event. */
export const timerComplete = (completed: 'work' | 'break', autoStart: boolean, timestamp: string): Frame => ({
  event: 'timer_complete',
  data: {
    completed_session_type: completed,
    next_session_type: completed === 'work' ? 'break' : 'work',
    auto_start: autoStart,
  },
  timestamp,
  change_id: aChangeId,
});

export const people = (action: 'joined' | 'left', id: string, name: string, count: number, at: string): Frame => ({
  event: 'participant_update',
  data: { action, participant: { id, name }, participant_id: id, current_count: count },
  timestamp: at,
});
