import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { DataDirectoryInUseError } from './errors.js';
import { isAlive } from './postmaster-pid.js';

const fileOf = (dataDir: string): string => join(dataDir, 'metronome.pid');

/**
 * Makes this process the one that may run a PostgreSQL on the data directory, until it ends. PostgreSQL's own lock cannot
 * tell the server of a living Metronome from one that a killed Metronome left behind; this can.
 * @returns how to give the directory up
 * @throws DataDirectoryInUseError
 */
export function claimDataDirectory(dataDir: string): () => void {
  const us = identityOf(process.pid);
  for (let attempt = 0; ; attempt += 1) {
    if (writeIfAbsent(fileOf(dataDir), us))
      return () => {
        rmSync(fileOf(dataDir), { force: true });
      };
    const owner = livingOwner(dataDir);
    if (owner !== undefined || attempt > 3) throw new DataDirectoryInUseError(dataDir, owner);
    removeStale(dataDir);
  }
}

/** The process that has claimed the directory and is alive. */
export function livingOwner(dataDir: string): number | undefined {
  const identity = readOwner(dataDir);
  const pid = Number(identity.split(' ')[0]);
  return identity !== '' && isAlive(pid) && identityOf(pid) === identity ? pid : undefined;
}

/** A process id and, where it can be seen, when the process began: ids are used again. */
function identityOf(pid: number): string {
  return `${pid} ${startOf(pid)}`.trim();
}

function startOf(pid: number): string {
  try {
    // The process's name, in parentheses, may hold anything; what follows is fields, the 20th of them the start.
    return (
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')[19] ?? ''
    );
  } catch {
    return '';
  }
}

function readOwner(dataDir: string): string {
  try {
    return readFileSync(fileOf(dataDir), 'utf8').trim();
  } catch {
    return '';
  }
}

function writeIfAbsent(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Moved away rather than deleted: of two that find the same stale file, one moves it and the other finds nothing. */
function removeStale(dataDir: string): void {
  const aside = `${fileOf(dataDir)}.${process.pid}`;
  try {
    renameSync(fileOf(dataDir), aside);
  } catch {
    return;
  }
  const moved = readFileSync(aside, 'utf8').trim();
  rmSync(aside, { force: true });
  // Somebody had replaced it in between: it is theirs again.
  const pid = Number(moved.split(' ')[0]);
  if (isAlive(pid) && identityOf(pid) === moved) writeIfAbsent(fileOf(dataDir), moved);
}
