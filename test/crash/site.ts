import { Client } from 'pg';

import { type CrashPoint } from '../../src/common/crash-point.js';
import { clientConfig } from '../../src/database/connection.js';
import { createDatabase, urlOf } from '../support/database.js';
import { Control } from '../support/control.js';
import { FROM_DIST, Server, temporaryFolder, until } from '../support/server.js';
import { type Json, PersonalDevice, RoomTab, send, type TimerSeen } from './clients.js';
import { problemsIn, Record } from './invariants.js';
import { type Keyed, Ledger } from './ledger.js';
import { load, type Person, type Room } from './load.js';
import type { Random } from './random.js';

const PEOPLE = 2;
const ROOMS = 4;
const TABS = 3;
const DEVICES = 2;
/** How often a point is passed before it ends the server, at most. */
const PASSES: { readonly [point in CrashPoint]: number } = {
  'after-decide': 80,
  'before-commit': 80,
  'after-commit': 80,
  'mid-fan-out': 160,
  'mid-sweep': 2,
  'before-break': 4,
};
/** A point that is not reached in this time is no point any more. */
const REACHED_WITHIN_MS = 20_000;
/** Commands with a key that are sent again, the last ones. */
const REPEATED = 6;
/** docs/benchmarks.md#results. */
const CAUGHT_UP_WITHIN_MS = 2_000;

export interface Kill {
  readonly point: CrashPoint;
  readonly onPass: number;
  /** Commands that had been acknowledged. */
  readonly acknowledged: number;
  readonly problems: readonly string[];
  /** From the kill to the port that listens again, and from there to clients that have everything; milliseconds. */
  readonly downMs: number;
  readonly caughtUpMs: number;
}

/** A server that is killed again and again, its database, and people who go on. */
export class CrashSite {
  private readonly dataDir = temporaryFolder();
  private readonly control = new Control(this.dataDir);
  private offsetMs = 0;
  private people: Person[] = [];

  private constructor(
    private readonly random: Random,
    private readonly database: Client,
    private readonly databaseUrl: string,
    private server: Server,
    private url: string,
  ) {}

  static async open(random: Random): Promise<CrashSite> {
    const connection = await createDatabase();
    const database = new Client({ ...clientConfig(connection), query_timeout: 0 });
    // The end of the test's PostgreSQL after a failure is no news.
    database.on('error', () => undefined);
    await database.connect();
    const databaseUrl = urlOf(connection);
    const site = new CrashSite(random, database, databaseUrl, undefined as unknown as Server, '');
    await site.start();
    site.people = await Promise.all(Array.from({ length: PEOPLE }, (_, index) => site.signUp(`p${index}@example.com`)));
    return site;
  }

  async close(): Promise<void> {
    for (const { devices } of this.people) for (const device of devices) device.close();
    await this.database.end();
    await this.server.kill();
  }

  /** Kills the server at a point, under load, and looks at what is there when it is back. */
  async kill(point: CrashPoint): Promise<Kill> {
    const ledger = new Ledger();
    const mark = await this.markOfLog();
    const rooms = await Promise.all(Array.from({ length: ROOMS }, () => this.openRoom()));
    await Promise.all(this.clients(rooms).map((client) => client.connect(this.url)));
    const onPass = this.random.between(1, PASSES[point]);
    await this.control.armCrash(point, onPass);
    const { url, control, random, server, people } = this;
    const later = (seconds: number) => this.later(seconds);
    const isOver = () => server.hasEnded;
    const [quietRoom, ...used] = rooms as [Room, ...Room[]];
    const working = load({ url, control, random, ledger, people, rooms: used, quietRoom, isOver, later });
    await until(isOver, REACHED_WITHIN_MS, () => `${point} is not reached, pass ${onPass}`);
    const killedAt = performance.now();
    await working;
    await this.start();
    const backAt = performance.now();
    const problems = await this.problems(ledger, mark, rooms, backAt);
    const caughtUpMs = performance.now() - backAt;
    await this.tidyUp(rooms);
    return { point, onPass, acknowledged: ledger.size, problems, downMs: backAt - killedAt, caughtUpMs };
  }

  private async start(): Promise<void> {
    const env = {
      DATA_DIR: this.dataDir,
      DATABASE_URL: this.databaseUrl,
      METRONOME_TEST: '1',
      JWT_SECRET: 'a secret of the tests, long enough for HS256',
      JWT_ACCESS_TTL: '24h',
      LOG_LEVEL: 'warn',
    };
    this.server = new Server({ env, command: FROM_DIST });
    this.url = await this.server.listening();
  }

  private async signUp(email: string): Promise<Person> {
    const body = { email, password: 'correct horse' };
    const signedUp = await send(this.url, 'POST', '/v1/auth/signup', { body });
    const signedIn = await send(this.url, 'POST', '/v1/user/token/', {
      body: { username: email, password: body.password },
    });
    const token = signedUp?.body['access_token'] as string;
    const me = await send(this.url, 'GET', '/v1/users/me', { headers: { Authorization: `Bearer ${token}` } });
    const devices = Array.from({ length: DEVICES }, () => new PersonalDevice(token));
    return { id: me?.body['id'] as string, token, legacyToken: signedIn?.body['token'] as string, devices };
  }

  private async openRoom(): Promise<Room> {
    const body = { room_name: 'a-room', work_duration_minutes: 1, break_duration_minutes: 1 };
    const made = await send(this.url, 'POST', '/api/v1/rooms', { body });
    const id = (made?.body['data'] as Json)['room_id'] as string;
    return { id, tabs: Array.from({ length: TABS }, () => new RoomTab(id)) };
  }

  private clients(rooms: readonly Room[]): (PersonalDevice | RoomTab)[] {
    return [...this.people.flatMap(({ devices }) => devices), ...rooms.flatMap(({ tabs }) => tabs)];
  }

  private async later(seconds: number): Promise<void> {
    this.offsetMs += seconds * 1_000;
    await this.control.setClock(this.offsetMs);
  }

  private async markOfLog(): Promise<string> {
    const { rows } = await this.database.query<{ mark: string }>(
      `SELECT coalesce(max(id), 0)::text AS mark FROM timer_changes`,
    );
    return rows[0]?.mark ?? '0';
  }

  private async problems(ledger: Ledger, mark: string, rooms: readonly Room[], backAt: number): Promise<string[]> {
    await Promise.all(this.clients(rooms).map((client) => client.connect(this.url)));
    const left = CAUGHT_UP_WITHIN_MS - (performance.now() - backAt);
    const late = await until(async () => (await this.differences(rooms)).length === 0, left).then(
      () => [],
      () => this.differences(rooms),
    );
    const repeated = await Promise.all(ledger.keyed.slice(-REPEATED).map((command) => this.repeat(command, ledger)));
    const record = await Record.since(this.database, mark);
    return [...late, ...repeated.flat(), ...problemsIn(record, ledger, this.people, rooms)];
  }

  /** A command with a key is sent once more: what had happened is answered as it was, and happens no second time. */
  private async repeat({ path, method, headers, answer, timerId, verb }: Keyed, ledger: Ledger): Promise<string[]> {
    const first = answer ?? (await send(this.url, method, path, { headers }));
    if (answer === undefined && first?.status === 200) ledger.note(timerId, first.body['revision'], verb);
    const again = await send(this.url, method, path, { headers });
    if (first?.status !== 200) return [];
    const same = again?.status === 200 && JSON.stringify(again.body) === JSON.stringify(first.body);
    const told = again?.headers.get('idempotency-replayed') === 'true';
    return same && told ? [] : [`${method} ${path} is answered ${JSON.stringify(again)} when it is repeated`];
  }

  /** What clients show and REST does not, and the other way round; and what is overdue. */
  private async differences(rooms: readonly Room[]): Promise<string[]> {
    const people = await Promise.all(this.people.map((person) => this.differencesOf(person)));
    const inRooms = await Promise.all(rooms.map((room) => this.differencesIn(room)));
    const { now } = await this.control.now();
    const overdue = await this.database.query(
      `SELECT timer_id FROM timer_deadlines WHERE deadline_at <= to_timestamp($1) - interval '1 s'`,
      [now / 1_000],
    );
    return [...people, ...inRooms, overdue.rows.map((row) => `overdue: ${JSON.stringify(row)}`)].flat();
  }

  private async differencesOf({ token, devices }: Person): Promise<string[]> {
    const headers = { Authorization: `Bearer ${token}` };
    const answer = await send(this.url, 'GET', '/v1/timers?limit=1000', { headers });
    const there = answer?.body as unknown as TimerSeen[];
    return devices.flatMap(({ timers }) => {
      const missing = there.filter((timer) => essence(timer) !== essence(timers.get(timer.id)));
      const gone = [...timers.keys()].filter((id) => !there.some((timer) => timer.id === id));
      return [
        ...missing.map((timer) => `a device shows ${essence(timers.get(timer.id))}, REST ${essence(timer)}`),
        ...gone.map((id) => `a device shows ${id}, which is not there`),
      ];
    });
  }

  private async differencesIn({ id, tabs }: Room): Promise<string[]> {
    const answer = await send(this.url, 'GET', `/api/v1/rooms/${id}`);
    const there = shown((answer?.body['data'] as Json)['timer_state'] as Json);
    return tabs
      .map(({ state }) => shown(state ?? {}))
      .filter((state) => state !== there)
      .map((state) => `a tab shows ${state}, REST ${there}`);
  }

  /** Ends what is open, so that the next kill finds a quiet server and small histories. */
  private async tidyUp(rooms: readonly Room[]): Promise<void> {
    for (const client of this.clients(rooms)) client.close();
    for (const { token, devices } of this.people) {
      const headers = { Authorization: `Bearer ${token}` };
      const ids = devices.flatMap(({ timers }) => [...timers.keys()]);
      await Promise.all([...new Set(ids)].map((id) => send(this.url, 'DELETE', `/v1/timers/${id}`, { headers })));
      for (const { timers } of devices) timers.clear();
    }
    await Promise.all(rooms.map(({ id }) => send(this.url, 'POST', `/api/v1/rooms/${id}/timer/reset`)));
  }
}

/** What of a timer does not change while one looks. */
const essence = (timer: TimerSeen | undefined): string =>
  JSON.stringify([timer?.id, timer?.revision, timer?.['status'], timer?.['pause_history'], timer?.['title']]);

const shown = ({ status, session_type, started_at, target_timestamp, revision }: Json): string =>
  JSON.stringify([status, session_type, started_at, target_timestamp, revision]);
