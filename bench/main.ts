import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { coldStart } from './cold-start.js';
import { completion } from './completion.js';
import { delayedCompletion } from './delayed-completion.js';
import { delivery } from './delivery.js';
import { engine } from './engine.js';
import { fanOut } from './fan-out.js';
import { type Bench, type Benchmark, effortOf } from './frame/benchmark.js';
import { Cluster } from './frame/cluster.js';
import type { Result } from './frame/result.js';
import { record, resultsFile } from './frame/results-file.js';
import { tableOf } from './frame/table.js';
import { growth } from './growth.js';
import { guard } from './guard.js';
import { idleConnections } from './idle-connections.js';
import { legacyStartStop } from './legacy-start-stop.js';
import { restPauseResume } from './rest-pause-resume.js';
import { socketPauseResume } from './socket-pause-resume.js';

/** Every benchmark, in the order they run in. */
const BENCHMARKS: readonly Benchmark[] = [
  legacyStartStop,
  restPauseResume,
  socketPauseResume,
  fanOut,
  delivery,
  completion,
  delayedCompletion,
  idleConnections,
  engine,
  growth,
  coldStart,
];

/** Those that are short and say the most. */
const GUARDED: readonly Benchmark[] = [restPauseResume, socketPauseResume, fanOut];

const names = process.argv.slice(2);
if (names.includes('--guard')) await guardAll();
else await measureAll(chosen(names));

async function measureAll(benchmarks: readonly Benchmark[]): Promise<void> {
  const results = await withBench((bench) => runIn(bench, benchmarks));
  console.log(`\n${tableOf(results)}`);
  const file = resultsFile(process.env);
  if (file !== undefined) await record(file, results);
}

/** `npm run bench -- --guard`: fails when a ratio is much worse than the recorded one. */
async function guardAll(): Promise<void> {
  const fallen = await withBench((bench) => guard(GUARDED, bench));
  for (const line of fallen) console.error(line);
  process.exitCode = fallen.length === 0 ? 0 : 1;
}

/** The benchmarks named on the command line; all of them when none is. */
function chosen(names: readonly string[]): readonly Benchmark[] {
  const unknown = names.filter((name) => !BENCHMARKS.some((benchmark) => benchmark.name === name));
  if (unknown.length > 0) {
    const known = BENCHMARKS.map(({ name }) => name).join(', ');
    console.error(`There is no benchmark ${unknown.join(', ')}. These are: ${known}`);
    process.exit(1);
  }
  return BENCHMARKS.filter(({ name }) => names.length === 0 || names.includes(name));
}

async function withBench<Value>(work: (bench: Bench) => Promise<Value>): Promise<Value> {
  const scratch = await mkdtemp(join(tmpdir(), 'metronome-bench-'));
  try {
    return await withCluster(scratch, work);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function withCluster<Value>(scratch: string, work: (bench: Bench) => Promise<Value>): Promise<Value> {
  const cluster = await Cluster.open(join(scratch, 'data'), process.env);
  try {
    return await work({ cluster, scratch, effort: effortOf(process.env), say: console.error });
  } finally {
    await cluster.close();
  }
}

async function runIn(bench: Bench, benchmarks: readonly Benchmark[]): Promise<Result[]> {
  const measured: Result[] = [];
  for (const benchmark of benchmarks) measured.push(...(await benchmark.run(bench)));
  return measured;
}
