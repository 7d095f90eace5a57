import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ServerOptions {
  /** Settings; `PORT` is a free one unless given. */
  readonly env: Record<string, string>;
  /** The folder to start in: this project's unless given. */
  readonly cwd?: string;
  readonly uid?: number;
  /** `npm start` is the README's command; a second instance is a process from `dist`. */
  readonly command?: readonly string[];
}

export const NPM_START = ['npm', 'start', '--silent'] as const;
export const FROM_DIST = [process.execPath, 'dist/src/main.js'] as const;

export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'metronome-fault-'));

/** Tests call far more often than people do; what the limits do is tested where they are on. */
const DEFAULTS = { HOME: tmpdir(), HOST: '127.0.0.1', PORT: '0', LOG_FORMAT: 'json', RATE_LIMIT_ENABLED: 'false' };

/** A server process of its own. */
export class Server {
  output = '';
  private readonly child: ChildProcess;
  private readonly ended: Promise<unknown>;

  constructor({ env, cwd, uid, command = NPM_START }: ServerOptions) {
    const [program = '', ...args] = command;
    this.child = spawn(program, args, {
      cwd,
      ...(uid === undefined ? {} : { uid, gid: uid }),
      env: { ...DEFAULTS, PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const keep = (chunk: Buffer) => (this.output += chunk.toString());
    this.child.stdout?.on('data', keep);
    this.child.stderr?.on('data', keep);
    this.ended = once(this.child, 'exit');
  }

  /** Resolves with its address when it listens. @throws what it said, when it ended before */
  async listening(): Promise<string> {
    await until(
      () => this.port !== undefined || this.hasEnded,
      60_000,
      () => this.output,
    );
    if (this.port === undefined) throw new Error(`the server did not start: ${this.output}`);
    return `http://127.0.0.1:${this.port}`;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  get exitCode(): number | null {
    return this.child.exitCode;
  }

  private get port(): string | undefined {
    return /Metronome listens on [^\s]*:(\d+) /.exec(this.output)?.[1];
  }

  /** The process that serves, whatever npm has put in front of it. */
  get pid(): number {
    return servingProcess(this.child.pid ?? 0);
  }

  /** SIGKILL, from outside, to the process that serves. */
  async kill(): Promise<void> {
    process.kill(this.pid, 'SIGKILL');
    await this.ended;
  }

  /** SIGTERM, and its orderly end. @returns the exit code */
  async stop(): Promise<number | null> {
    if (this.hasEnded) return this.exitCode;
    process.kill(this.pid, 'SIGTERM');
    await this.ended;
    return this.exitCode;
  }

  /** SIGTERM to what was started first: npm itself, not what it has started. */
  endStarter(): void {
    this.child.kill('SIGTERM');
  }

  /** SIGKILL to all that was started with it, whatever has ended of it already. */
  killAll(): void {
    process.kill(-(this.child.pid ?? 0), 'SIGKILL');
  }

  async end(): Promise<void> {
    await this.ended;
  }
}

/** The last of a chain of only children: npm runs a shell or Node itself, the shell runs Node. */
function servingProcess(pid: number): number {
  const children = spawnSync('ps', ['-o', 'pid=,comm=', '--ppid', String(pid)], { encoding: 'utf8' }).stdout;
  const node = children.split('\n').find((line) => /^\s*\d+ (node|MainThread|sh|npm)/.test(line));
  return node === undefined ? pid : servingProcess(Number(node.trim().split(' ')[0]));
}

/** Waits for a condition, looking every 10 ms. @throws after `withinMs`, with what `describe` says */
export async function until(
  condition: () => boolean | Promise<boolean>,
  withinMs: number,
  describe: () => string = () => 'the condition did not come true',
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${describe()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** One line of the command line program of this data directory or database. @returns what it printed */
export function runCli(
  env: Record<string, string>,
  ...args: string[]
): { status: number | null; output: string; errors: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/cli.mjs', ...args], {
    env: { PATH: process.env['PATH'], ...env },
    encoding: 'utf8',
  });
  return { status, output: stdout, errors: stderr };
}

/** The id in `postmaster.pid` of a data directory. */
export function postmasterOf(dataDir: string): number {
  return Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
}
