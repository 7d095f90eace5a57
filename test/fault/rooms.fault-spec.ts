import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Client } from 'pg';

import { clientConfig, type DatabaseConnection } from '../../src/database/connection.js';
import { type Device, type Frame, hangUpAll, open, type Opening } from '../support/sockets.js';
import { isoSecond, roomTimer } from '../support/rooms.js';
import { send } from '../support/send.js';
import { createDatabase, urlOf } from '../support/database.js';
import { Control } from '../support/control.js';
import { FROM_DIST, Server, temporaryFolder, until } from '../support/server.js';

/**
 * Rooms with real processes: two instances at once, nobody connected, and an instance that is killed
 * (docs/spec/rooms.md#timer-of-a-room).
 */

/** `ROOM_CYCLE=1`: a minute is a minute. Otherwise the servers' clock goes ahead through most of it. */
const IN_REAL_TIME = process.env['ROOM_CYCLE'] === '1';
const MINUTE = 60_000;

let database: Client;
let connection: DatabaseConnection;
const instances: Instance[] = [];

/** A server process with a clock that can be set ahead. */
class Instance {
  url = '';
  private server: Server | undefined;
  readonly dataDir = temporaryFolder();
  private readonly control = new Control(this.dataDir);

  async start(): Promise<void> {
    const env = { DATABASE_URL: urlOf(connection), DATA_DIR: this.dataDir, METRONOME_TEST: '1' };
    this.server = new Server({
      env: { ...env, JWT_SECRET: 'a secret that both instances know, of some length' },
      command: FROM_DIST,
    });
    this.url = await this.server.listening();
  }

  async kill(): Promise<void> {
    await this.server?.kill();
  }

  async stop(): Promise<number | null | undefined> {
    return this.server?.stop();
  }

  setAhead(ms: number): Promise<void> {
    return this.control.setClock(ms);
  }

  /** While it is down. */
  comeBackAhead(ms: number): void {
    writeFileSync(join(this.dataDir, 'control-clock'), String(ms));
  }
}

/** How far the servers' clock is ahead of the database's, which is this machine's. */
let ahead = 0;
const now = () => Date.now() + ahead;

async function setAhead(ms: number): Promise<void> {
  ahead = ms;
  await Promise.all(instances.map((one) => one.setAhead(ms)));
}

beforeAll(async () => {
  connection = await createDatabase();
  database = new Client(clientConfig(connection));
  await database.connect();
  instances.push(new Instance(), new Instance());
  await Promise.all(instances.map((instance) => instance.start()));
}, 60_000);

afterEach(() => hangUpAll());

afterAll(async () => {
  expect(await Promise.all(instances.map((one) => one.stop()))).toEqual([0, 0]);
  await database.end();
}, 30_000);

const instance = (nth: number): Instance => instances[nth % 2] as Instance;

async function createRoom(settings: object = {}): Promise<string> {
  const body = { room_name: 'team-alpha', work_duration_minutes: 1, break_duration_minutes: 1, ...settings };
  const reply = await send(instance(0).url, 'POST', '/api/v1/rooms', { body });
  expect(reply.status).toBe(201);
  return (reply.body as { data: { room_id: string } }).data.room_id;
}

const call = (roomId: string, verb: string, nth = 0) =>
  send(instance(nth).url, 'POST', `/api/v1/rooms/${roomId}/timer/${verb}`);

async function stateOf(roomId: string, nth = 0): Promise<Frame> {
  const { body } = await send(instance(nth).url, 'GET', `/api/v1/rooms/${roomId}`);
  return (body as { data: { timer_state: Frame } }).data.timer_state;
}

const enter = (roomId: string, nth: number, opening: Opening = {}): Promise<Device> =>
  open(instance(nth).url, { path: `/ws/room/${roomId}`, ...opening });

interface Session {
  session_type: string;
  status: string;
  began: number;
  ended: number | null;
}

async function sessionsOf(roomId: string): Promise<Session[]> {
  const { rows } = await database.query<Session>(
    `SELECT session_type, status, extract(epoch from started_at)::float8 AS began, extract(epoch from ended_at)::float8 AS ended
     FROM timers WHERE room_id = $1 ORDER BY started_at, id`,
    [roomId],
  );
  return rows;
}

async function completionsOf(roomId: string): Promise<number[]> {
  const { rows } = await database.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM timer_changes WHERE owner = $1 AND action = 'complete' GROUP BY timer_id`,
    [roomId],
  );
  return rows.map(({ count }) => count);
}

/** Seconds since the epoch. */
const targetOf = (timer: Frame): number => Date.parse(String(timer['target_timestamp'])) / 1_000;

it('60 who join a room of 50 at once at two instances: 50 are in, 10 are told over HTTP', async () => {
  const roomId = await createRoom();
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, nth) =>
      enter(roomId, nth).then(
        () => 101,
        (error: unknown) => Number(/\d{3}$/.exec(String(error))?.[0]),
      ),
    ),
  );
  expect(answers.filter((status) => status === 101)).toHaveLength(50);
  expect(answers.filter((status) => status === 409)).toHaveLength(10);
  const { rows } = await database.query(
    `SELECT count(*)::int AS places, count(DISTINCT participant_id)::int AS people, count(DISTINCT instance)::int AS instances
     FROM room_presence WHERE room_id = $1 AND went_at IS NULL`,
    [roomId],
  );
  expect(rows).toEqual([{ places: 50, people: 50, instances: 2 }]);
  const { body } = await send(instance(1).url, 'GET', `/api/v1/rooms/${roomId}`);
  expect(body).toMatchObject({ data: { current_participants: 50, max_participants: 50 } });
});

it('50 who start, pause and reset in the same instant at two instances: one transition each, told once', async () => {
  const roomId = await createRoom({ work_duration_minutes: 25 });
  const devices = await Promise.all(Array.from({ length: 50 }, (_, nth) => enter(roomId, nth)));
  const everybodyKnows = (device: Device) => device.frames.some(({ data }) => (data as Frame)['current_count'] === 50);
  await until(() => devices.every(everybodyKnows), 10_000);
  const together = async (action: string, refusal: string | undefined) => {
    const before = devices.map(({ frames }) => frames.length);
    for (const [nth, device] of devices.entries()) device.say({ action, id: nth });
    const heardBy = (nth: number) => devices[nth]?.frames.slice(before[nth]) ?? [];
    const answerOf = (nth: number) => heardBy(nth).find(({ id }) => id === nth);
    const updatesOf = (nth: number) => heardBy(nth).filter(({ event }) => event === 'timer_update');
    await until(() => devices.every((_, nth) => answerOf(nth) && updatesOf(nth).length > 0), 10_000);
    // What was told twice would come with the next reading of the log.
    await sleep(1_200);
    const answers = devices.map((_, nth) => answerOf(nth));
    const codes = answers.flatMap((answer) => (answer?.['error'] as Frame | undefined)?.['code'] ?? []);
    expect(codes).toEqual(refusal === undefined ? [] : Array.from({ length: 49 }, () => refusal));
    const broadcasts = devices.map((_, nth) =>
      updatesOf(nth).filter(({ id }) => refusal !== undefined || id === undefined),
    );
    if (refusal === undefined) expect(broadcasts.every(({ length }) => length <= 1)).toBe(true);
    else expect(broadcasts.map(({ length }) => length)).toEqual(devices.map(() => 1));
    // The second at which it is told is each instance's own.
    const shown = (data: unknown) => JSON.stringify({ ...(data as Frame), remaining_seconds: undefined });
    return new Set(devices.flatMap((_, nth) => updatesOf(nth)).map(({ data }) => shown(data))).size;
  };
  expect(await together('start_timer', 'TIMER_ALREADY_RUNNING')).toBe(1);
  expect(await together('pause_timer', 'TIMER_NOT_RUNNING')).toBe(1);
  expect(await together('reset_timer', undefined)).toBe(1);
  expect(await stateOf(roomId, 1)).toEqual(
    roomTimer({ revision: 4, remaining_seconds: 1_500, duration_seconds: 1_500 }),
  );
  expect(await sessionsOf(roomId)).toMatchObject([{ status: 'cancelled' }]);
}, 60_000);

it('with no socket and no request the completed row and the break are there within a second of the target', async () => {
  const roomId = await createRoom();
  const { body } = await call(roomId, 'start');
  const target = targetOf((body as { data: Frame }).data);
  await setAhead(ahead + target * 1_000 - now() - 1_500);
  const seen: number[] = [];
  for (const [count, at] of [
    [1, target],
    [2, target + 60],
  ] as const) {
    if (count === 2) await setAhead(ahead + at * 1_000 - now() - 1_500);
    await until(async () => (await completionsOf(roomId)).length === count, 5_000);
    seen.push(now() - at * 1_000);
  }
  process.stdout.write(`completed rows seen ${seen.map(Math.round).join(' and ')} ms after their targets\n`);
  for (const lateness of seen) {
    expect(lateness).toBeGreaterThanOrEqual(0);
    expect(lateness).toBeLessThan(1_000);
  }
  expect(await sessionsOf(roomId)).toEqual([
    { session_type: 'work', status: 'completed', began: target - 60, ended: target },
    { session_type: 'break', status: 'completed', began: target, ended: target + 60 },
  ]);
  expect(await completionsOf(roomId)).toEqual([1, 1]);
}, 30_000);

it('SIGKILL in mid session, and back two phases later: both ends at their instants, each once; presence to within 10 s', async () => {
  const signedUp = await send(instance(1).url, 'POST', '/v1/auth/signup', {
    body: { email: 'alice@example.com', password: 'correct horse', display_name: 'Alice' },
  });
  const { access_token: token } = signedUp.body as { access_token: string };
  const roomId = await createRoom();
  const bystander = await enter(roomId, 0);
  await enter(roomId, 1, { token });
  const { body } = await call(roomId, 'start', 1);
  const target = targetOf((body as { data: Frame }).data);
  await sleep(11_500);
  await instances[1]?.kill();
  const killedAt = now();
  // The other one is not there to see to it.
  await instances[0]?.kill();
  ahead += target * 1_000 + 1.5 * MINUTE - now();
  for (const one of instances) one.comeBackAhead(ahead);
  await Promise.all(instances.map((one) => one.start()));
  const serves = now();
  await until(async () => (await completionsOf(roomId)).length === 2, 5_000);
  process.stdout.write(`both phases written ${now() - serves} ms after it served again\n`);
  expect(await sessionsOf(roomId)).toEqual([
    { session_type: 'work', status: 'completed', began: target - 60, ended: target },
    { session_type: 'break', status: 'completed', began: target, ended: target + 60 },
  ]);
  expect(await completionsOf(roomId)).toEqual([1, 1]);
  expect(await stateOf(roomId)).toEqual(roomTimer({ remaining_seconds: 60, duration_seconds: 60, revision: 4 }));
  await bystander.closed;

  const presence = async () => {
    const { rows } = await database.query<{ came: number; went: number | null }>(
      `SELECT extract(epoch from came_at)::float8 AS came, extract(epoch from went_at)::float8 AS went FROM room_presence
       WHERE room_id = $1 AND user_id IS NOT NULL`,
      [roomId],
    );
    return rows[0];
  };
  await until(async () => (await presence())?.went !== null, 30_000);
  const went = (await presence())?.went ?? 0;
  const [kept] = (await send(instance(0).url, 'GET', '/v1/timers?type=room', { token })).body as {
    elapsed_time: number;
  }[];
  const lost = killedAt / 1_000 - went;
  process.stdout.write(`${lost.toFixed(1)} s of presence lost by the kill, ${String(kept?.elapsed_time)} s kept\n`);
  expect(lost).toBeGreaterThanOrEqual(0);
  // And what writing it down takes.
  expect(lost).toBeLessThanOrEqual(10.25);
  expect(kept?.elapsed_time).toBe(Math.floor(went) - (target - 60));
}, 90_000);

it(
  `two browsers' worth of clients over a cycle of a minute's work and a minute's break${IN_REAL_TIME ? '' : ', cut short'}`,
  async () => {
    const roomId = await createRoom();
    const clients = await Promise.all([0, 1, 2, 3].map((nth) => enter(roomId, nth, dialectOf(nth))));
    await Promise.all(clients.map((client) => heardCount(client, 3)));
    const { body } = await call(roomId, 'start');
    const target = targetOf((body as { data: Frame }).data);
    const latenesses: number[] = [];

    await throughPhase(target, clients, roomId);
    latenesses.push(...(await completions(clients, target, 'work')));
    await throughPhase(target + 60, clients, roomId);
    latenesses.push(...(await completions(clients, target + 60, 'break')));

    process.stdout.write(`timer_complete ${latenesses.map(Math.round).join(', ')} ms after the target\n`);
    for (const lateness of latenesses) {
      expect(lateness).toBeGreaterThanOrEqual(0);
      expect(lateness).toBeLessThan(1_000);
    }
    expect(await completionsOf(roomId)).toEqual([1, 1]);
    expect(await stateOf(roomId, 1)).toMatchObject({ status: 'idle', session_type: 'work' });
  },
  IN_REAL_TIME ? 180_000 : 60_000,
);

const dialectOf = (nth: number): Opening => ({ query: { dialect: nth < 2 ? 'action-event' : 'type-payload' } });
const heardCount = (client: Device, count: number) => until(() => client.frames.length >= count, 10_000);

/** The room's timer as a client was told it last. */
function lastTimer({ frames }: Device): Frame {
  const timers: unknown[] = frames.flatMap(({ event, data, type, payload }) => {
    if (event === 'timer_update') return [data];
    return type === 'timer.updated' ? [(payload as { timer: Frame }).timer] : [];
  });
  return (timers.at(-1) ?? {}) as Frame;
}

/** Everybody counts down to the same target; one of them loses the network on the way, and is back in step. */
async function throughPhase(target: number, clients: Device[], roomId: string): Promise<void> {
  await until(() => clients.every((client) => targetOf(lastTimer(client)) === target), 10_000);
  const [lost] = clients;
  lost?.hangUp();
  await sleep(IN_REAL_TIME ? 10_000 : 500);
  const back = await enter(roomId, 1);
  await heardCount(back, 1);
  expect(targetOf(lastTimer(back))).toBe(target);
  clients[0] = back;
  if (!IN_REAL_TIME) await setAhead(ahead + target * 1_000 - now() - 2_000);
}

/** @returns how long after the target each client was told of it, milliseconds */
async function completions(clients: readonly Device[], target: number, which: 'work' | 'break'): Promise<number[]> {
  const isOver = ({ event, data, type, payload }: Frame) =>
    (event === 'timer_complete' || type === 'timer.completed') &&
    ((data ?? payload) as Frame)['completed_session_type'] === which;
  const at = clients.map(async (client) => {
    await until(() => client.frames.some(isOver), 70_000);
    return now() - target * 1_000;
  });
  const latenesses = await Promise.all(at);
  await until(
    () => clients.every((client) => Number(lastTimer(client)['revision']) === (which === 'work' ? 3 : 4)),
    5_000,
  );
  for (const client of clients) {
    expect(client.frames.filter(isOver)).toHaveLength(1);
    expect(client.frames.find(isOver)).toMatchObject({ timestamp: isoSecond(target) });
    if (which === 'work')
      expect(lastTimer(client)).toMatchObject({ started_at: isoSecond(target), session_type: 'break' });
    else expect(lastTimer(client)).toMatchObject({ started_at: null, session_type: 'work' });
  }
  return latenesses;
}
