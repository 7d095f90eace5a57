import { setTimeout as sleep } from 'node:timers/promises';

import type { Client } from 'pg';

import { until } from '../support/server.js';
import { Answers, type Json, once } from './commands.js';
import { Delays, PersonalWatcher, RoomWatcher, type Watcher } from './watchers.js';

const PACE_MS = 200;
/** Rooms look whether their session is over this often. */
const ROOM_PACE_MS = 300;
const SESSION_SECONDS = { work: 2, break: 1 };
/** A person's timer: one command after the other, over and over. */
const CYCLE = ['start', 'pause', 'resume', 'pause', 'resume', 'stop'] as const;
type Verb = (typeof CYCLE)[number];

export interface LoadSize {
  readonly people: number;
  readonly legacyPeople: number;
  readonly rooms: number;
  readonly watchers: number;
}

const SIZE: LoadSize = { people: 6, legacyPeople: 2, rooms: 5, watchers: 200 };

interface Person {
  readonly id: string;
  readonly token: string;
  /** How many commands have been acknowledged, and the timer of the last one. */
  steps: number;
  timer: string;
  /** Revision and action of every acknowledged command, by timer. */
  readonly timers: Map<string, string[]>;
}

interface LegacyPerson {
  readonly id: string;
  readonly token: string;
  readonly started: string[];
  stopped: number;
}

interface Room {
  readonly id: string;
  sessions: number;
}

/** What a stretch of time was like for clients. */
export interface Report {
  readonly acknowledged: number;
  readonly answers: Record<string, number>;
  readonly 'longest time without an acknowledged command, ms': number;
  readonly 'slowest command, ms': number;
  readonly 'slowest news, ms': number;
  readonly 'last late news or reconnection after, ms': number;
  readonly reconnections: number;
}

/** A steady load of commands from all generations, and people who look on; and what has to be true of it afterwards. */
export class Load {
  answers = new Answers();
  readonly delays = new Delays();
  private readonly acknowledgedAt = new Map<string, number>();
  private people: Person[] = [];
  private legacyPeople: LegacyPerson[] = [];
  private rooms: Room[] = [];
  private personal: PersonalWatcher[] = [];
  private inRooms: RoomWatcher[] = [];
  private ofWhom = new Map<PersonalWatcher, Person>();
  private workers: Promise<void>[] = [];
  private isOver = true;
  private since = performance.now();

  private constructor(
    private readonly url: string,
    private database: Client,
  ) {}

  /** Signs everybody up and connects the watchers. */
  static async prepare(url: string, database: Client, size: LoadSize = SIZE): Promise<Load> {
    const load = new Load(url, database);
    for (let number = 0; number < size.people; number += 1) load.people.push(await load.signUp(`p${number}`));
    for (let number = 0; number < size.legacyPeople; number += 1) {
      load.legacyPeople.push(await load.signUpLegacy(`l${number}`));
    }
    for (let number = 0; number < size.rooms; number += 1) load.rooms.push(await load.openRoom(`room-${number}`));
    await load.connectWatchers(size.watchers);
    return load;
  }

  /** Another connection to the database, which was restarted. */
  use(database: Client): void {
    this.database = database;
  }

  /** Commands until {@link pause}. */
  start(): void {
    this.isOver = false;
    this.workers = [
      ...this.people.map((person) => this.work(person)),
      ...this.legacyPeople.map((person) => this.workLegacy(person)),
      ...this.rooms.map((room) => this.keepRunning(room)),
    ];
  }

  /** From now on the report counts anew. */
  beginStretch(): void {
    this.answers = new Answers();
    this.delays.reset();
    this.since = performance.now();
  }

  report(): Report {
    const { answers, delays, since } = this;
    const after = delays.lastTrouble === 0 ? 0 : delays.lastTrouble - since;
    return {
      acknowledged: answers.acknowledged,
      answers: Object.fromEntries(answers.counts),
      'longest time without an acknowledged command, ms': Math.round(answers.longestGapSince(since)),
      'slowest command, ms': Math.round(answers.slowestMs),
      'slowest news, ms': Math.round(delays.slowestMs),
      'last late news or reconnection after, ms': Math.round(after),
      reconnections: delays.reconnects,
    };
  }

  /** Every command is carried on with until it is acknowledged, then nobody begins another. */
  async pause(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.workers);
  }

  /** Everybody is connected and has been told the state. */
  async whole(withinMs = 15_000): Promise<void> {
    await until(
      () => this.watchers.every(({ isWhole }) => isWhole),
      withinMs,
      () => `${this.watchers.filter(({ isWhole }) => !isWhole).length} watchers are not connected`,
    );
  }

  /** Resolves when no room's watchers count people who are gone. */
  async countsRight(withinMs: number): Promise<void> {
    const wrong = () =>
      this.inRooms.filter(
        ({ roomId, people }) => people !== this.inRooms.filter((one) => one.roomId === roomId).length,
      );
    await until(
      () => wrong().length === 0,
      withinMs,
      () => `${wrong().length} count ${wrong()[0]?.people ?? 0} people`,
    );
  }

  /** Every acknowledged command once, every completion once, every watcher's state as the database has it. */
  async verify(): Promise<void> {
    await this.whole();
    await this.sessionsOver();
    await this.commandsAreOnce();
    await this.legacyCommandsAreOnce();
    await this.completionsAreOnce();
    await this.watchersKnow();
    expect(this.watchers.flatMap(({ repeated }) => repeated)).toEqual([]);
  }

  leave(): void {
    for (const watcher of this.watchers) watcher.leave();
  }

  private get watchers(): Watcher[] {
    return [...this.personal, ...this.inRooms];
  }

  private async signUp(name: string): Promise<Person> {
    const body = { email: `${name}@example.com`, password: 'correct horse', display_name: name };
    const answer = await once(this.url, { method: 'POST', path: '/v1/auth/signup', headers: {}, body }, this.answers);
    const token = String(answer?.body['access_token']);
    return { id: subjectOf(token), token, steps: 0, timer: '', timers: new Map() };
  }

  private async signUpLegacy(name: string): Promise<LegacyPerson> {
    const { id, token: bearer } = await this.signUp(name);
    const headers = { authorization: `Bearer ${bearer}` };
    const command = { method: 'POST', path: '/v1/auth/legacy-tokens', headers, body: { name } };
    const answer = await once(this.url, command, this.answers);
    return { id, token: String(answer?.body['token']), started: [], stopped: 0 };
  }

  /** Minutes are the shortest that clients can ask for. */
  private async openRoom(name: string): Promise<Room> {
    const body = { room_name: name, auto_start_break: true };
    const answer = await once(this.url, { method: 'POST', path: '/api/v1/rooms', headers: {}, body }, this.answers);
    const { room_id: id } = answer?.body['data'] as { room_id: string };
    await this.database.query('UPDATE room_clocks SET work_seconds = $2, break_seconds = $3 WHERE room_id = $1', [
      id,
      SESSION_SECONDS.work,
      SESSION_SECONDS.break,
    ]);
    return { id, sessions: 0 };
  }

  private async connectWatchers(count: number): Promise<void> {
    const { url, delays, acknowledgedAt } = this;
    for (let number = 0; number < count; number += 1) {
      const person = this.people[Math.floor(number / 2) % this.people.length];
      const room = this.rooms[Math.floor(number / 2) % this.rooms.length];
      if (number % 2 === 0 && person !== undefined) {
        const watcher = new PersonalWatcher(url, person.token, delays, acknowledgedAt);
        this.personal.push(watcher);
        this.ofWhom.set(watcher, person);
      } else if (room !== undefined) this.inRooms.push(new RoomWatcher(url, room.id, delays, acknowledgedAt));
    }
    for (const watcher of this.watchers) {
      watcher.connect();
      await sleep(2);
    }
    await this.whole();
  }

  /** Starts, pauses, resumes and stops one timer after the other; the last one is left as it is. */
  private async work(person: Person): Promise<void> {
    for (let step = person.steps, id = person.timer; !this.isOver; step += 1) {
      const verb = CYCLE[step % CYCLE.length] ?? 'start';
      const timer = await this.command(person, verb, id);
      id = String(timer['id']);
      this.note(person, timer, verb);
      person.steps = step + 1;
      person.timer = id;
      await sleep(PACE_MS);
    }
  }

  private async command({ token }: Person, verb: Verb, id: string): Promise<Json> {
    const headers = { authorization: `Bearer ${token}` };
    const start = { method: 'POST', path: '/v1/timers', headers, body: { allocated_duration: 1_500 } };
    const method = verb === 'stop' ? 'POST' : 'PATCH';
    const answer = await once(
      this.url,
      verb === 'start' ? start : { method, path: `/v1/timers/${id}/${verb}`, headers },
      this.answers,
    );
    return answer?.body ?? {};
  }

  private note({ timers }: Person, timer: Json, verb: Verb): void {
    const [id, revision] = [String(timer['id']), String(timer['revision'])];
    timers.set(id, [...(timers.get(id) ?? []), `${revision} ${verb}`]);
    this.acknowledgedAt.set(`${id} ${revision}`, performance.now());
  }

  private async workLegacy(person: LegacyPerson): Promise<void> {
    const headers = { authorization: `Token ${person.token}`, 'content-type': 'application/x-www-form-urlencoded' };
    while (!this.isOver) {
      const title = `title-${person.started.length}`;
      const body = `title=${title}`;
      await once(this.url, { method: 'POST', path: '/v1/user/timer/start/', headers, body }, this.answers);
      person.started.push(title);
      await sleep(PACE_MS);
      await once(this.url, { method: 'POST', path: '/v1/user/timer/stop/', headers, body: '' }, this.answers);
      person.stopped += 1;
      await sleep(PACE_MS);
    }
  }

  /** A room in which a session begins as soon as the last one and its break are over. */
  private async keepRunning(room: Room): Promise<void> {
    const refusal = (body: Json) => JSON.stringify(body).includes('TIMER_ALREADY_RUNNING');
    const command = { method: 'POST', path: `/api/v1/rooms/${room.id}/timer/start`, headers: {}, refusal };
    while (!this.isOver) {
      const answer = await once(this.url, command, this.answers);
      if (answer !== undefined) {
        room.sessions += 1;
        const timer = answer.body['data'] as { revision?: number; timer_state?: { revision: number } };
        const revision = timer.revision ?? timer.timer_state?.revision ?? 0;
        this.acknowledgedAt.set(`${room.id} ${revision}`, performance.now());
      }
      await sleep(ROOM_PACE_MS);
    }
  }

  private async sessionsOver(): Promise<void> {
    const live = async () => {
      const { rows } = await this.database.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM timers WHERE room_id = ANY ($1) AND ended_at IS NULL`,
        [this.rooms.map(({ id }) => id)],
      );
      return rows[0]?.count ?? 0;
    };
    await until(
      async () => (await live()) === 0,
      15_000,
      () => 'sessions are not completed',
    );
  }

  private async commandsAreOnce(): Promise<void> {
    const { rows } = await this.database.query<{ timer_id: string; steps: string[] }>(
      `SELECT timer_id, array_agg(revision || ' ' || action ORDER BY revision, id) AS steps FROM timer_changes
       WHERE owner = ANY ($1) GROUP BY timer_id ORDER BY timer_id`,
      [this.people.map(({ id }) => id)],
    );
    const acknowledged = this.people
      .flatMap(({ timers }) => [...timers])
      .sort(([one], [other]) => (one < other ? -1 : 1));
    expect(rows.map(({ timer_id: id, steps }) => [id, steps])).toEqual(acknowledged);
  }

  private async legacyCommandsAreOnce(): Promise<void> {
    for (const { id, started, stopped } of this.legacyPeople) {
      const { rows } = await this.database.query<{ title: string; status: string; revision: number }>(
        `SELECT title, status, revision FROM timers WHERE user_id = $1 ORDER BY started_at, id`,
        [id],
      );
      const expected = started.map((title, index) =>
        index < stopped ? { title, status: 'completed', revision: 2 } : { title, status: 'running', revision: 1 },
      );
      expect(rows).toEqual(expected);
    }
  }

  /** A session of work for each acknowledged start and a break after each, all over at their targets, each told once. */
  private async completionsAreOnce(): Promise<void> {
    for (const { id, sessions } of this.rooms) {
      const { rows } = await this.database.query(
        `SELECT t.session_type AS type, count(*)::int AS sessions,
           bool_and(t.status = 'completed' AND t.elapsed_time = t.allocated_duration
             AND t.ended_at = t.started_at + t.allocated_duration * interval '1 s') AS exact,
           (SELECT count(*)::int FROM timer_changes c JOIN timers x ON x.id = c.timer_id
             WHERE c.owner = $1 AND c.action = 'complete' AND x.session_type = t.session_type) AS completions
         FROM timers t WHERE t.room_id = $2 GROUP BY t.session_type ORDER BY t.session_type`,
        [id, id],
      );
      const of = (type: string) => ({ type, sessions, exact: true, completions: sessions });
      expect(rows).toEqual(sessions === 0 ? [] : [of('break'), of('work')]);
    }
  }

  private async watchersKnow(): Promise<void> {
    const [timers, rooms] = [await this.storedTimers(), await this.storedRooms()];
    const differing = () => [
      ...this.personal
        .map((watcher) => [Object.fromEntries(watcher.timers), timers.get(this.ofWhom.get(watcher)?.id ?? '') ?? {}])
        .filter(([seen, stored]) => !equal(seen, stored)),
      ...this.inRooms
        .map(({ timer, roomId }) => [timer, rooms.get(roomId)])
        .filter(([seen, stored]) => !equal(seen, stored)),
    ];
    await until(
      () => differing().length === 0,
      5_000,
      () => `${differing().length} watchers differ, one of them: ${JSON.stringify(differing()[0])}`,
    );
  }

  private async storedTimers(): Promise<Map<string, object>> {
    const { rows } = await this.database.query<{ user_id: string; timers: object }>(
      `SELECT user_id, jsonb_object_agg(id, jsonb_build_object('revision', revision, 'status', status)) AS timers
       FROM timers WHERE user_id = ANY ($1) AND ended_at IS NULL GROUP BY user_id`,
      [this.people.map(({ id }) => id)],
    );
    return new Map(rows.map(({ user_id: id, timers }) => [id, timers]));
  }

  private async storedRooms(): Promise<Map<string, object>> {
    const { rows } = await this.database.query<{ room_id: string; timer: object }>(
      `SELECT c.room_id, jsonb_build_object('revision', c.revision, 'status', coalesce(t.status, 'idle')) AS timer
       FROM room_clocks c LEFT JOIN timers t ON t.room_id = c.room_id AND t.ended_at IS NULL WHERE c.room_id = ANY ($1)`,
      [this.rooms.map(({ id }) => id)],
    );
    return new Map(rows.map(({ room_id: id, timer }) => [id, timer]));
  }
}

const subjectOf = (token: string): string =>
  (JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub: string }).sub;

const equal = (one: unknown, other: unknown): boolean => canonical(one) === canonical(other);

/** Objects with the same keys are equal in whatever order. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
