import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

import { migrations } from '../../../migrations/index.js';
import type { DatabaseConnection } from '../../database/connection.js';
import { migrate } from '../../database/migrate.js';
import { CommandError } from '../run-command.js';
import { type Piece, readBackup, type Table, verifyBackup } from './backup-file.js';
import { columnList, quoted, schemaOf, tablesOf } from './tables.js';

export interface RestoreSummary {
  readonly tables: number;
  readonly rows: number;
  /** The schema the rows came from. */
  readonly schema: string;
}

/**
 * Fills an empty database from a backup: the schema of the file first, then its rows in one transaction, then whatever
 * migrations are newer.
 * @throws CommandError when there are rows already or the file is of a newer Metronome; DamagedBackupError
 */
export async function restore(connection: DatabaseConnection, client: Client, file: string): Promise<RestoreSummary> {
  const { header, trailer } = await verifyBackup(file);
  assertKnownSchema(header.schema);
  await assertEmpty(client);
  await resetSchema(client);
  await migrate(connection, header.schema);
  await copyRows(client, header.tables, file);
  await migrate(connection);
  const rows = Object.values(trailer.rows).reduce((sum, count) => sum + count, 0);
  return { tables: header.tables.length, rows, schema: header.schema };
}

function assertKnownSchema(schema: string): void {
  if (migrations.some(({ name }) => name === schema)) return;
  throw new CommandError(`the backup is of a newer Metronome (schema ${schema}); update this one and restore again`);
}

async function assertEmpty(client: Client): Promise<void> {
  if ((await schemaOf(client)) === undefined) return;
  for (const { name } of await tablesOf(client)) {
    const { rows } = await client.query(`SELECT FROM ${quoted(name)} LIMIT 1`);
    if (rows.length > 0) throw new CommandError(`the database is not empty (${name} has rows); restore into a new one`);
  }
}

/** An empty schema may be newer than the file's: it is made anew, as far as the file's. */
async function resetSchema(client: Client): Promise<void> {
  for (const { name } of await tablesOf(client)) await client.query(`DROP TABLE ${quoted(name)} CASCADE`);
  await client.query('DROP TABLE IF EXISTS migrations');
}

async function copyRows(client: Client, tables: readonly Table[], file: string): Promise<void> {
  await client.query('BEGIN');
  try {
    const foreignKeys = await dropForeignKeys(client);
    await copyTables(client, tables, readBackup(file));
    for (const { table, name, definition } of foreignKeys) {
      await client.query(`ALTER TABLE ${table} ADD CONSTRAINT ${quoted(name)} ${definition}`);
    }
    await continueSequences(client);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

interface ForeignKey {
  readonly table: string;
  readonly name: string;
  readonly definition: string;
}

/** Put back afterwards, when every row is there: tables may refer to each other in circles. */
async function dropForeignKeys(client: Client): Promise<ForeignKey[]> {
  const { rows } = await client.query<ForeignKey>(
    `SELECT conrelid::regclass::text AS table, conname AS name, pg_get_constraintdef(oid) AS definition
      FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND conparentid = 0`,
  );
  for (const { table, name } of rows) await client.query(`ALTER TABLE ${table} DROP CONSTRAINT ${quoted(name)}`);
  return rows;
}

async function copyTables(client: Client, tables: readonly Table[], pieces: AsyncGenerator<Piece>): Promise<void> {
  const byName = new Map(tables.map((table) => [table.name, table]));
  for (let piece = await pieces.next(); !piece.done; piece = await pieces.next()) {
    const table = piece.value.kind === 'table' ? byName.get(piece.value.name) : undefined;
    if (!table) continue;
    const copy = client.query(copyFrom(`COPY ${quoted(table.name)} (${columnList(table)}) FROM STDIN`));
    await pipeline(Readable.from(rowsOf(pieces)), copy);
  }
}

const NEWLINE = Buffer.from('\n');
const CHUNK_BYTES = 65_536;

/** The rows up to the end of the table, a good many at a time. */
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
  const { rows } = await client.query<{ table: string; column: string }>(
    `SELECT attrelid::regclass::text AS table, attname AS column FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
      WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition AND attidentity <> '' AND c.relname <> 'migrations'`,
  );
  for (const { table, column } of rows) {
    await client.query(
      `SELECT setval(pg_get_serial_sequence('${table}', '${column}'), coalesce(max(${quoted(column)}), 0) + 1, false) FROM ${table}`,
    );
  }
}
