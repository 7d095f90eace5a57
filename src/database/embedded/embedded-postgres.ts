import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

import { Client, DatabaseError } from 'pg';

import type { PostgresConnection } from '../connection.js';
import { type Binaries, locateBinaries } from './binaries.js';
import {
  assertVersion,
  childEnvironment,
  clusterFolderOf,
  credentialsIn,
  endpointFor,
  folderArgument,
  initializeCluster,
} from './cluster-folder.js';
import { DataDirectoryInUseError, EmbeddedPostgresStartError } from './errors.js';
import { claimDataDirectory, livingOwner } from './owner-file.js';
import { isAlive, runningPostmaster } from './postmaster-pid.js';
import { type RuntimeUser, runtimeUser } from './runtime-user.js';

export interface EmbeddedPostgresOptions {
  readonly dataDir: string;
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void;
  /** Further PostgreSQL settings by name; the tests trade safety for speed with them. */
  readonly settings?: Readonly<Record<string, string>>;
}

const POLL_MS = 20;
const START_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 8_000;
const ORPHAN_ENDS_WITHIN_MS = 15_000;
const RESTART_AFTER_MS = 100;
const LINES_KEPT = 30;

/**
 * PostgreSQL becomes the shell's process; beside it a watcher reads a pipe from us. Its end without a word means that we
 * were killed, and then PostgreSQL is shut down in order, so no server is left behind.
 */
const WATCHED = 'exec 3<&0; { read -r _ <&3 || kill -INT $$; } >/dev/null 2>&1 & exec "$@" 3<&- </dev/null';

/**
 * Starts the PostgreSQL of this data directory, which is made if it is not there.
 * @throws DataDirectoryInUseError, DataDirectoryVersionError, EmbeddedBinariesMissingError, EmbeddedPostgresStartError
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { dataDir } = options;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const user = runtimeUser(clusterFolderOf(dataDir));
  const binaries = locateBinaries(user);
  assertVersion(dataDir, binaries.majorVersion);
  const release = claimDataDirectory(dataDir);
  try {
    await endOrphan(dataDir);
    initializeCluster(dataDir, binaries, user);
    const connection = { ...(await endpointFor(dataDir)), ...credentialsIn(dataDir) };
    const server = new EmbeddedPostgres(options, connection, { binaries, user, release });
    await server.start();
    return server;
  } catch (error) {
    release();
    throw error;
  }
}

/** How to connect to the PostgreSQL that a living Metronome runs on this data directory; undefined when none does. */
export function connectionOfRunningServer(dataDir: string): PostgresConnection | undefined {
  const folder = clusterFolderOf(dataDir);
  const running = livingOwner(dataDir) === undefined ? undefined : runningPostmaster(folder);
  if (!running) return undefined;
  const host = running.socketFolder === '' ? '127.0.0.1' : folder;
  return { host, port: running.port, ...credentialsIn(dataDir) };
}

/** The directory is ours, so a server that still runs there belonged to somebody who was killed. */
async function endOrphan(dataDir: string): Promise<void> {
  const folder = clusterFolderOf(dataDir);
  const orphan = runningPostmaster(folder);
  if (!orphan) return;
  const until = Date.now() + ORPHAN_ENDS_WITHIN_MS;
  process.kill(orphan.pid, 'SIGINT');
  while (runningPostmaster(folder)) {
    if (Date.now() > until) throw new DataDirectoryInUseError(dataDir, orphan.pid);
    await delay(POLL_MS);
  }
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

  constructor(
    private readonly options: EmbeddedPostgresOptions,
    readonly connection: PostgresConnection,
    private readonly parts: Parts,
  ) {}

  /** Resolves when it takes connections. @throws EmbeddedPostgresStartError */
  async start(): Promise<void> {
    const child = this.spawn();
    this.child = child;
    await this.untilReady(child);
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

  private spawn(): ChildProcess {
    const { user } = this.parts;
    const folder = clusterFolderOf(this.options.dataDir);
    const command = [this.parts.binaries.postgres, '-D', folderArgument(folder, user), ...this.settings()];
    const [program = '', ...args] =
      process.platform === 'win32' ? command : ['/bin/sh', '-c', WATCHED, 'sh', ...command];
    const child = spawn(program, args, {
      cwd: folder,
      ...user,
      env: childEnvironment(),
      // In a process group of its own: Ctrl-C in a terminal is for us, and we stop it when nothing needs it any more.
      detached: true,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    child.once('exit', () => child.stdin.end('ended\n'));
    child.stdin.on('error', () => undefined);
    child.on('error', (error) => {
      this.keep(error.message);
    });
    createInterface(child.stderr).on('line', (line) => {
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
    const until = Date.now() + START_WITHIN_MS;
    while (!(await this.takesConnections())) {
      if (hasEnded(child) || Date.now() > until) {
        child.kill('SIGINT');
        throw new EmbeddedPostgresStartError(this.options.dataDir, this.lastLines);
      }
      await delay(POLL_MS);
    }
  }

  private async takesConnections(): Promise<boolean> {
    try {
      await runOnce(this.connection);
      return true;
    } catch (error) {
      if (error instanceof DatabaseError && error.code === '3D000') return this.createDatabase();
      return false;
    }
  }

  private async createDatabase(): Promise<boolean> {
    await runOnce({ ...this.connection, database: 'postgres' }, `CREATE DATABASE ${this.connection.database}`);
    return true;
  }

  private async restart(): Promise<void> {
    if (this.stopping) return;
    this.ready = false;
    this.options.log('error', 'The embedded PostgreSQL ended by itself and is started again');
    await delay(RESTART_AFTER_MS);
    while (!this.isStopping()) {
      try {
        await endOrphan(this.options.dataDir);
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

/** Connects, runs the statement, and leaves. */
async function runOnce(connection: PostgresConnection, statement = 'SELECT 1'): Promise<void> {
  const client = new Client({ ...connection, application_name: 'metronome-start', connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(statement);
  } finally {
    await client.end().catch(() => undefined);
  }
}
