import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { Client } from 'pg';

import { locateBinaries } from '../../src/database/embedded/binaries.js';
import { connectionOf, startEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { isAlive } from '../../src/database/embedded/postmaster-pid.js';
import { FROM_DIST, postmasterOf, runCli, Server, temporaryFolder, until } from '../support/server.js';

const NOBODY = 65_534;
const quiet = () => undefined;
const asRoot = process.getuid?.() === 0;

async function query(dataDir: string, statement: string): Promise<unknown[]> {
  const connection = connectionOf(dataDir);
  if (!connection) throw new Error('no server runs');
  const client = new Client(connection);
  await client.connect();
  const { rows } = await client.query(statement);
  await client.end();
  return rows as unknown[];
}

/** A copy of what git would bring, with the dependencies linked or installed afterwards. */
function copyOfTheProject(folder: string): void {
  const { stdout } = spawnSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' });
  for (const file of stdout
    .trim()
    .split('\n')
    .filter((name) => existsSync(name))) {
    cpSync(file, join(folder, file));
  }
}

describe('the embedded PostgreSQL', () => {
  it('keeps its data over a restart, and starts fast the second time', async () => {
    const dataDir = temporaryFolder();
    const first = await startEmbeddedPostgres({ dataDir, log: quiet });
    await query(dataDir, 'CREATE TABLE kept (n int)');
    await first.stop();
    expect(connectionOf(dataDir)).toBeUndefined();
    const started = performance.now();
    const second = await startEmbeddedPostgres({ dataDir, log: quiet });
    process.stdout.write(`second start of the database: ${Math.round(performance.now() - started)} ms\n`);
    expect(await query(dataDir, 'SELECT * FROM kept')).toEqual([]);
    await second.stop();
    expect(readdirSync(dataDir).sort()).toEqual(['metronome.lock', 'postgres', 'postgres.lock', 'secrets']);
  });

  it('is refused to a second server, with what to do', async () => {
    const dataDir = temporaryFolder();
    const server = new Server({ env: { DATA_DIR: dataDir } });
    await server.listening();
    const second = new Server({ env: { DATA_DIR: dataDir } });
    await second.end();
    expect(second.exitCode).toBe(1);
    expect(second.output).toContain(`Another Metronome is running on ${dataDir}`);
    expect(second.output).toContain('stop it, or set DATA_DIR to another folder');
    expect(second.output).not.toContain('    at ');
    expect(await query(dataDir, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await server.stop()).toBe(0);
  });

  it('is given to one of several that start in the same instant', async () => {
    const dataDir = temporaryFolder();
    const servers = Array.from({ length: 3 }, () => new Server({ env: { DATA_DIR: dataDir } }));
    const started = await Promise.allSettled(servers.map((server) => server.listening()));
    expect(started.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const { output, hasEnded } of servers) if (hasEnded) expect(output).toContain('Another Metronome is running');
    await Promise.all(servers.map((server) => server.stop()));
  });

  it('does not outlive a killed server', async () => {
    const dataDir = temporaryFolder();
    const server = new Server({ env: { DATA_DIR: dataDir } });
    await server.listening();
    const postmaster = postmasterOf(dataDir);
    await server.kill();
    await until(() => !isAlive(postmaster), 10_000);
  });

  it.each(['a dead process', 'a process that is something else'])(
    'deals with a stale postmaster.pid of %s',
    async (kind) => {
      const dataDir = temporaryFolder();
      const first = await startEmbeddedPostgres({ dataDir, log: quiet });
      const pidFile = join(dataDir, 'postgres', 'postmaster.pid');
      const text = readFileSync(pidFile, 'utf8');
      await first.stop();
      const pid = kind === 'a dead process' ? 4_194_303 : process.pid;
      writeFileSync(pidFile, text.replace(/^\d+/, String(pid)), { mode: 0o600 });
      const owner = asRoot
        ? spawnSync('stat', ['-c', '%u:%g', join(dataDir, 'postgres')], { encoding: 'utf8' }).stdout
        : '';
      if (asRoot) chownSync(pidFile, Number(owner.split(':')[0]), Number(owner.split(':')[1]));
      const second = await startEmbeddedPostgres({ dataDir, log: quiet });
      expect(await query(dataDir, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await second.stop();
    },
  );

  it('deals with a stale postmaster.pid whose id another process of the same user has, and does not touch it', async () => {
    const dataDir = temporaryFolder();
    const first = await startEmbeddedPostgres({ dataDir, log: quiet });
    const pidFile = join(dataDir, 'postgres', 'postmaster.pid');
    const text = readFileSync(pidFile, 'utf8');
    await first.stop();
    const { uid, gid } = statSync(join(dataDir, 'postgres'));
    const other = spawn('sleep', ['60'], { uid, gid });
    writeFileSync(pidFile, text.replace(/^\d+/, String(other.pid)), { mode: 0o600 });
    chownSync(pidFile, uid, gid);
    const second = await startEmbeddedPostgres({ dataDir, log: quiet });
    expect(await query(dataDir, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await second.stop();
    expect(other.exitCode).toBeNull();
    other.kill();
  });

  it('leaves a PostgreSQL alone that holds no lock, as an older Metronome starts one', async () => {
    const dataDir = temporaryFolder();
    const ours = await startEmbeddedPostgres({ dataDir, log: quiet });
    await ours.stop();
    const folder = join(dataDir, 'postgres');
    const { uid, gid } = statSync(folder);
    const program = locateBinaries({ uid, gid }).postgres;
    const settings = ['listen_addresses=', 'unix_socket_directories=.', 'port=5432'].flatMap((setting) => [
      '-c',
      setting,
    ]);
    const older = spawn(program, ['-D', asRoot ? '/proc/self/cwd' : folder, ...settings], { cwd: folder, uid, gid });
    const started = () => query(dataDir, 'SELECT 1').then(Boolean, () => false);
    await until(started, 15_000);
    const late = startEmbeddedPostgres({ dataDir, log: quiet, patience: { silenceMs: 300 } });
    await expect(late).rejects.toThrow(`A PostgreSQL (process ${older.pid} where it runs) still works on ${dataDir}`);
    expect(await query(dataDir, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    older.kill('SIGINT');
    await once(older, 'exit');
    const next = await startEmbeddedPostgres({ dataDir, log: quiet });
    await next.stop();
  });

  it('waits for a recovery that takes longer than its patience, and says so', async () => {
    const dataDir = temporaryFolder();
    const settings = { fsync: 'off', max_wal_size: '4GB', checkpoint_timeout: '1h' };
    const killed = await startEmbeddedPostgres({ dataDir, log: quiet, settings });
    await query(dataDir, 'CREATE TABLE many AS SELECT n, md5(n::text) FROM generate_series(1, 1000000) n');
    await query(dataDir, 'CREATE INDEX ON many (md5)');
    // PostgreSQL with all its processes, as a machine without power.
    spawnSync('pkill', ['-KILL', '-P', String(postmasterOf(dataDir))]);
    process.kill(postmasterOf(dataDir), 'SIGKILL');
    const stopped = killed.stop();
    await stopped;
    const messages: string[] = [];
    const log = (_: string, message: string) => messages.push(message);
    const patience = { silenceMs: 5_000, sayEveryMs: 1 };
    const next = await startEmbeddedPostgres({ dataDir, log, settings, patience });
    expect(await query(dataDir, 'SELECT count(*)::int AS count FROM many')).toEqual([{ count: 1_000_000 }]);
    expect(messages[0]).toMatch(
      /^PostgreSQL takes no connections yet \(the database system is .*\); waiting, \d+ s so far$/,
    );
    await next.stop();
  }, 60_000);

  it('puts a folder right that a mount has opened to others, with one line', async () => {
    const dataDir = temporaryFolder();
    const first = await startEmbeddedPostgres({ dataDir, log: quiet });
    await first.stop();
    for (const folder of [dataDir, join(dataDir, 'postgres'), join(dataDir, 'secrets')]) chmodSync(folder, 0o2777);
    const messages: string[] = [];
    const second = await startEmbeddedPostgres({ dataDir, log: (_, message) => messages.push(message) });
    expect(await query(dataDir, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await second.stop();
    expect(messages).toEqual([expect.stringContaining(`Open to other users, and closed to them now: ${dataDir}, `)]);
  });

  it.each([
    { PGSSLMODE: 'prefer' },
    { PGSSLMODE: 'require', PGOPTIONS: '-c default_transaction_read_only=on' },
    { PGSERVICE: 'none', PGHOST: 'nowhere.invalid', PGPORT: '1', PGUSER: 'me', PGPASSWORD: 'no', PGDATABASE: 'none' },
  ])(
    'takes nothing from %j',
    async (variables) => {
      const dataDir = temporaryFolder();
      const server = new Server({ env: { DATA_DIR: dataDir, ...variables }, command: FROM_DIST });
      const url = await server.listening();
      expect((await fetch(`${url}/health/ready`)).status).toBe(200);
      const { status, errors } = runCli({ DATA_DIR: dataDir, ...variables }, 'users', 'create', 'me@example.com');
      expect([status, errors]).toEqual([0, '']);
      expect(await server.stop()).toBe(0);
    },
    60_000,
  );

  it('starts again when it is killed, and clients find it where it was', async () => {
    const dataDir = temporaryFolder();
    const messages: string[] = [];
    const server = await startEmbeddedPostgres({ dataDir, log: (_, message) => messages.push(message) });
    const postmaster = postmasterOf(dataDir);
    process.kill(postmaster, 'SIGKILL');
    const answers = () =>
      query(dataDir, 'SELECT 1 AS one').then(
        () => true,
        () => false,
      );
    await until(() => !isAlive(postmaster), 5_000);
    await until(answers, 15_000, () => messages.join('\n'));
    expect(messages).toContain('The embedded PostgreSQL ended by itself and is started again');
    await server.stop();
  });

  it('names a data directory of another major version, and what to do', async () => {
    const dataDir = temporaryFolder();
    mkdirSync(join(dataDir, 'postgres'));
    writeFileSync(join(dataDir, 'postgres', 'PG_VERSION'), '17\n');
    const server = new Server({ env: { DATA_DIR: dataDir } });
    await server.end();
    expect(server.exitCode).toBe(1);
    expect(server.output).toMatch(/was written by PostgreSQL 17, this Metronome brings 18/);
    expect(server.output).toContain('npm run cli -- backup');
    expect(server.output).toContain('npm run cli -- restore');
  });

  it('listens on the loopback where the path is too long for a socket', async () => {
    const dataDir = join(temporaryFolder(), 'x'.repeat(120));
    const server = await startEmbeddedPostgres({ dataDir, log: quiet });
    expect(server.connection.host).toBe('127.0.0.1');
    expect(await query(dataDir, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await server.stop();
  });

  it('shows a start that was killed half-way nothing that looks like data', async () => {
    const dataDir = temporaryFolder();
    mkdirSync(join(dataDir, 'postgres.new-abc'));
    const server = await startEmbeddedPostgres({ dataDir, log: quiet });
    expect(await query(dataDir, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await server.stop();
  });
});

describe('a fresh clone', () => {
  it('installs without any install script and serves, below a folder that other users cannot enter', async () => {
    const home = temporaryFolder();
    chmodSync(home, 0o700);
    const clone = join(home, 'clone');
    mkdirSync(clone);
    copyOfTheProject(clone);
    const npm = spawnSync('npm', ['ci', '--ignore-scripts', '--prefer-offline'], { cwd: clone, encoding: 'utf8' });
    expect(npm.status).toBe(0);
    const server = new Server({ env: {}, cwd: clone });
    const url = await server.listening();
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    expect(await server.stop()).toBe(0);
    rmSync(home, { recursive: true });
  }, 180_000);

  it('names what brings the build tools when they were left out', () => {
    const clone = temporaryFolder();
    copyOfTheProject(clone);
    const start = () => spawnSync(process.execPath, ['scripts/start.mjs'], { cwd: clone, encoding: 'utf8' });
    expect(start()).toMatchObject({ status: 1, stderr: 'The dependencies are not installed. Run: npm ci\n' });
    mkdirSync(join(clone, 'node_modules'));
    expect(start().stderr).toBe('The build tools are not installed (npm ci --omit=dev leaves them out). Run: npm ci\n');
  });

  it('runs as an ordinary user', async () => {
    const dataDir = temporaryFolder();
    if (asRoot) chownSync(dataDir, NOBODY, NOBODY);
    // Reachable for them: this checkout may be below a folder that they cannot enter.
    const program = temporaryFolder();
    chmodSync(program, 0o755);
    cpSync('dist', join(program, 'dist'), { recursive: true });
    cpSync('package.json', join(program, 'package.json'));
    // Hard links where that is possible: a copy takes half a minute.
    if (spawnSync('cp', ['-al', 'node_modules', program]).status !== 0)
      spawnSync('cp', ['-a', 'node_modules', program]);
    const server = new Server({
      env: { DATA_DIR: dataDir },
      cwd: program,
      command: [process.execPath, 'dist/src/main.js'],
      ...(asRoot ? { uid: NOBODY } : {}),
    });
    const url = await server.listening();
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    expect(await server.stop()).toBe(0);
    rmSync(program, { recursive: true });
  }, 120_000);
});
