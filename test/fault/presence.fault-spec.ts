import { Client } from 'pg';

import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { clientConfig } from '../../src/database/connection.js';
import { type Device, type Frame, hangUpAll, open } from '../support/sockets.js';
import { send } from '../support/send.js';
import { urlOf } from '../support/database.js';
import { Control } from '../support/control.js';
import { FROM_DIST, Server, temporaryFolder, until } from '../support/server.js';

/** Who is where, while the database goes away and comes back, with real processes (docs/spec/rooms.md#presence). */

/** `npm run lab -- presence 10` before a release. */
const ROUNDS = Number(process.env['PRESENCE_ROUNDS'] ?? '1');
const ROOMS = 20;
const CUT_IN_ROOM = 50;
const STAYING_IN_ROOM = 2;
/** What a socket's end may take to be noticed on a busy machine. */
const NOTICED_WITHIN_S = 5;

let dataDir: string;
let postgres: EmbeddedPostgres;
let instances: { server: Server; url: string; control: Control }[];
let rooms: string[];

const urlAt = (nth: number): string => instances[nth % instances.length]?.url ?? '';

beforeAll(async () => {
  dataDir = temporaryFolder();
  postgres = await startEmbeddedPostgres({ dataDir, log: () => undefined });
  instances = [];
  for (let nth = 0; nth < 2; nth += 1) {
    const own = temporaryFolder();
    const env = {
      DATABASE_URL: urlOf(postgres.connection),
      DATA_DIR: own,
      METRONOME_TEST: '1',
      JWT_SECRET: 'a secret that both instances know, of some length',
      ROOM_MAX_PARTICIPANTS: '100',
    };
    const server = new Server({ env, command: FROM_DIST });
    instances.push({ server, url: await server.listening(), control: new Control(own) });
  }
}, 120_000);

beforeEach(async () => {
  rooms = [];
  for (let nth = 0; nth < ROOMS; nth += 1) {
    const { body } = await send(urlAt(0), 'POST', '/api/v1/rooms', { body: { room_name: `room-${nth}` } });
    rooms.push((body as { data: { room_id: string } }).data.room_id);
  }
});

afterEach(() => hangUpAll());

afterAll(async () => {
  expect(await Promise.all(instances.map(({ server }) => server.stop()))).toEqual([0, 0]);
  await postgres.stop();
}, 60_000);

async function signUp(name: string): Promise<string> {
  const body = { email: `${name}@example.com`, password: 'correct horse', display_name: name };
  return ((await send(urlAt(0), 'POST', '/v1/auth/signup', { body })).body as { access_token: string }).access_token;
}

const enter = (roomId: string, nth: number, name: string, token?: string): Promise<Device> =>
  open(urlAt(nth), { path: `/ws/room/${roomId}`, query: { name }, ...(token === undefined ? {} : { token }) });

/** A few at a time: a wave of handshakes is not what is tried here. */
async function enterAll(openings: readonly (() => Promise<Device>)[]): Promise<Device[]> {
  const devices: Device[] = [];
  for (let from = 0; from < openings.length; from += 50) {
    const opened = await Promise.all(openings.slice(from, from + 50).map((opening) => opening()));
    await until(() => opened.every(({ frames }) => frames.length >= 2), 20_000);
    devices.push(...opened);
  }
  return devices;
}

async function query<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new Client(clientConfig(postgres.connection));
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

async function openEntries(): Promise<number> {
  const rows = await query<{ count: number }>(
    `SELECT count(*)::int AS count FROM room_presence WHERE went_at IS NULL AND room_id = ANY($1)`,
    [rooms],
  );
  return rows[0]?.count ?? -1;
}

const isReady = async (nth: number): Promise<boolean> => {
  const { status } = await fetch(`${urlAt(nth)}/health/ready`).catch(() => ({ status: 0 }));
  return status === 200;
};

async function countOf(roomId: string, nth: number): Promise<number> {
  const { body } = await send(urlAt(nth), 'GET', `/api/v1/rooms/${roomId}`);
  return (body as { data: { current_participants: number } }).data.current_participants;
}

interface Told {
  readonly action: string;
  readonly name: string;
  readonly count: number;
}

/** What a device was told of people since it had so many frames. */
const peopleTold = ({ frames }: Device, from = 0): Told[] =>
  frames.slice(from).flatMap(({ event, data }) => {
    if (event !== 'participant_update') return [];
    const { action, participant, current_count: count } = data as Record<string, unknown>;
    return [{ action: String(action), name: String((participant as Frame)['name']), count: Number(count) }];
  });

it(
  '1,000 sockets of 20 rooms are cut while the database restarts: no ghost, no wrong credit, nothing told of who stayed',
  async () => {
    const [leaver, stayer] = [await signUp('leaver'), await signUp('stayer')];
    const staying = await enterAll(
      rooms.flatMap((roomId, nth) => [
        () => enter(roomId, nth, 'stays', stayer),
        () => enter(roomId, nth + 1, 'stays too'),
      ]),
    );
    for (let round = 1; round <= ROUNDS; round += 1) {
      await Promise.all(staying.map((device) => device.heard()));
      const seenOf = staying.map(({ frames }) => frames.length);
      for (const roomId of rooms) await send(urlAt(0), 'POST', `/api/v1/rooms/${roomId}/timer/start`);
      const cut = await enterAll(
        Array.from({ length: ROOMS * CUT_IN_ROOM }, (_, nth) => () => {
          const roomId = rooms[nth % ROOMS] ?? '';
          return enter(roomId, Math.floor(nth / ROOMS), `cut ${nth}`, nth < ROOMS ? leaver : undefined);
        }),
      );
      const everybody = ROOMS * (CUT_IN_ROOM + STAYING_IN_ROOM);
      await until(async () => (await openEntries()) === everybody, 20_000);
      // Everybody who stays has heard of everybody who came; of those who stay themselves they may hear late.
      const joined = (device: Device, from = 0) =>
        peopleTold(device, from).filter(({ action, name }) => action === 'joined' && name.startsWith('cut'));
      await until(() => staying.every((device, nth) => joined(device, seenOf[nth]).length >= CUT_IN_ROOM), 20_000);
      await Promise.all(staying.map((device) => device.heard()));
      const before = staying.map(({ frames }) => frames.length);

      const stopped = postgres.stop();
      const cutAt = Date.now() / 1_000;
      for (const device of cut) device.hangUp();
      await stopped;
      postgres = await startEmbeddedPostgres({ dataDir, log: () => undefined });
      await until(async () => (await isReady(0)) && (await isReady(1)), 30_000);

      const backAt = Date.now();
      await until(
        async () => (await openEntries()) === ROOMS * STAYING_IN_ROOM,
        60_000,
        () => 'ghosts are left',
      );
      const goneAfter = Date.now() - backAt;
      const toldOf = (nth: number) => peopleTold(staying[nth] as Device, before[nth] ?? 0);
      await until(() => staying.every((_, nth) => toldOf(nth).length >= CUT_IN_ROOM), 20_000);
      for (const nth of staying.keys()) {
        const told = toldOf(nth);
        expect(new Set(told.map(({ action }) => action))).toEqual(new Set(['left']));
        expect(told.filter(({ name }) => !name.startsWith('cut'))).toEqual([]);
        expect(new Set(told.map(({ name }) => name)).size).toBe(CUT_IN_ROOM);
        expect([told.length, told.at(-1)?.count]).toEqual([CUT_IN_ROOM, STAYING_IN_ROOM]);
      }
      const [late] = await query<{ seconds: number }>(
        `SELECT max(extract(epoch from went_at))::float8 - $2 AS seconds FROM room_presence WHERE room_id = ANY($1)`,
        [rooms, cutAt],
      );
      expect(late?.seconds).toBeLessThan(NOTICED_WITHIN_S);
      const sessionsEnd = Date.now() / 1_000;
      for (const roomId of rooms) await send(urlAt(0), 'POST', `/api/v1/rooms/${roomId}/timer/reset`);
      const history = (await send(urlAt(0), 'GET', '/v1/timers?type=room&limit=20', { token: leaver })).body as {
        started_at: string;
        elapsed_time: number;
      }[];
      expect(history).toHaveLength(ROOMS);
      const ends = history.map(({ started_at: at, elapsed_time: seconds }) => Date.parse(at) / 1_000 + seconds);
      expect(Math.max(...ends)).toBeLessThan(cutAt + NOTICED_WITHIN_S);
      process.stdout.write(
        `round ${round}: everybody who was cut is gone ${goneAfter} ms after the database was back, ` +
          `credited until ${(late?.seconds ?? NaN).toFixed(2)} s after the cut, sessions ended ${(sessionsEnd - cutAt).toFixed(1)} s after it\n`,
      );
    }
  },
  120_000 * Math.max(1, ROUNDS),
);

it('an outage of 26 s: nobody has left, neither by the count nor by what others are told', async () => {
  const [roomId = ''] = rooms;
  const devices = await enterAll([() => enter(roomId, 0, 'one'), () => enter(roomId, 1, 'other')]);
  const knowsBoth = (device: Device) =>
    peopleTold(device).some(({ action, count }) => action === 'joined' && count === 2);
  await until(() => devices.every(knowsBoth), 10_000);
  // What an instance tells of others' people comes in order: who has heard of these has heard of everybody before them.
  for (const nth of [0, 1]) {
    const passing = `passes at ${nth}`;
    const hasLeft = (device: Device) =>
      peopleTold(device).some(({ action, name }) => action === 'left' && name === passing);
    for (const device of await enterAll([() => enter(roomId, nth, passing)])) device.hangUp();
    await until(() => devices.every(hasLeft), 10_000);
  }
  const before = devices.map(({ frames }) => frames.length);

  await postgres.stop();
  await until(async () => !(await isReady(0)) && !(await isReady(1)), 10_000);
  await Promise.all(instances.map(({ control }) => control.setClock(26_000)));
  postgres = await startEmbeddedPostgres({ dataDir, log: () => undefined });
  await until(async () => (await isReady(0)) || (await isReady(1)), 30_000);

  const counts = new Set<number>();
  const look = async () => {
    for (const nth of [0, 1]) if (await isReady(nth)) counts.add(await countOf(roomId, nth));
  };
  const renewedAt = Date.now() / 1_000 + 26;
  await until(async () => {
    await look();
    const [row] = await query<{ silent: number }>(
      `SELECT count(*)::int AS silent FROM room_presence
       WHERE went_at IS NULL AND room_id = $1 AND seen_at < to_timestamp($2)`,
      [roomId, renewedAt],
    );
    return row?.silent === 0;
  }, 30_000);
  // Both have looked for silence since.
  const until25s = Date.now() + 25_000;
  while (Date.now() < until25s) await look();
  expect([...counts]).toEqual([2]);
  expect(devices.map((device, nth) => peopleTold(device, before[nth] ?? 0))).toEqual([[], []]);
}, 120_000);
