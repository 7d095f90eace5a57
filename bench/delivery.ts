import { setTimeout as sleep } from 'node:timers/promises';

import { type Side, startOurs } from './control-sides.js';
import type { Bench, Benchmark } from './frame/benchmark.js';
import { withClient } from './frame/cluster.js';
import { limited, type Result } from './frame/result.js';
import { quantiles, rounded } from './frame/statistics.js';
import type { HeardReport } from './load/socket-load.js';
import { SocketLoad } from './load/socket-load-process.js';
import { act, createRooms, everybodyIn, type HostedRoom, type RoomVerb } from './rooms.js';

const PEOPLE = 50;
const MANY_ROOMS = 100;
/** Changes that are watched, and milliseconds from one to the next: all rooms together change a hundred times a second. */
const CHANGES = 600;
const EVERY_MS = 10;
const WARM_UP = 200;
/** design.md, "What it must withstand": milliseconds after the commit. */
const LIMITS = { last: 2, many: 100 };

/** From the commit of a change in a room to its frame on the sockets there. */
export const delivery: Benchmark = { name: 'delivery', run };

async function run(bench: Bench): Promise<Result[]> {
  const limits = { WS_MAX_PER_USER: '20000', WS_MAX_PER_ADDRESS: '50000' };
  const side = await startOurs(bench, 'delivery', limits);
  const load = new SocketLoad(bench.cluster);
  try {
    return [await lastOfRoom(bench, side, load), await manyRooms(bench, side, load)];
  } finally {
    await load.stop();
    await side.server.stop();
  }
}

/** One room: when the last of its sockets had the frame. */
async function lastOfRoom(bench: Bench, side: Side, load: SocketLoad): Promise<Result> {
  bench.say(`delivery: one room of ${PEOPLE}`);
  const late = await changeRooms(bench, side, load, 1);
  const last = Float32Array.from(late, (delays) => Math.max(...delays));
  return atMost('commit to the last of 50 sockets, p99', [last], 0.99, LIMITS.last);
}

/** Many rooms at once: every delivery counts. */
async function manyRooms(bench: Bench, side: Side, load: SocketLoad): Promise<Result> {
  bench.say(`delivery: ${MANY_ROOMS} rooms of ${PEOPLE}`);
  const late = await changeRooms(bench, side, load, MANY_ROOMS);
  return atMost('commit to each of 100 rooms × 50 people, p95', late, 0.95, LIMITS.many);
}

function atMost(name: string, late: Float32Array[], share: number, limit: number): Result {
  const [value = NaN, median = NaN, greatest = NaN] = quantiles(late, [share, 0.5, 1]);
  const deliveries = late.reduce((sum, { length }) => sum + length, 0);
  const details = { deliveries, 'p50 ms': rounded(median), 'greatest ms': rounded(greatest) };
  return limited({ name, unit: 'ms', ours: value, limit, details });
}

/** @returns of each change the milliseconds from its commit until each socket in the room had been told */
async function changeRooms(
  bench: Bench,
  { server: { port }, databaseUrl }: Side,
  load: SocketLoad,
  count: number,
): Promise<Float32Array[]> {
  await load.open([]);
  await everybodyIn(databaseUrl, 0);
  const rooms = await createRooms(port, count);
  const places = rooms.flatMap((room) => Array.from({ length: PEOPLE }, () => room));
  await load.open(places.map(({ id }) => ({ url: `ws://127.0.0.1:${port}/ws/room/${id}` })));
  await everybodyIn(databaseUrl, places.length);
  for (const room of rooms) await act(port, room, 'start');
  await changeInTurn(port, rooms, count === 1 ? WARM_UP : 4);
  await load.heard('"revision":');
  const changes = Math.ceil((CHANGES * bench.effort.scale) / count / 2) * 2;
  const watched = await changeInTurn(port, rooms, changes);
  await sleep(500);
  const committed = await commits(databaseUrl, watched);
  return delays(places, await load.heard('"revision":'), committed);
}

/** Pauses and resumes each room in turn, at a steady pace, whatever the answers take. @returns when it began */
async function changeInTurn(port: number, rooms: readonly HostedRoom[], times: number): Promise<number> {
  const began = Date.now();
  const under: Promise<void>[] = [];
  for (let index = 0; index < times * rooms.length; index += 1) {
    const verb: RoomVerb = Math.floor(index / rooms.length) % 2 === 0 ? 'pause' : 'resume';
    await sleep(began + index * EVERY_MS - Date.now());
    // One room takes its commands in order.
    if (rooms.length === 1) await under.at(-1);
    under.push(act(port, rooms[index % rooms.length] as HostedRoom, verb));
  }
  await Promise.all(under);
  return began;
}

/** When each change since then was committed: milliseconds since the epoch by room and revision. */
async function commits(databaseUrl: string, since: number): Promise<Map<string, number>> {
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ place: string; at: number }>(
      `SELECT owner || ' ' || (snapshot->'room'->>'revision') AS place,
        (1000 * extract(epoch FROM pg_xact_commit_timestamp(transaction_id::xid)))::float8 AS at
      FROM timer_changes WHERE snapshot ? 'room' AND logged_at > to_timestamp($1 / 1000.0)`,
      [since],
    );
    return new Map(rows.map(({ place, at }) => [place, at]));
  });
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
