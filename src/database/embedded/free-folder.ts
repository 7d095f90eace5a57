import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { type Answer, ask } from '../answer.js';
import type { PostgresConnection } from '../connection.js';
import type { Patience } from '../patience.js';
import { clusterFolderOf } from './cluster-folder.js';
import { DataDirectoryNotLeftError } from './errors.js';
import { type FileLock, lockFile } from './file-lock.js';
import { readPostmasterPid } from './postmaster-pid.js';

const POLL_MS = 50;

/**
 * Waits until no PostgreSQL works in the folder any more: none holds its lock, and none takes a connection (one of an older
 * Metronome holds no lock). The one of a Metronome that was killed shuts down by itself, however long its last checkpoint takes.
 * @param expected where this folder's PostgreSQL listens by default, and who we are there
 * @returns the lock, for the PostgreSQL that is to be started
 * @throws DataDirectoryNotLeftError when one goes on
 */
export async function untilFree(dataDir: string, expected: PostgresConnection, patience: Patience): Promise<FileLock> {
  for (;;) {
    const lock = lockFile(join(dataDir, 'postgres.lock'));
    const answer = await askThere(dataDir, expected);
    if (lock && answer.kind === 'none') return lock;
    lock?.release();
    if (!patience.lastsAfter(answer)) throw new DataDirectoryNotLeftError(dataDir, pidIn(dataDir));
    if (process.platform === 'win32' && answer.kind !== 'none') endOrphan(dataDir);
    await delay(POLL_MS);
  }
}

/** Where the last PostgreSQL of this folder listened. Its port may be another's by now. */
export function addressIn(postgresFolder: string): Pick<PostgresConnection, 'host' | 'port'> | undefined {
  const left = readPostmasterPid(postgresFolder);
  if (left === undefined || left.port === 0) return undefined;
  return { host: left.socketFolder === '' ? '127.0.0.1' : postgresFolder, port: left.port };
}

function askThere(dataDir: string, expected: PostgresConnection): Promise<Answer> {
  return ask({ ...expected, ...addressIn(clusterFolderOf(dataDir)) });
}

const pidIn = (dataDir: string): number | undefined => readPostmasterPid(clusterFolderOf(dataDir))?.pid;

/** On Windows nothing shuts down the PostgreSQL of a Metronome that was killed; process ids are the whole machine's there. */
function endOrphan(dataDir: string): void {
  const pid = pidIn(dataDir);
  try {
    if (pid !== undefined) process.kill(pid);
  } catch {
    // It has ended meanwhile.
  }
}
