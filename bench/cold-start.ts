import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { packageRoot } from '../src/common/package.js';
import type { Bench, Benchmark } from './harness/benchmark.js';
import { limited, type Result } from './harness/result.js';
import { responds, freePort } from './harness/server-process.js';
import { median, rounded } from './harness/statistics.js';

/** docs/benchmarks.md#results, milliseconds. */
const LIMIT = 3_000;
const READY_WITHIN_MS = 60_000;
/** Start-up garbage is collected by then. */
const AT_REST_AFTER_MS = 5_000;

/** `npm start` with the embedded database: time to ready, memory at rest and installed size. */
export const coldStart: Benchmark = { name: 'cold-start', run };

interface Start {
  readonly readyMs: number;
  readonly memoryMiB: number;
}

async function* run(bench: Bench): AsyncGenerator<Result, void> {
  const dataDir = join(bench.scratch, 'cold');
  bench.log('cold-start: npm start on an empty folder, then on the data it created');
  const first = await startAndStop(dataDir, 0);
  const again: Start[] = [];
  for (let round = 0; round < bench.effort.rounds; round += 1) again.push(await startAndStop(dataDir, 0));
  const { memoryMiB } = await startAndStop(dataDir, AT_REST_AFTER_MS);
  const times = again.map(({ readyMs }) => readyMs);
  yield limited({
    name: 'npm start to ready, second start',
    unit: 'ms',
    ours: median(times),
    limit: LIMIT,
    details: {
      starts: times.length,
      'least and greatest ms': [rounded(Math.min(...times)), rounded(Math.max(...times))],
      'first start ms': rounded(first.readyMs),
      'server at rest MiB': rounded(memoryMiB),
      'installed for running MiB': rounded((await installedBytes()) / 2 ** 20),
    },
  });
}

async function startAndStop(dataDir: string, restMs: number): Promise<Start> {
  const port = await freePort();
  const began = performance.now();
  const child = spawn('npm', ['start'], {
    cwd: packageRoot,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      PORT: String(port),
      DATA_DIR: dataDir,
      LOG_FORMAT: 'json',
    },
    stdio: 'ignore',
    // A process group for npm and the server, as a terminal creates one.
    detached: true,
  });
  try {
    await ready(child, port);
    const readyMs = performance.now() - began;
    await sleep(restMs);
    return { readyMs, memoryMiB: memoryOfChildren(child.pid ?? 0) / 2 ** 20 };
  } finally {
    if (child.exitCode === null) {
      const ended = once(child, 'exit');
      process.kill(-(child.pid ?? 0), 'SIGINT');
      await ended;
    }
    // npm may exit before the server has released its data folder.
    while (await responds(readyUrl(port))) await sleep(20);
  }
}

async function ready(child: ChildProcess, port: number): Promise<void> {
  const until = Date.now() + READY_WITHIN_MS;
  while (!(await responds(readyUrl(port)))) {
    if (child.exitCode !== null || Date.now() > until) throw new Error('npm start exited or took too long');
    await sleep(10);
  }
}

const readyUrl = (port: number): string => `http://127.0.0.1:${port}/health/ready`;

/** Resident bytes of the Node processes below npm's: the server, without its PostgreSQL. */
function memoryOfChildren(parent: number): number {
  let bytes = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const [, command = '', parentId] = /\((.*)\) \S (\d+)/.exec(readOrEmpty(`/proc/${pid}/stat`)) ?? [];
    if (Number(parentId) !== parent) continue;
    const pages = Number(readOrEmpty(`/proc/${pid}/statm`).split(' ')[1]);
    bytes += (command === 'node' ? pages * 4_096 : 0) + memoryOfChildren(Number(pid));
  }
  return bytes;
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly devOptional?: boolean }>>;
}

/** The size of an installation after `npm ci --omit=dev`. */
async function installedBytes(): Promise<number> {
  const { packages } = JSON.parse(await readFile(join(packageRoot, 'package-lock.json'), 'utf8')) as Lock;
  const needed = Object.entries(packages).filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional);
  const sizes = await Promise.all(needed.map(([path]) => bytesIn(join(packageRoot, path))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** The files of a package's folder, without its nested packages. */
async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const sizes = entries.map(async (entry) => {
    if (entry.name === 'node_modules') return 0;
    const path = join(folder, entry.name);
    return entry.isDirectory() ? bytesIn(path) : (await lstat(path)).size;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
