import { readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** What PostgreSQL writes into `postmaster.pid` while it runs. */
export interface PostmasterPid {
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

/** The server that works on this cluster at this moment; what a dead one left behind is removed. */
export function runningPostmaster(clusterFolder: string): PostmasterPid | undefined {
  const file = join(clusterFolder, 'postmaster.pid');
  const text = readIfThere(file);
  if (text === undefined) return undefined;
  const found = parsePostmasterPid(text);
  if (found && isPostmasterOf(clusterFolder, found.pid)) return found;
  rmSync(file, { force: true });
  rmSync(join(clusterFolder, '.s.PGSQL.5432'), { force: true });
  rmSync(join(clusterFolder, '.s.PGSQL.5432.lock'), { force: true });
  return undefined;
}

/** A process with this id lives and, where that can be seen, works in this folder: ids are used again. */
function isPostmasterOf(clusterFolder: string, pid: number): boolean {
  if (!isAlive(pid)) return false;
  if (process.platform !== 'linux') return true;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(clusterFolder);
  } catch {
    return false;
  }
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
