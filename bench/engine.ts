import { migrate } from '../src/database/migrate.js';
import type { EngineJob, EngineReport } from './engine-runner.js';
import { seedTimers, timersAfter } from './engine-timers.js';
import type { Bench, Benchmark } from './harness/benchmark.js';
import { type PostgresServer, withClient } from './harness/postgres.js';
import { type CpuTime, startCpuMeter } from './harness/cpu-meter.js';
import { compare, type Details, type Result } from './harness/result.js';
import { inRounds, type Samples } from './harness/rounds.js';
import { mean, quantiles, rounded } from './harness/statistics.js';
import { WorkerProcess } from './harness/worker-process.js';
import { runPgClients } from './opponents/pg-clients.js';
import { hasPgbench, runPgbench } from './opponents/pgbench.js';

const TIMERS = 1_024;
const IN_FLIGHT = 64;
/** Commands per timer before and in the measured part: histories as long as those of real timers. */
const WARM_UP_PASSES = 4;
const PASSES = 20;
/** docs/benchmarks.md#results. */
const TARGET = 3;

/** The command engine without HTTP, beside the same UPDATE without an engine; both durable. */
export const engine: Benchmark = { name: 'engine', run };

/** One slot. */
interface EngineSample {
  /** Rows a second. */
  readonly rate: number;
  readonly cpu: CpuTime;
  readonly latencies: Float32Array;
}

type Worker = WorkerProcess<EngineJob, EngineReport>;

async function* run(bench: Bench): AsyncGenerator<Result, void> {
  const [oursUrl, opponentUrl] = [await prepare(bench, 'engine_ours'), await prepare(bench, 'engine_opponent')];
  const worker: Worker = new WorkerProcess(new URL('engine-runner.js', import.meta.url), { DATABASE_URL: oursUrl });
  const pgbench = await hasPgbench();
  const passes = Math.max(4, Math.round((PASSES * bench.effort.scale) / 2) * 2);
  const ours = () => oursSlot(bench.postgres, oursUrl, worker, passes);
  const opponent = () => opponentSlot(bench.postgres, opponentUrl, pgbench, passes);
  bench.log(`engine: ${bench.effort.rounds} rounds beside ${pgbench ? 'pgbench' : '16 pg clients'}`);
  try {
    await ours();
    const samples = await inRounds(bench.effort.rounds, { ours, opponent });
    yield resultOf(samples, passes, pgbench);
  } finally {
    await worker.stop();
  }
}

function resultOf({ ours, opponent, failure }: Samples<EngineSample>, passes: number, pgbench: boolean): Result {
  return compare({
    name: 'engine',
    unit: 'rows/s',
    better: 'higher',
    target: TARGET,
    ours: ours.map(({ rate }) => rate),
    opponent: opponent.map(({ rate }) => rate),
    failure,
    details: {
      opponentIs: pgbench ? 'pgbench -M prepared -c 16 -j 2, the same UPDATE' : '16 pg clients, the same named UPDATE',
      timers: TIMERS,
      commandsPerSlot: TIMERS * passes,
      inFlight: IN_FLIGHT,
      ...costs(ours, opponent, TIMERS * passes),
    },
  });
}

function costs(ours: readonly EngineSample[], opponent: readonly EngineSample[], rows: number): Details {
  const [p50, p99] = quantiles(
    ours.map(({ latencies }) => latencies),
    [0.5, 0.99],
  );
  const perRow = (samples: readonly EngineSample[], part: keyof CpuTime) =>
    rounded(mean(samples.map(({ cpu }) => (1e6 * (cpu[part] ?? NaN)) / rows)));
  return {
    'ours p50 ms': rounded(p50 ?? NaN),
    'ours p99 ms': rounded(p99 ?? NaN),
    'ours engine CPU µs per row': perRow(ours, 'process'),
    'ours database CPU µs per row': perRow(ours, 'database'),
    'opponent database CPU µs per row': perRow(opponent, 'database'),
  };
}

async function prepare({ postgres }: Bench, purpose: string): Promise<string> {
  const url = await postgres.createDatabase(purpose);
  await migrate({ url });
  return url;
}

async function oursSlot(postgres: PostgresServer, url: string, worker: Worker, passes: number): Promise<EngineSample> {
  const ids = await seedTimers(url, TIMERS);
  let read = startCpuMeter(worker.pid, postgres);
  let cpu: CpuTime = { process: undefined, database: undefined };
  const report = await worker.run(
    { ids, inFlight: IN_FLIGHT, warmUpPasses: WARM_UP_PASSES, passes },
    {
      begins: () => {
        read = startCpuMeter(worker.pid, postgres);
      },
      ends: () => {
        cpu = read();
      },
    },
  );
  await check(url, passes, { logged: true });
  return { rate: (TIMERS * passes) / report.seconds, cpu, latencies: report.latencies };
}

async function opponentSlot(
  postgres: PostgresServer,
  url: string,
  pgbench: boolean,
  passes: number,
): Promise<EngineSample> {
  await seedTimers(url, TIMERS);
  const runPart = pgbench ? runPgbench : runPgClients;
  await runPart({ url, timers: TIMERS, firstPass: 0, passes: WARM_UP_PASSES });
  const read = startCpuMeter(process.pid, postgres);
  const rate = await runPart({ url, timers: TIMERS, firstPass: WARM_UP_PASSES, passes });
  const { database } = read();
  await check(url, passes, { logged: false });
  return { rate, cpu: { process: undefined, database }, latencies: new Float32Array() };
}

/** Checks that each timer received every command exactly once and in order, and that ours are in the change log. */
async function check(url: string, passes: number, { logged }: { logged: boolean }): Promise<void> {
  const done = WARM_UP_PASSES + passes;
  const expected = { right: TIMERS, changes: logged ? TIMERS * done : 0 };
  const found = await withClient(url, (client) => timersAfter(client, done));
  if (found.right !== expected.right || found.changes !== expected.changes) {
    throw new Error(`expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`);
  }
}
