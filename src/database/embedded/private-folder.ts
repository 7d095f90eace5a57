import { chmodSync, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const OTHERS = 0o7077;
const OTHERS_WRITE = 0o022;

/**
 * Removes the access of other users to private files and folders. Kubernetes opens volumes to a group (fsGroup) at each
 * mount, and PostgreSQL rejects a data directory that others can access. The data folder itself stays readable as
 * before.
 * @returns the paths that were open
 */
export function closeToOthers(dataDir: string): string[] {
  const secrets = join(dataDir, 'secrets');
  const files = [join(dataDir, 'jwt-secret'), ...entriesOf(secrets)];
  const folders = [join(dataDir, 'postgres'), secrets, join(dataDir, 'mail')];
  return [
    ...(close(dataDir, OTHERS_WRITE) ? [dataDir] : []),
    ...[...folders, ...files].filter((path) => close(path, OTHERS)),
  ];
}

function entriesOf(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}

/** @returns whether the path was open and has been closed */
function close(path: string, bits: number): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || (found.mode & bits) === 0) return false;
  try {
    chmodSync(path, found.mode & ~bits & 0o7777);
    return true;
  } catch (error) {
    // The mount point may belong to another user.
    if ((error as NodeJS.ErrnoException).code === 'EPERM') return false;
    throw error;
  }
}
