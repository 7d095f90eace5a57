import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { remember } from './children.js';
import { logs } from './logs.js';

const READY_WITHIN_MS = 60_000;

/** What a server is started with. */
export interface ServerOptions {
  /** For people and the log file. */
  readonly name: string;
  /** The compiled program. */
  readonly program: URL;
  /** Its whole environment besides `PATH` and the port: settings of whoever runs the benchmark do not leak in. */
  readonly env: Readonly<Record<string, string>>;
  /** Answers below 400 once it can be sent requests. */
  readonly readyPath: string;
  /** Its working directory. */
  readonly folder: string;
}

/** A server in a process of its own. */
export class ServerProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {}

  /** Resolves when it can be sent requests. @throws Error with the end of its output when it cannot */
  static async start(options: ServerOptions): Promise<ServerProcess> {
    const port = await freePort();
    const log = logs.create(options.name);
    const child = remember(launch(options, port, log.descriptor));
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

  /** Asks it to end and waits until it has. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
  }
}

function launch({ program, env, folder }: ServerOptions, port: number, log: number): ChildProcess {
  // BENCH_NODE_OPTIONS: for a profile of the server alone (--cpu-prof).
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
  while (!(await answers(url))) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error('it ended or took too long');
    await sleep(50);
  }
}

/** Whether something there answers below 400. */
export async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).status < 400;
  } catch {
    return false;
  }
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
