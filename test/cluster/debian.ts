import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client } from 'pg';

import { freePort } from './cluster.js';
import { until } from '../support/server.js';

const VERSIONS = '/usr/lib/postgresql';
const PGBOUNCER = '/usr/sbin/pgbouncer';

/** The programs of Debian's newest `postgresql` here; undefined when it is not installed. */
function programs(): string | undefined {
  const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS).filter((name) => /^\d+$/.test(name)) : [];
  const newest = Math.max(0, ...versions.map(Number));
  return newest === 0 ? undefined : join(VERSIONS, String(newest), 'bin');
}

/** Neither PostgreSQL nor PgBouncer runs as root. */
function asPostgres(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout);
  return { uid: id('-u'), gid: id('-g') };
}

function folder(name: string): string {
  const made = mkdtempSync(join(tmpdir(), `metronome-${name}-`));
  const { uid, gid } = asPostgres();
  if (uid !== undefined && gid !== undefined) chownSync(made, uid, gid);
  return made;
}

/** A PostgreSQL from Debian's package, on a port of its own. */
export class DebianPostgres {
  private readonly child: ChildProcess;

  private constructor(
    private readonly home: string,
    readonly port: number,
  ) {
    const args = ['-D', this.data, '-p', String(port), '-k', home, '-c', 'listen_addresses=127.0.0.1'];
    this.child = spawn(program('postgres'), args, { ...asPostgres(), stdio: 'ignore' });
  }

  /** An empty one. */
  static async start(): Promise<DebianPostgres> {
    const home = folder('postgres');
    run('initdb', ['-D', join(home, 'data'), '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N']);
    return DebianPostgres.open(home);
  }

  /** A standby that streams from another. */
  static async standbyOf({ port }: DebianPostgres): Promise<DebianPostgres> {
    const home = folder('standby');
    const from = `host=127.0.0.1 port=${port} user=postgres application_name=standby`;
    run('pg_basebackup', ['-D', join(home, 'data'), '-d', from, '-R', '-X', 'stream', '-c', 'fast', '-N']);
    return DebianPostgres.open(home);
  }

  private static async open(home: string): Promise<DebianPostgres> {
    const server = new DebianPostgres(home, await freePort());
    await until(async () => (await server.sql('SELECT 1').catch(() => [])).length === 1, 30_000);
    return server;
  }

  private get data(): string {
    return join(this.home, 'data');
  }

  async sql<Row extends object>(text: string, database = 'postgres'): Promise<Row[]> {
    const client = new Client({ host: '127.0.0.1', port: this.port, user: 'postgres', database });
    await client.connect();
    try {
      return (await client.query<Row>(text)).rows;
    } finally {
      await client.end();
    }
  }

  /** Makes a standby the primary. */
  promote(): void {
    run('pg_ctl', ['promote', '-D', this.data, '-w']);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = once(this.child, 'exit');
      this.child.kill('SIGQUIT');
      await ended;
    }
    rmSync(this.home, { recursive: true, force: true });
  }
}

function program(name: string): string {
  const found = programs();
  if (found === undefined) throw new Error('Debian’s package postgresql is not installed');
  return join(found, name);
}

function run(name: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(program(name), args, { ...asPostgres(), encoding: 'utf8' });
  if (status !== 0) throw new Error(`${name}: ${stderr}`);
}

/** Debian's PgBouncer in session mode before a PostgreSQL, as its own package configures it but for what must be set. */
export class PgBouncer {
  private constructor(
    private readonly child: ChildProcess,
    private readonly home: string,
    readonly port: number,
  ) {}

  static async start(postgres: DebianPostgres): Promise<PgBouncer> {
    const home = folder('pgbouncer');
    const port = await freePort();
    const file = join(home, 'pgbouncer.ini');
    const lines = [
      '[databases]',
      `* = host=127.0.0.1 port=${postgres.port} user=postgres`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = any',
      'pool_mode = session',
      'default_pool_size = 50',
      `logfile = ${join(home, 'pgbouncer.log')}`,
    ];
    writeFileSync(file, `${lines.join('\n')}\n`);
    const child = spawn(PGBOUNCER, ['-q', file], { ...asPostgres(), stdio: 'ignore' });
    await until(
      () => answers(port),
      10_000,
      () => 'PgBouncer does not listen',
    );
    return new PgBouncer(child, home, port);
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
    rmSync(this.home, { recursive: true, force: true });
  }
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => {
      resolve(false);
    });
  });

/** A name that leads to one server, and later to another: connections that stand stay where they are. */
export class MovableName {
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private target: number,
  ) {
    server.on('connection', (near: Socket) => {
      const far = connect(this.target, '127.0.0.1');
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.sockets.add(from);
        from.on('error', () => undefined).on('close', () => to.destroy());
        from.pipe(to);
      }
    });
  }

  static async to(port: number): Promise<MovableName> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new MovableName(server, port);
  }

  get port(): number {
    return (this.server.address() as { port: number }).port;
  }

  move(port: number): void {
    this.target = port;
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }
}
