import { setTimeout as sleep } from 'node:timers/promises';

import { serveJobs } from '../harness/serve-jobs.js';
import type { Window } from '../harness/worker-process.js';
import { type Calls, KeepAliveCaller } from './keep-alive-caller.js';

/** A job for the load generator. */
export interface LoadJob {
  readonly port: number;
  /** One connection each. */
  readonly callers: readonly Calls[];
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** Its result. */
export interface LoadReport {
  /** Length of the measured window. */
  readonly seconds: number;
  /** Milliseconds of every response in the window. */
  readonly latencies: Float32Array;
  /** All correct responses, including those outside the window. */
  readonly answers: number;
  /** Share of the window in which this process's event loop was busy; near 1, the load generator is the bottleneck. */
  readonly busy: number;
}

/** Sends on all connections at once and counts the responses between two moments of the run. */
async function generate(job: LoadJob, window: Window): Promise<LoadReport> {
  const all: number[] = [];
  const callers = job.callers.map((calls) => new KeepAliveCaller(job.port, calls, (ms) => all.push(ms)));
  await Promise.all(callers.map((caller) => caller.connected()));
  const running = Promise.all(callers.map((caller) => caller.run()));
  const measured = measure(job, window, () => all.length);
  await Promise.race([measured, running]);
  for (const caller of callers) caller.finish();
  await running;
  const { from, to, seconds, busy } = await measured;
  return { seconds, busy, answers: all.length, latencies: Float32Array.from(all.slice(from, to)) };
}

async function measure({ warmUpMs, measureMs }: LoadJob, window: Window, answers: () => number) {
  await sleep(warmUpMs);
  window.begins();
  const [from, began, loop] = [answers(), performance.now(), performance.eventLoopUtilization()];
  await sleep(measureMs);
  const [to, seconds] = [answers(), (performance.now() - began) / 1_000];
  window.ends();
  return { from, to, seconds, busy: performance.eventLoopUtilization(loop).utilization };
}

serveJobs((job, window) => generate(job as LoadJob, window));
