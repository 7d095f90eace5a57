import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { DataDirectoryInUseError } from './errors.js';
import { lockFile } from './file-lock.js';

/**
 * The kind of process that uses a data folder: a server, whose database commands share, or one command, for which other
 * commands wait.
 */
export type Holder = 'server' | 'command';

const fileOf = (dataDir: string): string => join(dataDir, 'metronome.lock');

/**
 * Claims the exclusive right to run a PostgreSQL on the data folder, until this process ends. PostgreSQL's own lock is
 * not sufficient: it uses process ids, which differ between containers (docs/adr/0020).
 * @returns releases the claim
 * @throws DataDirectoryInUseError
 */
export function claimDataFolder(dataDir: string, holder: Holder): () => void {
  const lock = lockFile(fileOf(dataDir));
  if (lock === undefined) throw new DataDirectoryInUseError(dataDir, holderOf(dataDir));
  writeFileSync(fileOf(dataDir), `${holder}\n`);
  return () => {
    lock.release();
  };
}

/** The current holder of the folder, or the last one. */
export function holderOf(dataDir: string): Holder {
  return readFileSync(fileOf(dataDir), 'utf8').trim() === 'command' ? 'command' : 'server';
}
