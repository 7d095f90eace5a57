import { chmodSync, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const OTHERS = 0o7077;
const OTHERS_WRITE = 0o022;

/**
 * Closes what is ours alone to other users: volumes of Kubernetes are opened to a group (fsGroup) each time they are mounted,
 * and PostgreSQL refuses a folder that is open to others. The data folder itself stays as readable as it is.
 * @returns what was open
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

/** @returns whether it was open and is closed now */
function close(path: string, bits: number): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || (found.mode & bits) === 0) return false;
  try {
    chmodSync(path, found.mode & ~bits & 0o7777);
    return true;
  } catch (error) {
    // The mount point may be another user's, who has opened it to us.
    if ((error as NodeJS.ErrnoException).code === 'EPERM') return false;
    throw error;
  }
}
