import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

import { track } from './children.js';
import { logs } from './logs.js';
import type { WorkerMessage } from './serve-jobs.js';

/** Callbacks for both ends of the measured part of a job. */
export interface Window {
  readonly begins: () => void;
  readonly ends: () => void;
}

/** A worker of a benchmark in its own process. It takes one job at a time; its program calls `serveJobs`. */
export class WorkerProcess<Job extends object, Report> {
  private readonly child: ChildProcess;

  /** @param program compiled; its output goes to a log file */
  constructor(program: URL, env: Readonly<Record<string, string>> = {}) {
    const log = logs.create(basename(program.pathname, '.js')).descriptor;
    this.child = track(
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
        reject(new Error('a worker of the benchmark exited before its job was done'));
      };
      this.child.once('exit', onExit).on('message', (message: WorkerMessage) => {
        if (message.kind === 'begins') window.begins();
        else if (message.kind === 'ends') window.ends();
        else if (message.kind === 'done') resolve(message.report as Report);
        else reject(new Error(message.error));
      });
      this.child.send(job);
    }).finally(() => {
      // Removes this job's listeners only: `track` listens for the exit too.
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
