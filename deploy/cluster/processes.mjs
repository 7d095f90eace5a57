// Starts and stops the programs of a cluster, each with its own log.
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

/** Running programs by name; a program that has ended can be started again under its name. */
export class Processes {
  #running = new Map();

  /** @param folder where their output is appended to `<name>.log` */
  constructor(folder) {
    this.folder = folder;
  }

  /** @returns its process id; @throws when there is no such program */
  async start(name, [program, ...args], { env = process.env, cwd } = {}) {
    if (this.isRunning(name)) throw new Error(`${name} is running`);
    const log = openSync(join(this.folder, `${name}.log`), 'a');
    // A separate process group: Ctrl-C in a terminal reaches only the cluster, which stops its parts in order.
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    await new Promise((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => reject(new Error(`${name} does not start: ${error.message}`)));
    });
    const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
    this.#running.set(name, { child, ended });
    return child.pid;
  }

  isRunning(name) {
    const { child } = this.#running.get(name) ?? {};
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** @returns its exit code, or the name of the signal that ended it */
  async end(name, signal = 'SIGTERM') {
    const found = this.#running.get(name);
    if (this.isRunning(name)) {
      found.child.kill(signal);
      // A stopped process receives only SIGKILL.
      found.child.kill('SIGCONT');
    }
    return found?.ended;
  }

  signal(name, signal) {
    this.#running.get(name)?.child.kill(signal);
  }

  async endAll(signal) {
    await Promise.all([...this.#running.keys()].reverse().map((name) => this.end(name, signal)));
  }
}

export function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Polls every 50 ms. @throws after `withinMs` */
export async function until(condition, withinMs, what) {
  const deadline = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Whether the URL is answered 200. */
export const answers = (url) =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
