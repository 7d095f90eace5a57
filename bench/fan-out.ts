import { randomUUID } from 'node:crypto';

import { migrate } from '../src/database/migrate.js';
import { both } from './sides.js';
import type { FanOutJob, FanOutReport } from './fan-out-runner.js';
import type { Bench, Benchmark } from './harness/benchmark.js';
import { compare, type Result } from './harness/result.js';
import { inRounds } from './harness/rounds.js';
import { WorkerProcess } from './harness/worker-process.js';
import { SocketLoad } from './load/socket-load-process.js';
import { createRooms, waitForJoins } from './rooms.js';

const ROOMS = 20;
const PEOPLE = 50;
const REPEATS = 10;
const OPPONENT = 'raw ws: one shared Buffer sent to each socket of the room (opponents/ws-fan-out.ts)';
/** docs/benchmarks.md#results. */
const TARGETS = { 1: 1, 8: 5 } as const;
const UNMEASURED = { begins: () => undefined, ends: () => undefined };

/**
 * What a broadcast to 20 rooms of 50 people costs a server, singly and in bursts. The clients share the machine, so the
 * rate is deliveries per second of the server's CPU time, not of wall-clock time.
 */
export const fanOut: Benchmark = { name: 'fan-out', run };

type Worker = WorkerProcess<FanOutJob, FanOutReport>;
interface Side {
  readonly worker: Worker;
  readonly load: SocketLoad;
  readonly roomIds: readonly string[];
  revision: number;
}

async function* run(bench: Bench): AsyncGenerator<Result, void> {
  const databaseUrl = await bench.postgres.createDatabase('fan_out');
  await migrate({ url: databaseUrl });
  const sides = {
    ours: await open(bench, new URL('fan-out-runner.js', import.meta.url), databaseUrl),
    opponent: await open(bench, new URL('opponents/ws-fan-out.js', import.meta.url), undefined),
  };
  try {
    bench.log(`fan-out: ${ROOMS} rooms of ${PEOPLE}, one event each, then bursts of 8`);
    yield await measure(bench, sides, 1);
    yield await measure(bench, sides, 8);
  } finally {
    for (const { worker, load } of Object.values(sides)) await Promise.all([worker.stop(), load.stop()]);
  }
}

async function measure(bench: Bench, sides: Record<'ours' | 'opponent', Side>, events: 1 | 8): Promise<Result> {
  const slot = (side: keyof typeof sides) => () => rate(sides[side], events, Math.ceil(REPEATS * bench.effort.scale));
  await inRounds(1, both(slot));
  const { ours, opponent, failure } = await inRounds(bench.effort.rounds, both(slot));
  return compare({
    name: events === 1 ? 'fan-out' : `fan-out, bursts of ${events}`,
    unit: 'deliveries/CPU s',
    better: 'higher',
    target: TARGETS[events],
    ours,
    opponent,
    failure,
    details: { opponentIs: OPPONENT, rooms: ROOMS, people: PEOPLE },
  });
}

/** Waits for every delivery, so that only frames that arrived are counted. */
async function rate(side: Side, events: number, repeats: number): Promise<number> {
  let cpuSeconds = 0;
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const revision = side.revision;
    side.revision += events;
    const last = `"revision":${revision + events - 1}`;
    const arrived = side.load.arrivals({ includes: last, frames: 1, withinMs: 20_000 });
    cpuSeconds += (await side.worker.run({ roomIds: side.roomIds, events, revision }, UNMEASURED)).cpuSeconds;
    await arrived;
  }
  return (ROOMS * PEOPLE * events * repeats) / cpuSeconds;
}

async function open(bench: Bench, program: URL, databaseUrl: string | undefined): Promise<Side> {
  const env = databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl };
  const worker: Worker = new WorkerProcess(program, env);
  const { port } = await worker.run({ roomIds: [], events: 0, revision: 0 }, UNMEASURED);
  const roomIds = databaseUrl === undefined ? newRooms() : (await createRooms(port, ROOMS)).map(({ id }) => id);
  const load = new SocketLoad(bench.postgres);
  await load.open(
    roomIds.flatMap((id) => Array.from({ length: PEOPLE }, () => ({ url: `ws://127.0.0.1:${port}/ws/room/${id}` }))),
  );
  if (databaseUrl !== undefined) await waitForJoins(databaseUrl, roomIds, ROOMS * PEOPLE);
  return { worker, load, roomIds, revision: 1_000 };
}

const newRooms = (): string[] => Array.from({ length: ROOMS }, () => randomUUID());
