import 'reflect-metadata';

import { createApp } from '../src/app.factory.js';
import { createLogger } from '../src/common/logging/logger.js';
import { readSettings } from '../src/config/settings.js';
import { Timers } from '../src/timer-domain/timers.js';
import { OWNER } from './engine-timers.js';
import { serveJobs } from './harness/serve-jobs.js';
import type { Window } from './harness/worker-process.js';

/** Commands for the engine: pause and resume in turn. */
export interface EngineJob {
  readonly ids: readonly string[];
  /** Concurrent callers; each has its share of the timers and one command in flight. */
  readonly inFlight: number;
  readonly warmUpPasses: number;
  /** Commands per timer in the measured part; even, so that all timers end up running. */
  readonly passes: number;
}

export interface EngineReport {
  /** Of the measured part. */
  readonly seconds: number;
  /** Milliseconds from each command to its result. */
  readonly latencies: Float32Array;
}

const url = process.env['DATABASE_URL'] ?? '';
const settings = readSettings({ DATABASE_URL: url });
/** The app does not listen: commands go straight to the domain. */
const context = createApp(settings, { url }, createLogger({ level: 'warn', format: 'json' })).then((app) => app.init());

async function carryOut(job: EngineJob, window: Window): Promise<EngineReport> {
  const domain = (await context).get(Timers);
  await passOver(domain, job, 0, job.warmUpPasses);
  window.begins();
  const began = performance.now();
  const latencies = await passOver(domain, job, job.warmUpPasses, job.passes);
  const seconds = (performance.now() - began) / 1_000;
  window.ends();
  return { seconds, latencies: Float32Array.from(latencies) };
}

async function passOver(domain: Timers, job: EngineJob, first: number, passes: number): Promise<number[]> {
  const latencies: number[] = [];
  const caller = async (place: number) => {
    const mine = job.ids.filter((_, index) => index % job.inFlight === place);
    for (let pass = first; pass < first + passes; pass += 1) {
      for (const id of mine) latencies.push(await command(domain, id, pass));
    }
  };
  await Promise.all(Array.from({ length: job.inFlight }, (_, place) => caller(place)));
  return latencies;
}

/** @returns milliseconds @throws Error when the result is not the expected state */
async function command(domain: Timers, id: string, pass: number): Promise<number> {
  const [verb, status] = pass % 2 === 0 ? (['pause', 'paused'] as const) : (['resume', 'running'] as const);
  const began = performance.now();
  const { timer } = await domain.command(id, { userId: OWNER }, verb, OWNER);
  const took = performance.now() - began;
  if (timer.id !== id || timer.revision !== pass + 2 || timer.state.status !== status) {
    throw new Error(`unexpected result of ${verb}: ${JSON.stringify(timer)}`);
  }
  return took;
}

serveJobs(
  (job, window) => carryOut(job as EngineJob, window),
  async () => {
    await (await context).close();
  },
);
