import { closeSync, fchownSync, fstatSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

import { tryLock } from 'fs-native-extensions';

import { FileLocksMissingError } from './errors.js';

/** Beyond what the file holds: Windows lets others read only what is not locked. */
const LOCKED_BYTE = 1_048_576;

const NO_LOCKS = /^(ENOLCK|ENOSYS|ENOTSUP|EOPNOTSUPP|EINVAL)$/;

/** A lock that the kernel holds for an open file. */
export interface FileLock {
  /** A child process that inherits the descriptor holds the lock too. */
  readonly fd: number;
  /** Closes the file here; the lock lasts while another process has it open. */
  release(): void;
}

/**
 * Locks a file, which is made if it is not there and is never deleted. The kernel frees the lock when the last process that
 * has this open file ends, however it ends, and sees it from every container that shares the folder.
 * @returns undefined when it is locked
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

/** What root makes in another user's folder is that user's, who opens it next time. */
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
