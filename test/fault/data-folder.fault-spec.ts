import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { inContainer, withoutPtrace } from './containers.js';
import { LegacyClient, OK } from '../support/legacy-client.js';
import { FROM_DIST, postmasterOf, Server, temporaryFolder, until } from '../support/server.js';

const CLI = [process.execPath, 'dist/src/cli/main.js'];
/** `npm run lab -- sidecar 50` before a release. */
const ROUNDS = Number(process.env['SIDECAR_ROUNDS'] ?? 3);

/** A command of the command line program from somewhere else; the load goes on meanwhile. */
async function run(dataDir: string, command: readonly string[]): Promise<{ status: number | null; output: string }> {
  const [program = '', ...args] = command;
  const env = { PATH: process.env['PATH'], HOME: dataDir, DATA_DIR: dataDir };
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (chunk: Buffer) => (output += chunk.toString());
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, output };
}

async function tokenOf(dataDir: string, email: string): Promise<string> {
  await run(dataDir, [...CLI, 'users', 'create', email]);
  return /[0-9a-f]{40}/.exec((await run(dataDir, [...CLI, 'tokens', 'create', email])).output)?.[0] ?? '';
}

interface Worker {
  readonly acknowledged: readonly string[];
  stop(): Promise<void>;
}

/** One person who starts and stops timer after timer; a start counts once it was acknowledged. */
function keepStarting(client: LegacyClient): Worker {
  const acknowledged: string[] = [];
  let over = false;
  const work = async (): Promise<void> => {
    for (let number = 0; !over; number += 1) {
      const { status } = await client.start(`timer ${number}`);
      if (status === 200) acknowledged.push(`timer ${number}`);
      await client.stop();
    }
  };
  const working = work();
  return {
    acknowledged,
    stop: () => {
      over = true;
      return working;
    },
  };
}

/** The titles that a backup made now holds: what the database really has. */
async function titlesIn(dataDir: string): Promise<Set<string>> {
  const file = join(dataDir, `check-${Date.now()}.backup`);
  expect(await run(dataDir, [...CLI, 'backup', file])).toMatchObject({ status: 0 });
  const text = spawnSync('gunzip', ['-c', file], { encoding: 'utf8', maxBuffer: 2 ** 28 }).stdout;
  rmSync(file);
  return new Set(text.match(/(?<=\t)timer \d+(?=\t)/g));
}

describe('one data folder, two containers', () => {
  let dataDir: string;
  let server: Server;
  let url: string;

  const start = async (command: readonly string[]): Promise<void> => {
    dataDir = temporaryFolder();
    server = new Server({ env: { DATA_DIR: dataDir }, command });
    url = await server.listening();
  };
  const refusedTo = async (command: readonly string[]): Promise<void> => {
    const second = new Server({ env: { DATA_DIR: dataDir }, command });
    await second.end();
    expect(second.output).toContain(`Another Metronome is running on ${dataDir}`);
    expect(second.exitCode).toBe(1);
  };
  const commands = (...prefix: string[]): string[] => [...prefix, ...FROM_DIST];

  afterEach(async () => {
    await server.stop();
  }, 60_000);

  it('the second server says so and ends, and the first goes on', async () => {
    await start(inContainer(...FROM_DIST));
    const client = new LegacyClient(url, await tokenOf(dataDir, 'me@example.com'));
    const postmaster = readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8');
    await refusedTo(inContainer(...FROM_DIST));
    await refusedTo(FROM_DIST);
    expect(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).toBe(postmaster);
    expect(await client.start('still there')).toEqual(OK);
  }, 180_000);

  it('without CAP_SYS_PTRACE too, and no command touches the running PostgreSQL', async () => {
    await start(withoutPtrace(...FROM_DIST));
    const file = join(dataDir, 'postgres', 'postmaster.pid');
    const postmaster = readFileSync(file, 'utf8');
    const created = await run(dataDir, withoutPtrace(...CLI, 'users', 'create', 'you@example.com'));
    expect(created).toEqual({ status: 0, output: expect.stringContaining('password') as string });
    await refusedTo(withoutPtrace(...FROM_DIST));
    await refusedTo(inContainer(...commands(...withoutPtrace())));
    expect(readFileSync(file, 'utf8')).toBe(postmaster);
    const client = new LegacyClient(url, await tokenOf(dataDir, 'me@example.com'));
    expect(await client.start('still there')).toEqual(OK);
  }, 180_000);

  it('the second server is refused while the first one’s PostgreSQL recovers from a kill', async () => {
    await start(FROM_DIST);
    const client = new LegacyClient(url, await tokenOf(dataDir, 'me@example.com'));
    const worker = keepStarting(client);
    await until(() => worker.acknowledged.length > 20, 20_000);
    const second = new Server({ env: { DATA_DIR: dataDir }, command: inContainer(...FROM_DIST) });
    process.kill(postmasterOf(dataDir), 'SIGKILL');
    await second.end();
    expect([second.exitCode, second.output]).toEqual([1, expect.stringContaining('Another Metronome is running')]);
    const before = worker.acknowledged.length;
    await until(() => worker.acknowledged.length > before + 5, 30_000);
    await worker.stop();
    const titles = await titlesIn(dataDir);
    expect(worker.acknowledged.filter((title) => !titles.has(title))).toEqual([]);
  }, 180_000);

  it(`a backup from a sidecar takes nothing from a server under load (${ROUNDS} rounds)`, async () => {
    await start(inContainer(...FROM_DIST));
    const client = new LegacyClient(url, await tokenOf(dataDir, 'me@example.com'));
    const worker = keepStarting(client);
    for (let round = 0; round < ROUNDS; round += 1) {
      const file = join(dataDir, `round-${round}.backup`);
      expect(await run(dataDir, inContainer(...CLI, 'backup', file))).toMatchObject({ status: 0 });
      const before = worker.acknowledged.length;
      await until(() => worker.acknowledged.length > before, 10_000);
      rmSync(file);
    }
    await worker.stop();
    const titles = await titlesIn(dataDir);
    expect(worker.acknowledged.filter((title) => !titles.has(title))).toEqual([]);
    process.stdout.write(`${ROUNDS} backups beside ${worker.acknowledged.length} acknowledged starts, none lost\n`);
    // And after a restart, from the files alone.
    await server.stop();
    const after = await titlesIn(dataDir);
    expect(worker.acknowledged.filter((title) => !after.has(title))).toEqual([]);
  }, 600_000);
});

describe('a server that was killed', () => {
  it('is followed by the next one when its PostgreSQL has written its last checkpoint', async () => {
    const dataDir = temporaryFolder();
    // The container outlives its server, as with npm or an init in front of it.
    const container = inContainer('sh', '-c', `${FROM_DIST.join(' ')}; sleep 60`);
    const killed = new Server({ env: { DATA_DIR: dataDir }, command: container });
    const worker = keepStarting(new LegacyClient(await killed.listening(), await tokenOf(dataDir, 'me@example.com')));
    await until(() => worker.acknowledged.length > 100, 30_000);
    await worker.stop();
    const postmaster = postmasterIn(dataDir);
    // It stands still in the middle of what it does, for as long as we like.
    process.kill(postmaster, 'SIGSTOP');
    process.kill(killed.pid, 'SIGKILL');
    const next = new Server({ env: { DATA_DIR: dataDir }, command: inContainer(...FROM_DIST) });
    await until(
      () => next.output.includes('waiting'),
      30_000,
      () => next.output,
    );
    expect(next.hasEnded).toBe(false);
    process.kill(postmaster, 'SIGCONT');
    await next.listening();
    const titles = await titlesIn(dataDir);
    expect(worker.acknowledged.filter((title) => !titles.has(title))).toEqual([]);
    await next.stop();
    killed.killAll();
  }, 180_000);
});

/** The PostgreSQL of this folder, by the id that it has here: the one in its file may be a container's. */
function postmasterIn(dataDir: string): number {
  const { stdout } = spawnSync('pgrep', ['-f', 'bin/postgres -D'], { encoding: 'utf8' });
  const found = stdout
    .split('\n')
    .filter((pid) => pid !== '')
    .find((pid) => existsSync(`/proc/${pid}/cwd/postmaster.pid`) && cwdOf(pid) === join(dataDir, 'postgres'));
  return Number(found);
}

function cwdOf(pid: string): string {
  return spawnSync('readlink', [`/proc/${pid}/cwd`], { encoding: 'utf8' }).stdout.trim();
}
