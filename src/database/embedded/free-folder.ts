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
 * Waits until no PostgreSQL uses the folder: its lock is free and no server accepts connections (the PostgreSQL of an
 * older Metronome holds no lock). The PostgreSQL of a killed Metronome shuts down on its own; its last checkpoint may
 * take long.
 * @param expected the default address and credentials of this folder's PostgreSQL
 * @returns the lock, for the PostgreSQL to be started
 * @throws DataDirectoryNotLeftError when another PostgreSQL keeps running
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

/** The address of the last PostgreSQL of this folder. Another program may use the port now. */
export function addressIn(postgresFolder: string): Pick<PostgresConnection, 'host' | 'port'> | undefined {
  const left = readPostmasterPid(postgresFolder);
  if (left === undefined || left.port === 0) return undefined;
  return { host: left.socketFolder === '' ? '127.0.0.1' : postgresFolder, port: left.port };
}

function askThere(dataDir: string, expected: PostgresConnection): Promise<Answer> {
  return ask({ ...expected, ...addressIn(clusterFolderOf(dataDir)) });
}

const pidIn = (dataDir: string): number | undefined => readPostmasterPid(clusterFolderOf(dataDir))?.pid;

/** Ends the PostgreSQL of a killed Metronome on Windows, which has no watcher. Process ids are machine-wide there. */
function endOrphan(dataDir: string): void {
  const pid = pidIn(dataDir);
  try {
    if (pid !== undefined) process.kill(pid);
  } catch {
    // The process has already ended.
  }
}
