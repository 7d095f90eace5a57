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
  /** Additional PostgreSQL settings by name; the tests use them to trade safety for speed. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The kind of process that uses the folder; a server by default. */
  readonly holder?: Holder;
  readonly patience?: Partial<PatienceLimits>;
}

const POLL_MS = 20;
const STOP_WITHIN_MS = 8_000;
/** Milliseconds until the PostgreSQL of a killed Metronome has shut down. */
const ORPHAN_ENDS_WITHIN_MS = 15_000;
const RESTART_AFTER_MS = 100;
const LINES_KEPT = 30;

/**
 * The shell becomes PostgreSQL, and a watcher beside it reads a pipe from this process. The pipe ends without a line
 * only if this process was killed; the watcher then shuts PostgreSQL down cleanly, so that no server is left behind.
 * Descriptor 3 is the lock, which PostgreSQL and its children hold until the last of them ends.
 */
const WATCHED = 'exec 4<&0; { read -r _ <&4 || kill -INT $$; } >/dev/null 2>&1 3<&- & exec "$@" 4<&- </dev/null';

/**
 * Starts the PostgreSQL of this data directory, which is created if necessary.
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
 * Connects to the database of a running server. Without a server, starts the database until `close` is called; if
 * another command uses it, waits for that command.
 * @throws ServerNotReachableError when the server's database accepts no connections, and the errors of a start
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

/** Deletes the `PG…` variables, which the driver uses for missing options: they refer to another database. */
function forgetLibpqVariables(): void {
  for (const name of Object.keys(process.env).filter((key) => /^PG[A-Z]+/.test(key)))
    Reflect.deleteProperty(process.env, name);
}

function sayWhatWasOpen({ dataDir, log }: EmbeddedPostgresOptions): void {
  const open = closeToOthers(dataDir);
  if (open.length > 0) log('warn', `Open to other users, and closed to them now: ${open.join(', ')}`);
}

/** A database connection, and a way to close it. */
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

/** The connection of the PostgreSQL that last ran on this data directory; undefined after a clean shutdown. */
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

/** A PostgreSQL server that runs as long as this process, and is restarted if it ends unexpectedly. */
export class EmbeddedPostgres {
  private child: ChildProcess | undefined;
  private stopping = false;
  private ready = false;
  private readonly lastLines: string[] = [];

  /** Connects as the role that owns the database and has no further privileges. */
  readonly connection: PostgresConnection;
  /** Connects as the superuser, with which tests and benchmarks create further databases and roles. */
  readonly superuser: PostgresConnection;

  constructor(
    private readonly options: EmbeddedPostgresOptions,
    endpoint: Pick<PostgresConnection, 'host' | 'port'>,
    private readonly parts: Parts,
  ) {
    this.connection = { ...endpoint, ...serverRoleIn(options.dataDir) };
    this.superuser = { ...endpoint, ...superuserIn(options.dataDir) };
  }

  /**
   * Resolves when the server accepts connections.
   * @throws EmbeddedPostgresStartError
   */
  async start(): Promise<void> {
    const lock = await this.freeFolder();
    const child = this.spawn(lock);
    // PostgreSQL has inherited the lock and holds it from here on.
    lock.release();
    this.child = child;
    await this.untilReady(child);
    await prepareServerRole(this.superuser, this.connection.password);
    this.ready = true;
    child.once('exit', () => void this.restart());
    // The process may have ended before the listener was added.
    if (hasEnded(child)) void this.restart();
  }

  /** Shuts PostgreSQL down; open transactions are rolled back. */
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
      // A separate process group keeps Ctrl-C in a terminal from PostgreSQL, which is stopped last.
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
      // As in the application's log, statements are not logged.
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
    // While PostgreSQL starts, it logs our own premature connection attempts as FATAL.
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
 * Prevents PostgreSQL from mistaking another process for its predecessor. It ignores the id in `postmaster.pid` if that
 * is an ancestor's, and this variable names one ancestor. PostgreSQL still makes its other checks, above all of shared
 * memory, and removes the file.
 */
function notTaken(id: number | undefined): NodeJS.ProcessEnv {
  return id === undefined ? {} : { PG_GRANDPARENT_PID: String(id) };
}
