import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { track } from './children.js';
import { logs } from './logs.js';

const READY_WITHIN_MS = 60_000;

/** How to start a server. */
export interface ServerOptions {
  /** Shown in messages and in the name of the log file. */
  readonly name: string;
  /** The compiled program. */
  readonly program: URL;
  /** Its whole environment besides `PATH` and the port, so that settings of the calling shell do not leak in. */
  readonly env: Readonly<Record<string, string>>;
  /** A path that responds with a status below 400 once the server is ready. */
  readonly readyPath: string;
  /** Its working directory. */
  readonly folder: string;
}

/** A server in its own process. */
export class ServerProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {}

  /** Resolves when the server is ready. @throws Error with the end of its output when it does not get ready */
  static async start(options: ServerOptions): Promise<ServerProcess> {
    const port = await freePort();
    const log = logs.create(options.name);
    const child = track(launch(options, port, log.descriptor));
    try {
      await ready(child, `http://127.0.0.1:${port}${options.readyPath}`);
    } catch (error) {
      child.kill('SIGKILL');
      throw new Error(`${options.name} is not ready: ${readFileSync(log.path, 'utf8').slice(-2_000)}`, {
        cause: error,
      });
    }
    return new ServerProcess(child, port);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Asks the server to exit and waits until it has. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
  }
}

function launch({ program, env, folder }: ServerOptions, port: number, log: number): ChildProcess {
  // BENCH_NODE_OPTIONS profiles the server alone (--cpu-prof).
  const nodeOptions = process.env['BENCH_NODE_OPTIONS'] ?? '';
  const collecting = ['--expose-gc', '--import', new URL('collect-garbage.js', import.meta.url).href];
  return spawn(process.execPath, [...nodeOptions.split(' ').filter(Boolean), ...collecting, fileURLToPath(program)], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: String(port), ...env },
    stdio: ['ignore', log, log],
  });
}

async function ready(child: ChildProcess, url: string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(await responds(url))) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error('it exited or took too long');
    await sleep(50);
  }
}

/** Whether the URL responds with a status below 400. */
export async function responds(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).status < 400;
  } catch {
    return false;
  }
}

/** A free port. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
