import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

import { migrations } from '../../../migrations/index.js';
import type { DatabaseConnection } from '../../database/connection.js';
import { BEFORE_DAYS, boundsOf, dayName, logPartitions } from '../../timer-domain/log/log-partitions.js';
import { createPartition } from '../../timer-domain/log/log-partitions.sql.js';
import { migrate } from '../../database/migrate.js';
import { CommandError } from '../run-command.js';
import { type Header, type Piece, readBackup, type Table, verifyBackup } from './backup-file.js';
import {
  addConstraint,
  anyRow,
  BEGIN,
  COMMIT,
  continueSequence,
  copyIn,
  dropConstraint,
  dropTables,
  EXISTING_TABLES,
  FOREIGN_KEYS,
  IDENTITY_COLUMNS,
  lockTables,
  ROLLBACK,
} from './backup.sql.js';
import { BACKED_UP, MIGRATIONS, OF_THIS_DATABASE, schemaOf } from './tables.js';

export interface RestoreSummary {
  readonly tables: number;
  readonly rows: number;
  /** The schema of the backup's rows. */
  readonly schema: string;
}

/**
 * Restores a backup into an empty database: creates the schema of the file, copies its rows in one transaction, and
 * runs the newer migrations. Other applications' tables in the database are not touched.
 * @throws CommandError when there are rows already, the file is from a newer Metronome, or another application has a
 * table with one of our names; DamagedBackupError
 */
export async function restore(connection: DatabaseConnection, client: Client, file: string): Promise<RestoreSummary> {
  const { header, trailer } = await verifyBackup(file);
  assertKnownSchema(header.schema);
  await clearSchema(client);
  await migrate(connection, header.schema);
  await copyRows(client, header, file);
  await migrate(connection);
  const rows = Object.values(trailer.rows).reduce((sum, count) => sum + count, 0);
  return { tables: header.tables.length, rows, schema: header.schema };
}

function assertKnownSchema(schema: string): void {
  if (migrations.some(({ name }) => name === schema)) return;
  throw new CommandError(`the backup is of a newer Metronome (schema ${schema}); update this one and restore again`);
}

/**
 * Drops an existing empty schema, which may be newer than the file's. The tables are locked before they are checked, so
 * that rows which a server writes concurrently are not dropped. Objects of other applications that depend on the tables
 * prevent the drop.
 */
async function clearSchema(client: Client): Promise<void> {
  await inTransaction(client, async () => {
    const existing = await existingTables(client);
    if ((await schemaOf(client)) === undefined) {
      const [others] = existing;
      if (others === undefined) return;
      throw new CommandError(`another application has a table ${others} in this database; restore into a new one`);
    }
    if (existing.length > 0) await client.query(lockTables(existing));
    for (const name of existing.filter((table) => !OF_THIS_DATABASE.includes(table))) {
      const { rows } = await client.query(anyRow(name));
      if (rows.length > 0)
        throw new CommandError(`the database is not empty (${name} has rows); restore into a new one`);
    }
    await dropAll(client, [...existing, MIGRATIONS]);
  });
}

/** The existing tables with one of our names, including those of other applications. */
async function existingTables(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(EXISTING_TABLES, [[...BACKED_UP, ...OF_THIS_DATABASE]]);
  return rows.map(({ name }) => name);
}

async function dropAll(client: Client, names: readonly string[]): Promise<void> {
  try {
    await client.query(dropTables(names));
  } catch (error) {
    if ((error as { code?: unknown }).code !== DEPENDENT_OBJECTS) throw error;
    throw new CommandError(`something else in this database is built on a table of ours; restore into a new one`);
  }
}

const DEPENDENT_OBJECTS = '2BP01';

async function inTransaction(client: Client, work: () => Promise<void>): Promise<void> {
  await client.query(BEGIN);
  try {
    await work();
    await client.query(COMMIT);
  } catch (error) {
    await client.query(ROLLBACK);
    throw error;
  }
}

async function copyRows(client: Client, header: Header, file: string): Promise<void> {
  await inTransaction(client, async () => {
    await makeDays(client, header.days ?? []);
    const foreignKeys = await dropForeignKeys(client);
    await copyTables(client, header.tables, readBackup(file));
    for (const { table, name, definition } of foreignKeys) {
      await client.query(addConstraint(table, name, definition));
    }
    await continueSequences(client);
  });
}

/**
 * Recreates the daily partitions of the backed-up log, so that they expire as before. One partition covers the time
 * between the backup and the first existing day.
 */
async function makeDays(client: Client, days: NonNullable<Header['days']>): Promise<void> {
  const existing = await logPartitions(client);
  const first = existing.find(({ from }) => from > -Infinity)?.from;
  const before = existing.find(({ name }) => name === BEFORE_DAYS);
  const former = days.map((day) => day.map(Date.parse) as [number, number]).filter(([from]) => from < (first ?? 0));
  const [oldest] = former;
  if (first === undefined || before === undefined || oldest === undefined) return;
  await client.query(dropTables([BEFORE_DAYS]));
  await addPartition(client, BEFORE_DAYS, -Infinity, oldest[0]);
  let end = oldest[0];
  for (const [from, to] of former) {
    if (from > end) await addPartition(client, dayName(end), end, from);
    await addPartition(client, dayName(from), from, Math.min(to, first));
    end = to;
  }
  if (end < first) await addPartition(client, dayName(end), end, first);
}

async function addPartition(client: Client, name: string, from: number, to: number): Promise<void> {
  await client.query(createPartition(name, boundsOf(from, to)));
}

interface ForeignKey {
  readonly table: string;
  readonly name: string;
  readonly definition: string;
}

/** Drops the foreign keys, which are restored after all rows are copied: tables may refer to each other in cycles. */
async function dropForeignKeys(client: Client): Promise<ForeignKey[]> {
  const { rows } = await client.query<ForeignKey>(FOREIGN_KEYS, [BACKED_UP]);
  for (const { table, name } of rows) await client.query(dropConstraint(table, name));
  return rows;
}

async function copyTables(client: Client, tables: readonly Table[], pieces: AsyncGenerator<Piece>): Promise<void> {
  const byName = new Map(tables.map((table) => [table.name, table]));
  for (let piece = await pieces.next(); !piece.done; piece = await pieces.next()) {
    const table = piece.value.kind === 'table' ? byName.get(piece.value.name) : undefined;
    if (!table) continue;
    const copy = client.query(copyFrom(copyIn(table.name, table.columns)));
    await pipeline(Readable.from(rowsOf(pieces)), copy);
  }
}

const NEWLINE = Buffer.from('\n');
const CHUNK_BYTES = 65_536;

/** The rows up to the end of the table, in chunks of about 64 KiB. */
async function* rowsOf(pieces: AsyncGenerator<Piece>): AsyncGenerator<Buffer> {
  let chunk: Buffer[] = [];
  let bytes = 0;
  for (let piece = await pieces.next(); !piece.done && piece.value.kind === 'row'; piece = await pieces.next()) {
    chunk.push(piece.value.line, NEWLINE);
    bytes += piece.value.line.length + 1;
    if (bytes < CHUNK_BYTES) continue;
    yield Buffer.concat(chunk);
    chunk = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(chunk);
}

async function continueSequences(client: Client): Promise<void> {
  const { rows } = await client.query<{ table: string; column: string }>(IDENTITY_COLUMNS, [BACKED_UP]);
  for (const { table, column } of rows) await client.query(continueSequence(table, column));
}
