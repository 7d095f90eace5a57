import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { PostgresConnection } from '../connection.js';
import type { Binaries } from './binaries.js';
import { DataDirectoryVersionError, EmbeddedPostgresStartError } from './errors.js';
import type { RuntimeUser } from './runtime-user.js';
import { SERVER_ROLE } from './server-role.js';

const NAME = 'metronome';
const SOCKET = '.s.PGSQL.5432';
/** Maximum length of a Unix socket path, in bytes. */
const MAX_SOCKET_PATH = 107;
const ABANDONED_AFTER_MS = 600_000;

export const clusterFolderOf = (dataDir: string): string => join(dataDir, 'postgres');

/**
 * On Linux, a process enters its working directory before it changes its user, and this path leads there without the
 * parent folders.
 */
const HERE = '/proc/self/cwd';

/**
 * The folder argument of a PostgreSQL program: its working directory, so that its user needs no access to the parent
 * folders.
 */
export function folderArgument(folder: string, user: RuntimeUser | undefined): string {
  return user !== undefined && process.platform === 'linux' ? HERE : folder;
}

/** The address of the server: a socket in the data directory, or the loopback if the socket path is too long. */
export async function endpointFor(dataDir: string): Promise<Pick<PostgresConnection, 'host' | 'port'>> {
  const folder = clusterFolderOf(dataDir);
  const fits = Buffer.byteLength(join(folder, SOCKET)) <= MAX_SOCKET_PATH;
  return fits && process.platform !== 'win32'
    ? { host: folder, port: 5432 }
    : { host: '127.0.0.1', port: await freePort() };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => {
        resolve(port);
      });
    });
  });
}

type Credentials = Pick<PostgresConnection, 'user' | 'password' | 'database'>;

/** The superuser, which creates the data directory and, at each start, the server's role. */
export const superuserIn = (dataDir: string): Credentials => ({
  user: NAME,
  password: passwordIn(dataDir, 'postgres-password'),
  database: NAME,
});

/** The role as which the server and the command line connect. */
export const serverRoleIn = (dataDir: string): Credentials => ({
  user: SERVER_ROLE,
  password: passwordIn(dataDir, 'postgres-server-password'),
  database: NAME,
});

/** A stored password, generated on the first call. */
function passwordIn(dataDir: string, name: string): string {
  const folder = join(dataDir, 'secrets');
  const file = join(folder, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}

/** @throws DataDirectoryVersionError when another major version of PostgreSQL wrote the data */
export function assertVersion(dataDir: string, majorVersion: string): void {
  const file = join(clusterFolderOf(dataDir), 'PG_VERSION');
  if (!existsSync(file)) return;
  const found = readFileSync(file, 'utf8').trim();
  if (found !== majorVersion) throw new DataDirectoryVersionError(dataDir, found, majorVersion);
}

/**
 * Creates the postgres data directory if it does not exist. It is created under a temporary name and renamed when it is
 * complete, so that a killed start leaves no partial data.
 * @throws EmbeddedPostgresStartError
 */
export function initializeCluster(dataDir: string, binaries: Binaries, user: RuntimeUser | undefined): void {
  removeAbandoned(dataDir);
  if (existsSync(join(clusterFolderOf(dataDir), 'PG_VERSION'))) return;
  const folder = mkdtempSync(join(dataDir, 'postgres.new-'));
  if (user) chownSync(folder, user.uid, user.gid);
  const { status, stdout, stderr } = runInitdb(folder, binaries, user, superuserIn(dataDir).password);
  if (status !== 0) {
    rmSync(folder, { recursive: true, force: true });
    throw new EmbeddedPostgresStartError(dataDir, `${stdout}${stderr}`.split('\n').slice(-15));
  }
  renameSync(folder, clusterFolderOf(dataDir));
}

function runInitdb(
  folder: string,
  binaries: Binaries,
  user: RuntimeUser | undefined,
  password: string,
): SpawnSyncReturns<string> {
  const secrets = mkdtempSync(join(tmpdir(), 'metronome-'));
  const passwordFile = join(secrets, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user) for (const path of [secrets, passwordFile]) chownSync(path, user.uid, user.gid);
  const encoding = ['--encoding=UTF8', '--locale=C', '--no-instructions'];
  const login = [`--username=${NAME}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  try {
    const args = ['-D', folderArgument(folder, user), ...encoding, ...login];
    return spawnSync(binaries.initdb, args, { cwd: folder, ...user, encoding: 'utf8', env: childEnvironment() });
  } finally {
    rmSync(secrets, { recursive: true });
  }
}

/** The environment of the PostgreSQL programs, without the application's settings and secrets. */
export function childEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], SystemRoot: process.env['SystemRoot'], LC_ALL: 'C', TZ: 'UTC' };
}

function removeAbandoned(dataDir: string): void {
  for (const name of readdirSync(dataDir).filter((entry) => entry.startsWith('postgres.new-'))) {
    const folder = join(dataDir, name);
    if (Date.now() - statSync(folder).mtimeMs > ABANDONED_AFTER_MS) rmSync(folder, { recursive: true, force: true });
  }
}
