import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { engine } from './engine.js';
import { completion } from './completion.js';
import { fanOut } from './fan-out.js';
import { type Benchmark, effortOf } from './frame/benchmark.js';
import { Cluster } from './frame/cluster.js';
import type { Result } from './frame/result.js';
import { record, resultsFile } from './frame/results-file.js';
import { tableOf } from './frame/table.js';
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
  completion,
  idleConnections,
  engine,
];

const results = await runAll(chosen(process.argv.slice(2)));
console.log(`\n${tableOf(results)}`);
const file = resultsFile(process.env);
if (file !== undefined) await record(file, results);

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

async function runAll(benchmarks: readonly Benchmark[]): Promise<Result[]> {
  const scratch = await mkdtemp(join(tmpdir(), 'metronome-bench-'));
  try {
    return await runIn(scratch, benchmarks);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function runIn(scratch: string, benchmarks: readonly Benchmark[]): Promise<Result[]> {
  const cluster = await Cluster.open(join(scratch, 'data'), process.env);
  const bench = { cluster, scratch, effort: effortOf(process.env), say: console.error };
  try {
    const measured: Result[] = [];
    for (const benchmark of benchmarks) measured.push(...(await benchmark.run(bench)));
    return measured;
  } finally {
    await cluster.close();
  }
}
