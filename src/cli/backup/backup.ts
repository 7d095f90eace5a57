import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, existsSync } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

import type { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';

import { logPartitions } from '../../timer-domain/log/log-partitions.js';
import { CommandError } from '../run-command.js';
import { END_OF_ROWS, type Header } from './backup-file.js';
import { BEGIN_SNAPSHOT, COMMIT, copyOut } from './backup.sql.js';
import { schemaOf, tablesOf } from './tables.js';

export interface BackupSummary {
  readonly tables: number;
  readonly rows: number;
  /** The size of the file. */
  readonly bytes: number;
}

/**
 * Writes all rows of all tables as they were at one moment, while the server continues to run. The file gets its name
 * after it is complete and flushed to disk.
 * @throws CommandError when the file exists, or the database has no schema yet
 */
export async function backUp(client: Client, file: string): Promise<BackupSummary> {
  if (existsSync(file)) throw new CommandError(`${file} exists; choose another name`);
  const temporary = `${file}.${randomBytes(4).toString('hex')}.part`;
  try {
    const rows = await writeSnapshot(client, temporary);
    await flush(temporary);
    await rename(temporary, file);
    await flush(dirname(file));
    const total = Object.values(rows).reduce((sum, count) => sum + count, 0);
    return { tables: Object.keys(rows).length, rows: total, bytes: (await stat(file)).size };
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function writeSnapshot(client: Client, file: string): Promise<Record<string, number>> {
  const rows: Record<string, number> = {};
  await client.query(BEGIN_SNAPSHOT);
  const schema = await schemaOf(client);
  if (schema === undefined) throw new CommandError('there is nothing to back up: the database has no schema yet');
  const header: Header = {
    format: 'metronome-backup',
    version: 1,
    schema,
    createdAt: new Date().toISOString(),
    tables: await tablesOf(client),
    days: await daysOf(client),
  };
  const source = Readable.from(contents(client, header, rows));
  await pipeline(source, createGzip(), createWriteStream(file, { mode: 0o600, flags: 'wx' }));
  await client.query(COMMIT);
  return rows;
}

/** The daily partitions of the log, so that a restored log can be pruned by the day, too. */
async function daysOf(client: Client): Promise<[string, string][]> {
  const bounded = (await logPartitions(client)).filter(({ from, to }) => Number.isFinite(from) && Number.isFinite(to));
  return bounded.map(({ from, to }) => [new Date(from).toISOString(), new Date(to).toISOString()]);
}

async function* contents(
  client: Client,
  header: Header,
  rows: Record<string, number>,
): AsyncGenerator<Buffer | string> {
  yield `${JSON.stringify(header)}\n`;
  for (const table of header.tables) {
    yield `${JSON.stringify({ table: table.name })}\n`;
    const copy = client.query(copyTo(copyOut(table.name, table.columns)));
    const ended = once(copy, 'end');
    yield* copy as AsyncIterable<Buffer>;
    await ended;
    rows[table.name] = copy.rowCount;
    yield `${END_OF_ROWS}\n`;
  }
  yield `${JSON.stringify({ rows })}\n`;
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync();
  await handle.close();
}
