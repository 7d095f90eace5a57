import { closeSync, fchownSync, fstatSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

import { tryLock } from 'fs-native-extensions';

import { FileLocksMissingError } from './errors.js';

/** A position beyond the content, because Windows blocks reads of locked bytes. */
const LOCKED_BYTE = 1_048_576;

const NO_LOCKS = /^(ENOLCK|ENOSYS|ENOTSUP|EOPNOTSUPP|EINVAL)$/;

/** A kernel lock on an open file. */
export interface FileLock {
  /** A child process that inherits this descriptor also holds the lock. */
  readonly fd: number;
  /** Closes the file in this process; the lock remains while another process has the file open. */
  release(): void;
}

/**
 * Locks a file, which is created if necessary and never deleted. The kernel releases the lock when the last process
 * with this open file ends, for any reason. The lock is visible in every container that shares the folder.
 * @returns undefined when the file is already locked
 * @throws FileLocksMissingError on a file system without locks
 */
export function lockFile(file: string): FileLock | undefined {
  const fd = openSync(file, 'a+', 0o600);
  try {
    shareWithOwner(fd, dirname(file));
    if (tryLock(fd, LOCKED_BYTE, 1)) return { fd, release: closing(fd) };
  } catch (error) {
    closeSync(fd);
    throw NO_LOCKS.test((error as NodeJS.ErrnoException).code ?? '') ? new FileLocksMissingError(file) : error;
  }
  closeSync(fd);
  return undefined;
}

/** Gives a file that root creates to the owner of the folder, who opens it next time. */
function shareWithOwner(fd: number, folder: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(folder);
  if (fstatSync(fd).uid !== uid) fchownSync(fd, uid, gid);
}

function closing(fd: number): () => void {
  let open = true;
  return () => {
    if (open) closeSync(fd);
    open = false;
  };
}
