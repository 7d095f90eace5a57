import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { DataDirectoryInUseError } from './errors.js';
import { lockFile } from './file-lock.js';

/** What works on a data folder: a server, whose database commands share, or one command, which others wait for. */
export type Holder = 'server' | 'command';

const fileOf = (dataDir: string): string => join(dataDir, 'metronome.lock');

/**
 * Makes this process the one that may run a PostgreSQL on the data folder, until it ends. PostgreSQL's own lock cannot do
 * that: it goes by process ids, which mean something else in another container (docs/adr/0020).
 * @returns how to give the folder up
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

/** What has claimed the folder, or was the last to do so. */
export function holderOf(dataDir: string): Holder {
  return readFileSync(fileOf(dataDir), 'utf8').trim() === 'command' ? 'command' : 'server';
}
