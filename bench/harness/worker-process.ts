import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

import { remember } from './children.js';
import { logs } from './logs.js';
import type { WorkerMessage } from './serve-jobs.js';

/** Told at both ends of the measured part of a job. */
export interface Window {
  readonly begins: () => void;
  readonly ends: () => void;
}

/** A helper of a benchmark in a process of its own, which takes one job at a time (its program calls `serveJobs`). */
export class WorkerProcess<Job extends object, Report> {
  private readonly child: ChildProcess;

  /** @param program compiled; what it says goes to a log */
  constructor(program: URL, env: Readonly<Record<string, string>> = {}) {
    const log = logs.create(basename(program.pathname, '.js')).descriptor;
    this.child = remember(
      fork(fileURLToPath(program), {
        env: { PATH: process.env['PATH'], ...env },
        serialization: 'advanced',
        stdio: ['ignore', log, log, 'ipc'],
      }),
    );
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** @throws Error when the job fails */
  run(job: Job, window: Window): Promise<Report> {
    let onExit = (): void => undefined;
    return new Promise<Report>((resolve, reject) => {
      onExit = () => {
        reject(new Error('a helper of the benchmark ended before its job was done'));
      };
      this.child.once('exit', onExit).on('message', (message: WorkerMessage) => {
        if (message.kind === 'begins') window.begins();
        else if (message.kind === 'ends') window.ends();
        else if (message.kind === 'done') resolve(message.report as Report);
        else reject(new Error(message.error));
      });
      this.child.send(job);
    }).finally(() => {
      // Only its own: `remember` listens for the exit too.
      this.child.removeAllListeners('message').off('exit', onExit);
    });
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.disconnect();
    await ended;
  }
}
