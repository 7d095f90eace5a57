import { setTimeout as sleep } from 'node:timers/promises';

import { migrate } from '../src/database/migrate.js';
import type { DeliveryReport } from './delivery-runner.js';
import type { Bench, Benchmark } from './harness/benchmark.js';
import { type Details, limited, type Result } from './harness/result.js';
import { inRounds } from './harness/rounds.js';
import { quantiles, rounded } from './harness/statistics.js';
import { WorkerProcess } from './harness/worker-process.js';
import type { HeardReport } from './load/socket-load.js';
import { SocketLoad } from './load/socket-load-process.js';
import { createRooms, waitForJoins, HostLine, type HostedRoom, type RoomVerb } from './rooms.js';

const PEOPLE = 50;
const MANY_ROOMS = 100;
/** Changes that are watched in a slot, and milliseconds from one to the next: all rooms together change 100 times a second. */
const CHANGES = { one: 300, many: 600 };
const EVERY_MS = 10;
const WARM_UP = 200;
const LAST = 'commit to the last of 50 sockets, p99';
const UNMEASURED = { begins: () => undefined, ends: () => undefined };
/** design.md, "What it must withstand": milliseconds after the server knows of the commit. */
const LIMITS = { last: 2, many: 100 };

/**
 * From the commit of a change in a room to its frame on the sockets there. A commit is when the database has told the
 * server of it: how long the disk takes is the disk's.
 */
export const delivery: Benchmark = { name: 'delivery', run };

/** A program that makes {@link DeliveryReport}s, and sockets in another process. */
interface Server {
  readonly worker: WorkerProcess<object, DeliveryReport>;
  readonly load: SocketLoad;
  readonly port: number;
}

/** Rooms with all their people, of a server. */
interface Gathering extends Server {
  readonly among: readonly HostedRoom[];
  /** Of each socket, its room. */
  readonly places: readonly HostedRoom[];
}

async function* run(bench: Bench): AsyncGenerator<Result, void> {
  const databaseUrl = await bench.postgres.createDatabase('delivery');
  await migrate({ url: databaseUrl });
  const ours = await open(bench, 'delivery-runner.js', databaseUrl);
  const opponent = await open(bench, 'opponents/express-delivery.js', databaseUrl);
  try {
    yield await lastOfRoom(
      bench,
      await gather(ours, await rooms(ours, 1), databaseUrl),
      await gather(opponent, [{ id: 'room', hostToken: '' }]),
    );
    yield await manyRooms(bench, await gather(ours, await rooms(ours, MANY_ROOMS), databaseUrl));
  } finally {
    await Promise.all([ours, opponent].flatMap(({ load, worker }) => [load.stop(), worker.stop()]));
  }
}

async function open(bench: Bench, program: string, databaseUrl: string): Promise<Server> {
  const worker = new WorkerProcess<object, DeliveryReport>(new URL(program, import.meta.url), {
    DATABASE_URL: databaseUrl,
  });
  const { port } = await worker.run({}, UNMEASURED);
  return { worker, load: new SocketLoad(bench.postgres), port };
}

/** One room: when the last of its sockets had the frame; beside a room written by hand. */
async function lastOfRoom(bench: Bench, ours: Gathering, opponent: Gathering): Promise<Result> {
  const { rounds, scale } = bench.effort;
  bench.say(`delivery: ${rounds} rounds with one room of ${PEOPLE}, and with one written by hand`);
  for (const side of [ours, opponent]) await changeRooms(side, WARM_UP);
  const slot = (side: Gathering) => async () => lastOf(await changeRooms(side, CHANGES.one * scale));
  const samples = await inRounds(rounds, { ours: slot(ours), opponent: slot(opponent) });
  const [p50 = NaN, p99 = NaN] = quantiles(samples.opponent, [0.5, 0.99]);
  const { failure } = samples;
  if (failure !== undefined) {
    return atMost(LAST, samples.ours, 0.99, LIMITS.last, { 'written by hand': `could not keep up: ${failure}` });
  }
  const beside = { 'written by hand p50 ms': rounded(p50), 'written by hand p99 ms': rounded(p99) };
  return atMost(LAST, samples.ours, 0.99, LIMITS.last, beside);
}

const lastOf = (late: readonly Float32Array[]): Float32Array =>
  Float32Array.from(late, (delays) => Math.max(...delays));

/** Many rooms at once: every delivery counts. */
async function manyRooms(bench: Bench, all: Gathering): Promise<Result> {
  bench.say(`delivery: ${MANY_ROOMS} rooms of ${PEOPLE}`);
  await changeRooms(all, MANY_ROOMS * SESSION.length);
  const late = await changeRooms(all, CHANGES.many * bench.effort.scale);
  return atMost('commit to each of 100 rooms × 50 people, p95', late, 0.95, LIMITS.many);
}

function atMost(name: string, late: Float32Array[], share: number, limit: number, more: Details = {}): Result {
  const [value = NaN, median = NaN, greatest = NaN] = quantiles(late, [share, 0.5, 1]);
  const deliveries = late.reduce((sum, { length }) => sum + length, 0);
  const details = { deliveries, 'p50 ms': rounded(median), 'greatest ms': rounded(greatest), ...more };
  return limited({ name, unit: 'ms', ours: value, limit, details });
}

/** New rooms whose sessions have begun. */
async function rooms({ port }: Server, count: number): Promise<HostedRoom[]> {
  const created = await createRooms(port, count);
  const line = new HostLine(port);
  for (const room of created) await line.act(room, 'start');
  line.end();
  return created;
}

/** Everybody comes into their room, in the place of whom this server had. @param presenceIn where it records who is present */
async function gather(server: Server, among: readonly HostedRoom[], presenceIn?: string): Promise<Gathering> {
  const places = among.flatMap((room) => Array.from({ length: PEOPLE }, () => room));
  await server.load.open(
    places.map(({ id }) => ({ url: `ws://127.0.0.1:${server.port}/ws/room/${id}` })),
    { recording: true },
  );
  if (presenceIn !== undefined) {
    const ids = among.map(({ id }) => id);
    await waitForJoins(presenceIn, ids, places.length);
  }
  return { ...server, among, places };
}

/**
 * Makes about so many changes in all, whole sessions of each room.
 * @returns of each change the milliseconds from its commit until each socket in the room had been told
 */
async function changeRooms({ worker, load, port, among, places }: Gathering, changes: number): Promise<Float32Array[]> {
  await load.forget();
  await worker.run({}, UNMEASURED);
  const line = new HostLine(port);
  await changeInTurn(line, among, Math.ceil(changes / among.length / SESSION.length) * SESSION.length);
  line.end();
  await sleep(500);
  const { committed } = await worker.run({}, UNMEASURED);
  return delays(places, await load.heard('"revision":'), committed);
}

/** What is done to a running room, again and again: a session that is paused a few times, as sessions are. */
const SESSION: readonly RoomVerb[] = ['reset', 'start', ...Array<RoomVerb[]>(4).fill(['pause', 'resume']).flat()];

/** Changes each room in turn, at a steady pace, whatever the answers take. */
async function changeInTurn(line: HostLine, rooms: readonly HostedRoom[], times: number): Promise<void> {
  const began = Date.now();
  const under: Promise<void>[] = [];
  for (let index = 0; index < times * rooms.length; index += 1) {
    const verb = SESSION[Math.floor(index / rooms.length) % SESSION.length] as RoomVerb;
    await sleep(began + index * EVERY_MS - Date.now());
    under.push(line.act(rooms[index % rooms.length] as HostedRoom, verb));
  }
  await Promise.all(under);
}

/** @throws Error unless everybody in a room was told each of its changes */
function delays(
  places: readonly HostedRoom[],
  heard: HeardReport,
  committed: ReadonlyMap<string, number>,
): Float32Array[] {
  const byChange = new Map([...committed.keys()].map((place) => [place, [] as number[]]));
  places.forEach(({ id }, socket) => {
    for (const [revision, at] of heard[socket] ?? []) {
      const place = `${id} ${revision}`;
      byChange.get(place)?.push(at - (committed.get(place) ?? NaN));
    }
  });
  for (const [place, late] of byChange) {
    if (late.length !== PEOPLE) throw new Error(`${late.length} of ${PEOPLE} sockets were told ${place}`);
  }
  return [...byChange.values()].map((late) => Float32Array.from(late));
}
