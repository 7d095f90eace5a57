import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { attacks } from './attacks.js';
import { coldStart } from './cold-start.js';
import { completion } from './completion.js';
import { delayedCompletion } from './delayed-completion.js';
import { delivery } from './delivery.js';
import { engine } from './engine.js';
import { fanOut } from './fan-out.js';
import { type Bench, type Benchmark, effortOf } from './harness/benchmark.js';
import { endChildren } from './harness/children.js';
import { PostgresServer } from './harness/postgres.js';
import { logs } from './harness/logs.js';
import type { Result } from './harness/result.js';
import { record, resultsFile } from './harness/results-file.js';
import { rowOf, tableOf } from './harness/table.js';
import { growth } from './growth.js';
import { guard } from './guard.js';
import { idleConnections } from './idle-connections.js';
import { keyedCommands } from './keyed-commands.js';
import { legacyStartStop } from './legacy-start-stop.js';
import { restPauseResume } from './rest-pause-resume.js';
import { socketPauseResume } from './socket-pause-resume.js';

/** Every benchmark, in the order they run in. */
const BENCHMARKS: readonly Benchmark[] = [
  legacyStartStop,
  restPauseResume,
  socketPauseResume,
  keyedCommands,
  fanOut,
  delivery,
  completion,
  delayedCompletion,
  idleConnections,
  engine,
  growth,
  attacks,
  coldStart,
];

/** Short benchmarks that show the most. */
const GUARDED: readonly Benchmark[] = [restPauseResume, socketPauseResume, keyedCommands, fanOut];

const { values: given, positionals } = readArguments();
if (given.guard) await guardAll();
else await measureAll(chosen([...positionals, ...listed(given.only)], listed(given.skip)));
if (process.exitCode === 1) console.error(`Server logs: ${logs.folder}`);
else logs.remove();

/** Prints the usage and exits on an unknown argument; never throws. */
function readArguments() {
  try {
    const several = { type: 'string', multiple: true, default: [] as string[] } as const;
    const options = { only: several, skip: several, guard: { type: 'boolean', default: false } } as const;
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    console.error(`${(error as Error).message}\nusage: npm run bench -- [--only NAME,…] [--skip NAME,…] | --guard`);
    process.exit(1);
  }
}

function listed(options: readonly string[]): string[] {
  return options.flatMap((names) => names.split(',')).filter(Boolean);
}

/**
 * Prints and records each row when it is measured. A benchmark that fails does not end the others, and its rows are
 * kept.
 */
async function measureAll(benchmarks: readonly Benchmark[]): Promise<void> {
  const rows: Result[] = [];
  const failures: string[] = [];
  await withBench(async (bench) => {
    for (const benchmark of benchmarks) {
      try {
        for await (const row of benchmark.run(bench)) rows.push(await noted(row));
      } catch (error) {
        failures.push(`${benchmark.name} FAILED: ${String(error)}`);
        console.error(failures.at(-1));
      } finally {
        await endChildren();
      }
    }
  });
  console.log(`\n${tableOf(rows)}`);
  for (const failure of failures) console.error(failure);
  if (failures.length > 0) process.exitCode = 1;
}

async function noted(row: Result): Promise<Result> {
  console.log(rowOf(row));
  const file = resultsFile(process.env);
  if (file !== undefined) await record(file, [row]);
  return row;
}

/** `npm run bench -- --guard`: fails when a ratio is much worse than recorded. */
async function guardAll(): Promise<void> {
  const failures = await withBench((bench) => guard(GUARDED, bench));
  for (const line of failures) console.error(line);
  if (failures.length > 0) process.exitCode = 1;
}

/** The benchmarks named on the command line, or all, without the skipped ones. */
function chosen(only: readonly string[], skip: readonly string[]): readonly Benchmark[] {
  const unknown = [...only, ...skip].filter((name) => !BENCHMARKS.some((benchmark) => benchmark.name === name));
  if (unknown.length > 0) {
    const known = BENCHMARKS.map(({ name }) => name).join(', ');
    console.error(`Unknown benchmark: ${unknown.join(', ')}. Known: ${known}`);
    process.exit(1);
  }
  return BENCHMARKS.filter(({ name }) => (only.length === 0 || only.includes(name)) && !skip.includes(name));
}

async function withBench<Value>(work: (bench: Bench) => Promise<Value>): Promise<Value> {
  const scratch = await mkdtemp(join(tmpdir(), 'metronome-bench-'));
  try {
    return await withPostgres(scratch, work);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function withPostgres<Value>(scratch: string, work: (bench: Bench) => Promise<Value>): Promise<Value> {
  const postgres = await PostgresServer.open(join(scratch, 'data'), process.env);
  try {
    return await work({ postgres, scratch, effort: effortOf(process.env), log: console.error });
  } finally {
    await postgres.close();
  }
}
