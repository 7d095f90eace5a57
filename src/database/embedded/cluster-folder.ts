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
/** What fits into the address of a Unix socket. */
const MAX_SOCKET_PATH = 107;
const ABANDONED_AFTER_MS = 600_000;

export const clusterFolderOf = (dataDir: string): string => join(dataDir, 'postgres');

/** Linux lets a process into a folder before it becomes another user, and this path leads there without the parents. */
const HERE = '/proc/self/cwd';

/** How a PostgreSQL program is told its folder: its working directory, so its parents need not be open to its user. */
export function folderArgument(folder: string, user: RuntimeUser | undefined): string {
  return user !== undefined && process.platform === 'linux' ? HERE : folder;
}

/** Where its clients find the server: a socket in the cluster's folder, or the loopback where its path is too long. */
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

/** The superuser that makes the cluster, and at each start the server's role. */
export const superuserIn = (dataDir: string): Credentials => ({
  user: NAME,
  password: passwordIn(dataDir, 'postgres-password'),
  database: NAME,
});

/** The role that the server and the command line connect as. */
export const serverRoleIn = (dataDir: string): Credentials => ({
  user: SERVER_ROLE,
  password: passwordIn(dataDir, 'postgres-server-password'),
  database: NAME,
});

/** A generated password, which is made when there is none yet. */
function passwordIn(dataDir: string, name: string): string {
  const folder = join(dataDir, 'secrets');
  const file = join(folder, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}

/** @throws DataDirectoryVersionError when another major version wrote the cluster */
export function assertVersion(dataDir: string, majorVersion: string): void {
  const file = join(clusterFolderOf(dataDir), 'PG_VERSION');
  if (!existsSync(file)) return;
  const found = readFileSync(file, 'utf8').trim();
  if (found !== majorVersion) throw new DataDirectoryVersionError(dataDir, found, majorVersion);
}

/**
 * Makes the cluster if there is none: in a folder of another name, renamed when it is whole, so that a start that was
 * killed in the middle leaves nothing that looks like data.
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

/** What the PostgreSQL programs see of our environment: none of our settings and secrets. */
export function childEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], SystemRoot: process.env['SystemRoot'], LC_ALL: 'C', TZ: 'UTC' };
}

function removeAbandoned(dataDir: string): void {
  for (const name of readdirSync(dataDir).filter((entry) => entry.startsWith('postgres.new-'))) {
    const folder = join(dataDir, name);
    if (Date.now() - statSync(folder).mtimeMs > ABANDONED_AFTER_MS) rmSync(folder, { recursive: true, force: true });
  }
}
