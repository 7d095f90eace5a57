import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

import { createDatabase } from '../database.sql.js';
import { ask, runOnce } from '../answer.js';
import type { PostgresConnection } from '../connection.js';
import { DEFAULT_LIMITS, Patience, type PatienceLimits } from '../patience.js';
import { type Binaries, locateBinaries } from './binaries.js';
import {
  assertVersion,
  childEnvironment,
  clusterFolderOf,
  endpointFor,
  folderArgument,
  initializeCluster,
  serverRoleIn,
  superuserIn,
} from './cluster-folder.js';
import { DataDirectoryInUseError, EmbeddedPostgresStartError, ServerNotReachableError } from './errors.js';
import type { FileLock } from './file-lock.js';
import { claimDataFolder, type Holder, holderOf } from './folder-claim.js';
import { addressIn, untilFree } from './free-folder.js';
import { isAlive, reusedId } from './postmaster-pid.js';
import { closeToOthers } from './private-folder.js';
import { type RuntimeUser, runtimeUser } from './runtime-user.js';
import { prepareServerRole } from './server-role.js';

export interface EmbeddedPostgresOptions {
  readonly dataDir: string;
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void;
  /** Further PostgreSQL settings by name; the tests trade safety for speed with them. */
  readonly settings?: Readonly<Record<string, string>>;
  /** What works on the folder: a server unless it is said. */
  readonly holder?: Holder;
  readonly patience?: Partial<PatienceLimits>;
}

const POLL_MS = 20;
const STOP_WITHIN_MS = 8_000;
/** A PostgreSQL whose Metronome was killed shuts down by itself. */
const ORPHAN_ENDS_WITHIN_MS = 15_000;
const RESTART_AFTER_MS = 100;
const LINES_KEPT = 30;

/**
 * PostgreSQL becomes the shell's process; beside it a watcher reads a pipe from us. Its end without a word means that we
 * were killed, and then PostgreSQL is shut down in order, so no server is left behind. Descriptor 3 is the lock, which
 * PostgreSQL and its children hold until the last of them has ended.
 */
const WATCHED = 'exec 4<&0; { read -r _ <&4 || kill -INT $$; } >/dev/null 2>&1 3<&- & exec "$@" 4<&- </dev/null';

/**
 * Starts the PostgreSQL of this data directory, which is made if it is not there.
 * @throws DataDirectoryInUseError, DataDirectoryVersionError, EmbeddedBinariesMissingError, EmbeddedPostgresStartError
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { dataDir, holder = 'server' } = options;
  forgetLibpqVariables();
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const release = claimDataFolder(dataDir, holder);
  try {
    sayWhatWasOpen(options);
    const user = runtimeUser(clusterFolderOf(dataDir));
    const binaries = locateBinaries(user);
    assertVersion(dataDir, binaries.majorVersion);
    initializeCluster(dataDir, binaries, user);
    const server = new EmbeddedPostgres(options, await endpointFor(dataDir), { binaries, user, release });
    await server.start();
    return server;
  } catch (error) {
    release();
    throw error;
  }
}

/**
 * The database of a running server; without one it is started for as long as the command takes. Another command is
 * waited for.
 * @throws ServerNotReachableError when the server's database takes no connections, and what starting throws
 */
export async function shareEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<OpenEmbedded> {
  const { dataDir } = options;
  const patience = patienceOf(options);
  forgetLibpqVariables();
  for (;;) {
    const server = await startUnlessInUse(options);
    if (server) return { connection: server.connection, close: () => server.stop() };
    const connection = connectionOf(dataDir);
    const answer = connection ? await ask(connection) : { kind: 'none' as const };
    if (connection && answer.kind === 'ready' && holderOf(dataDir) === 'server')
      return { connection, close: () => Promise.resolve() };
    if (!patience.lastsAfter(answer)) throw new ServerNotReachableError(dataDir, holderOf(dataDir));
    await delay(POLL_MS * 5);
  }
}

/** The driver fills from `PG…` variables what a configuration leaves out: they speak of another database than ours. */
function forgetLibpqVariables(): void {
  for (const name of Object.keys(process.env).filter((key) => /^PG[A-Z]+/.test(key)))
    Reflect.deleteProperty(process.env, name);
}

function sayWhatWasOpen({ dataDir, log }: EmbeddedPostgresOptions): void {
  const open = closeToOthers(dataDir);
  if (open.length > 0) log('warn', `Open to other users, and closed to them now: ${open.join(', ')}`);
}

/** A database to connect to, and how to let go of it. */
interface OpenEmbedded {
  readonly connection: PostgresConnection;
  close(): Promise<void>;
}

async function startUnlessInUse(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres | undefined> {
  try {
    return await startEmbeddedPostgres({ ...options, holder: 'command' });
  } catch (error) {
    if (error instanceof DataDirectoryInUseError) return undefined;
    throw error;
  }
}

/** How to connect to the PostgreSQL that runs on this data directory, if one does; undefined after an orderly end. */
export function connectionOf(dataDir: string): PostgresConnection | undefined {
  const address = addressIn(clusterFolderOf(dataDir));
  return address && { ...address, ...serverRoleIn(dataDir) };
}

function patienceOf({ patience, log }: EmbeddedPostgresOptions, limits: Partial<PatienceLimits> = {}): Patience {
  return new Patience({ ...DEFAULT_LIMITS, ...limits, ...patience }, (text) => {
    log('warn', text);
  });
}

interface Parts {
  readonly binaries: Binaries;
  readonly user: RuntimeUser | undefined;
  readonly release: () => void;
}

/** A PostgreSQL server that runs as long as this process does; it is started again should it end by itself. */
export class EmbeddedPostgres {
  private child: ChildProcess | undefined;
  private stopping = false;
  private ready = false;
  private readonly lastLines: string[] = [];

  /** As the role that owns the one database, and may nothing else. */
  readonly connection: PostgresConnection;
  /** As the role that may everything: for further databases and roles, which tests and benchmarks make. */
  readonly superuser: PostgresConnection;

  constructor(
    private readonly options: EmbeddedPostgresOptions,
    endpoint: Pick<PostgresConnection, 'host' | 'port'>,
    private readonly parts: Parts,
  ) {
    this.connection = { ...endpoint, ...serverRoleIn(options.dataDir) };
    this.superuser = { ...endpoint, ...superuserIn(options.dataDir) };
  }

  /** Resolves when it takes connections. @throws EmbeddedPostgresStartError */
  async start(): Promise<void> {
    const lock = await this.freeFolder();
    const child = this.spawn(lock);
    // From here on PostgreSQL holds it.
    lock.release();
    this.child = child;
    await this.untilReady(child);
    await prepareServerRole(this.superuser, this.connection.password);
    this.ready = true;
    child.once('exit', () => void this.restart());
    // It may have ended while it was being looked at.
    if (hasEnded(child)) void this.restart();
  }

  /** Shuts it down in order; open transactions are rolled back. */
  async stop(): Promise<void> {
    this.stopping = true;
    const { child } = this;
    if (child && !hasEnded(child)) {
      const ended = once(child, 'exit');
      child.kill('SIGINT');
      const impatience = setTimeout(() => child.kill('SIGQUIT'), STOP_WITHIN_MS);
      await ended;
      clearTimeout(impatience);
    }
    this.parts.release();
  }

  private freeFolder(): Promise<FileLock> {
    const { dataDir } = this.options;
    return untilFree(dataDir, this.superuser, patienceOf(this.options, { silenceMs: ORPHAN_ENDS_WITHIN_MS }));
  }

  private spawn(lock: FileLock): ChildProcess {
    const { user } = this.parts;
    const folder = clusterFolderOf(this.options.dataDir);
    const command = [this.parts.binaries.postgres, '-D', folderArgument(folder, user), ...this.settings()];
    const [program = '', ...args] =
      process.platform === 'win32' ? command : ['/bin/sh', '-c', WATCHED, 'sh', ...command];
    const child = spawn(program, args, {
      cwd: folder,
      ...user,
      env: { ...childEnvironment(), ...notTaken(reusedId(folder)) },
      // In a process group of its own: Ctrl-C in a terminal is for us, and we stop it when nothing needs it any more.
      detached: true,
      stdio: ['pipe', 'ignore', 'pipe', process.platform === 'win32' ? 'ignore' : lock.fd],
    });
    child.once('exit', () => child.stdin?.end('ended\n'));
    child.stdin?.on('error', () => undefined);
    child.on('error', (error) => {
      this.keep(error.message);
    });
    const { stderr } = child;
    if (stderr)
      createInterface(stderr).on('line', (line) => {
        this.onLine(line);
      });
    return child;
  }

  private settings(): string[] {
    const { host, port } = this.connection;
    const bySocket = host.startsWith('/');
    const settings = {
      listen_addresses: bySocket ? '' : host,
      port: String(port),
      unix_socket_directories: bySocket ? '.' : '',
      unix_socket_permissions: '0700',
      max_connections: '200',
      timezone: 'UTC',
      // Our log shows no statements, and neither does this one.
      log_min_error_statement: 'panic',
      ...this.options.settings,
    };
    return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  }

  private async untilReady(child: ChildProcess): Promise<void> {
    const patience = patienceOf(this.options);
    for (;;) {
      const answer = await ask(this.superuser);
      if (answer.kind === 'ready' || answer.kind === 'locked') return;
      if (answer.kind === 'without database') return this.createDatabase();
      if (hasEnded(child) || !patience.lastsAfter(answer)) {
        child.kill('SIGINT');
        throw new EmbeddedPostgresStartError(this.options.dataDir, this.lastLines);
      }
      await delay(POLL_MS);
    }
  }

  private createDatabase(): Promise<void> {
    return runOnce({ ...this.superuser, database: 'postgres' }, createDatabase(this.superuser.database));
  }

  private async restart(): Promise<void> {
    if (this.stopping) return;
    this.ready = false;
    this.options.log('error', 'The embedded PostgreSQL ended by itself and is started again');
    await delay(RESTART_AFTER_MS);
    while (!this.isStopping()) {
      try {
        await this.start();
        return;
      } catch {
        this.options.log('error', `The embedded PostgreSQL does not start: ${this.lastLines.at(-1) ?? ''}`);
        await delay(RESTART_AFTER_MS * 10);
      }
    }
  }

  private isStopping(): boolean {
    return this.stopping;
  }

  private onLine(line: string): void {
    this.keep(line);
    const worth = / (FATAL|PANIC): +(.*)$/.exec(line)?.[2];
    // Not while it starts: it tells everybody who asks too early, and that is us.
    if (worth !== undefined && this.ready && !this.stopping) this.options.log('warn', `PostgreSQL: ${worth}`);
  }

  private keep(line: string): void {
    this.lastLines.push(line);
    if (this.lastLines.length > LINES_KEPT) this.lastLines.shift();
  }
}

const hasEnded = (child: ChildProcess): boolean =>
  child.exitCode !== null || child.signalCode !== null || child.pid === undefined || !isAlive(child.pid);

/**
 * PostgreSQL compares the id in `postmaster.pid` with those of its own ancestors, of which it is told one by this variable:
 * what has that id is no PostgreSQL. It judges everything else, shared memory above all, and clears the file away.
 */
function notTaken(id: number | undefined): NodeJS.ProcessEnv {
  return id === undefined ? {} : { PG_GRANDPARENT_PID: String(id) };
}
