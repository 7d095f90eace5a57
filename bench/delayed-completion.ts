import { setTimeout as sleep } from 'node:timers/promises';

import { migrate } from '../src/database/migrate.js';
import { startOurs } from './sides.js';
import type { Bench, Benchmark } from './harness/benchmark.js';
import { withClient } from './harness/postgres.js';
import { compare, type Result } from './harness/result.js';
import { inRounds } from './harness/rounds.js';
import { WorkerProcess } from './harness/worker-process.js';
import { seedRunningRooms, untilNothingRuns } from './running-rooms.js';

const DUE_AT_ONCE = 20_000;
/** Long enough for the opponent to enqueue its jobs. */
const AHEAD_SECONDS = 25;
const OPPONENT =
  'graphile-worker 0.16, a job for each session, 8 at once, looks every 100 ms (opponents/graphile-completion.ts)';
const UNMEASURED = { begins: () => undefined, ends: () => undefined };

/** Sessions that are all due in one second, beside a queue for delayed jobs; one process each. */
export const delayedCompletion: Benchmark = { name: 'delayed-completion', run };

async function* run(bench: Bench): AsyncGenerator<Result, void> {
  const { server, databaseUrl } = await startOurs(bench, 'delayed_ours');
  const opponentUrl = await bench.postgres.createDatabase('delayed_opponent');
  await migrate({ url: opponentUrl });
  const program = new URL('opponents/graphile-completion.js', import.meta.url);
  const worker = new WorkerProcess<object, void>(program, { DATABASE_URL: opponentUrl });
  const count = Math.round(DUE_AT_ONCE * bench.effort.scale);
  bench.log(`delayed-completion: ${count} due in one second`);
  try {
    const { ours, opponent, failure } = await inRounds(1, {
      ours: () => allDue(databaseUrl, count, () => Promise.resolve()),
      opponent: () => allDue(opponentUrl, count, () => worker.run({}, UNMEASURED)),
    });
    const name = `completion of ${count} at once, beside delayed jobs`;
    const details = { opponentIs: OPPONENT, instances: 1 };
    yield compare({ name, unit: 'ms', better: 'lower', target: null, ours, opponent, failure, details });
  } finally {
    await Promise.all([server.stop(), worker.stop()]);
  }
}

/** @returns milliseconds from the target to the last commit */
async function allDue(databaseUrl: string, rooms: number, enqueue: () => Promise<unknown>): Promise<number> {
  const firstTarget = Math.ceil(Date.now() / 1_000) + AHEAD_SECONDS;
  await seedRunningRooms(databaseUrl, { rooms, firstTarget, seconds: 1, autoStartBreak: false });
  await enqueue();
  if (Date.now() >= firstTarget * 1_000) {
    throw new Error(`${rooms} jobs were not enqueued within ${AHEAD_SECONDS} s`);
  }
  await sleep(firstTarget * 1_000 - Date.now());
  await withClient(databaseUrl, untilNothingRuns);
  return Date.now() - firstTarget * 1_000;
}
