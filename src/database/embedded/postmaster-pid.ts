import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The content of `postmaster.pid`, which exists while PostgreSQL runs. */
export interface PostmasterPid {
  /** The process id in the container where PostgreSQL runs. */
  readonly pid: number;
  readonly port: number;
  /** Empty if PostgreSQL listens on no socket. */
  readonly socketFolder: string;
  /** Empty if PostgreSQL listens on no address. */
  readonly address: string;
}

/** Parses the lines of `postmaster.pid`: pid, data directory, start time, port, socket folder, first address. */
export function parsePostmasterPid(text: string): PostmasterPid | undefined {
  const [pid, , , port, socketFolder = '', address = ''] = text.split('\n').map((line) => line.trim());
  if (!/^\d+$/.test(pid ?? '')) return undefined;
  return { pid: Number(pid), port: Number(port ?? 0), socketFolder, address };
}

/** The file of the last PostgreSQL of this folder, which may have crashed; undefined after a clean shutdown. */
export function readPostmasterPid(postgresFolder: string): PostmasterPid | undefined {
  const text = readIfThere(join(postgresFolder, 'postmaster.pid'));
  return text === undefined ? undefined : parsePostmasterPid(text);
}

/**
 * The process id of a previous PostgreSQL of this folder, if another process has it now. Valid only for a folder in
 * which no PostgreSQL runs. With this id, a new PostgreSQL does not mistake that process for its predecessor.
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
