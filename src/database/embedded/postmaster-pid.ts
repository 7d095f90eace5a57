import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What PostgreSQL writes into `postmaster.pid` while it runs. */
export interface PostmasterPid {
  /** An id of the container that it runs in. */
  readonly pid: number;
  readonly port: number;
  /** Empty when it listens on no socket. */
  readonly socketFolder: string;
  /** Empty when it listens on no address. */
  readonly address: string;
}

/** Reads the lines of `postmaster.pid`: pid, data directory, start time, port, socket folder, first address. */
export function parsePostmasterPid(text: string): PostmasterPid | undefined {
  const [pid, , , port, socketFolder = '', address = ''] = text.split('\n').map((line) => line.trim());
  if (!/^\d+$/.test(pid ?? '')) return undefined;
  return { pid: Number(pid), port: Number(port ?? 0), socketFolder, address };
}

/** What the last PostgreSQL of this folder has written; undefined when it was shut down in order. It may be dead. */
export function readPostmasterPid(postgresFolder: string): PostmasterPid | undefined {
  const text = readIfThere(join(postgresFolder, 'postmaster.pid'));
  return text === undefined ? undefined : parsePostmasterPid(text);
}

/**
 * The id that a PostgreSQL of before has left in this folder and another process has now. Only for a folder where no
 * PostgreSQL runs; told to PostgreSQL, it does not take that process for the one of before.
 */
export function reusedId(postgresFolder: string): number | undefined {
  const files = ['postmaster.pid', '.s.PGSQL.5432.lock'].map((name) => readIfThere(join(postgresFolder, name)) ?? '');
  return files.map((text) => parsePostmasterPid(text)?.pid).find((pid) => pid !== undefined && isAlive(pid));
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
