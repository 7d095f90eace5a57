import { setTimeout as sleep } from 'node:timers/promises';

import { migrate } from '../src/database/migrate.js';
import type { DeliveryReport } from './delivery-runner.js';
import type { Bench, Benchmark } from './harness/benchmark.js';
import { type Details, limited, type Result } from './harness/result.js';
import { inRounds } from './harness/rounds.js';
import { quantiles, rounded } from './harness/statistics.js';
import { WorkerProcess } from './harness/worker-process.js';
import type { FirstArrivalsReport } from './load/socket-load.js';
import { SocketLoad } from './load/socket-load-process.js';
import { createRooms, waitForJoins, HostConnection, type HostedRoom, type RoomVerb } from './rooms.js';

const PEOPLE = 50;
const MANY_ROOMS = 100;
/** Changes watched in a slot, and milliseconds between two: all rooms together change 100 times a second. */
const CHANGES = { one: 300, many: 600 };
const EVERY_MS = 10;
const WARM_UP = 200;
const LAST = 'commit to the last of 50 sockets, p99';
const UNMEASURED = { begins: () => undefined, ends: () => undefined };
/** docs/benchmarks.md#results: milliseconds after the server knows of the commit. */
const LIMITS = { last: 2, many: 100 };

/**
 * From the commit of a change in a room to its frame on the room's sockets. The commit time is when the database
 * confirmed it to the server, which leaves the disk's latency out.
 */
export const delivery: Benchmark = { name: 'delivery', run };

/** A program that returns {@link DeliveryReport}s, and sockets in another process. */
interface Server {
  readonly worker: WorkerProcess<object, DeliveryReport>;
  readonly load: SocketLoad;
  readonly port: number;
}

/** Rooms of a server with all their participants. */
interface JoinedRooms extends Server {
  readonly hosted: readonly HostedRoom[];
  /** The room of each socket. */
  readonly roomOfSocket: readonly HostedRoom[];
}

async function* run(bench: Bench): AsyncGenerator<Result, void> {
  const databaseUrl = await bench.postgres.createDatabase('delivery');
  await migrate({ url: databaseUrl });
  const ours = await open(bench, 'delivery-runner.js', databaseUrl);
  const opponent = await open(bench, 'opponents/express-delivery.js', databaseUrl);
  try {
    yield await lastOfRoom(
      bench,
      await joinRooms(ours, await rooms(ours, 1), databaseUrl),
      await joinRooms(opponent, [{ id: 'room', hostToken: '' }]),
    );
    yield await manyRooms(bench, await joinRooms(ours, await rooms(ours, MANY_ROOMS), databaseUrl));
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

/** One room: when the last of its sockets received the frame, beside a hand-written room. */
async function lastOfRoom(bench: Bench, ours: JoinedRooms, opponent: JoinedRooms): Promise<Result> {
  const { rounds, scale } = bench.effort;
  bench.log(`delivery: ${rounds} rounds with one room of ${PEOPLE}, and with a hand-written one`);
  for (const side of [ours, opponent]) await changeRooms(side, WARM_UP);
  const slot = (side: JoinedRooms) => async () => lastOf(await changeRooms(side, CHANGES.one * scale));
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

/** Many rooms at once; every delivery counts. */
async function manyRooms(bench: Bench, all: JoinedRooms): Promise<Result> {
  bench.log(`delivery: ${MANY_ROOMS} rooms of ${PEOPLE}`);
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

/** Creates rooms and starts their sessions. */
async function rooms({ port }: Server, count: number): Promise<HostedRoom[]> {
  const created = await createRooms(port, count);
  const line = new HostConnection(port);
  for (const room of created) await line.act(room, 'start');
  line.end();
  return created;
}

/**
 * Joins all participants, after closing this server's previous sockets.
 * @param presenceIn URL of the database in which the server records presence
 */
async function joinRooms(server: Server, hosted: readonly HostedRoom[], presenceIn?: string): Promise<JoinedRooms> {
  const roomOfSocket = hosted.flatMap((room) => Array.from({ length: PEOPLE }, () => room));
  await server.load.open(
    roomOfSocket.map(({ id }) => ({ url: `ws://127.0.0.1:${server.port}/ws/room/${id}` })),
    { recording: true },
  );
  if (presenceIn !== undefined) {
    const ids = hosted.map(({ id }) => id);
    await waitForJoins(presenceIn, ids, roomOfSocket.length);
  }
  return { ...server, hosted, roomOfSocket };
}

/**
 * Makes at least this many changes, as whole sessions of each room.
 * @returns for each change the milliseconds from its commit to the frame on each socket in the room
 */
async function changeRooms(
  { worker, load, port, hosted, roomOfSocket }: JoinedRooms,
  changes: number,
): Promise<Float32Array[]> {
  await load.reset();
  await worker.run({}, UNMEASURED);
  const line = new HostConnection(port);
  await changeInTurn(line, hosted, Math.ceil(changes / hosted.length / SESSION.length) * SESSION.length);
  line.end();
  await sleep(500);
  const { committed } = await worker.run({}, UNMEASURED);
  return delays(roomOfSocket, await load.firstArrivals('"revision":'), committed);
}

/** Commands for a running room, repeated: a session with a few pauses, as real sessions have. */
const SESSION: readonly RoomVerb[] = ['reset', 'start', ...Array<RoomVerb[]>(4).fill(['pause', 'resume']).flat()];

/** Changes each room in turn at a steady pace, without waiting for responses. */
async function changeInTurn(line: HostConnection, rooms: readonly HostedRoom[], times: number): Promise<void> {
  const began = Date.now();
  const pending: Promise<void>[] = [];
  for (let index = 0; index < times * rooms.length; index += 1) {
    const verb = SESSION[Math.floor(index / rooms.length) % SESSION.length] as RoomVerb;
    await sleep(began + index * EVERY_MS - Date.now());
    pending.push(line.act(rooms[index % rooms.length] as HostedRoom, verb));
  }
  await Promise.all(pending);
}

/** @throws Error unless every socket in a room received each of its changes */
function delays(
  roomOfSocket: readonly HostedRoom[],
  arrivals: FirstArrivalsReport,
  committed: ReadonlyMap<string, number>,
): Float32Array[] {
  const byChange = new Map([...committed.keys()].map((change) => [change, [] as number[]]));
  roomOfSocket.forEach(({ id }, socket) => {
    for (const [revision, at] of arrivals[socket] ?? []) {
      const change = `${id} ${revision}`;
      byChange.get(change)?.push(at - (committed.get(change) ?? NaN));
    }
  });
  for (const [change, late] of byChange) {
    if (late.length !== PEOPLE) throw new Error(`${late.length} of ${PEOPLE} sockets received ${change}`);
  }
  return [...byChange.values()].map((late) => Float32Array.from(late));
}
