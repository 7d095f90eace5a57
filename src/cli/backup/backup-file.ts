import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';

import { Failure } from '../../common/errors.js';

/**
 * The first line of a backup. Each table follows: a line of JSON, its rows as COPY text, and `\.`. The last line is a
 * {@link Trailer}.
 */
export interface Header {
  readonly format: 'metronome-backup';
  readonly version: 1;
  /** The last migration that had run, by name: the schema of the rows. */
  readonly schema: string;
  readonly createdAt: string;
  readonly tables: readonly Table[];
  /** The bounds of the daily partitions of `timer_changes`, as instants, oldest first; absent in older files. */
  readonly days?: readonly (readonly [from: string, to: string])[];
}

export interface Table {
  readonly name: string;
  readonly columns: readonly string[];
}

/** The last line, whose presence proves that the file is complete. */
export interface Trailer {
  /** The number of rows by table. */
  readonly rows: Readonly<Record<string, number>>;
}

export const END_OF_ROWS = '\\.';

/** The file is not a backup, or is incomplete. */
export class DamagedBackupError extends Failure {
  readonly code = 'DAMAGED_BACKUP';

  constructor(file: string, what: string) {
    super(`${file} is no whole backup (${what}); nothing was restored`);
  }
}

/** A part of a backup, in the order of the file. */
export type Piece =
  | { readonly kind: 'header'; readonly header: Header }
  | { readonly kind: 'table'; readonly name: string }
  | { readonly kind: 'row'; readonly line: Buffer }
  | { readonly kind: 'end' }
  | { readonly kind: 'trailer'; readonly trailer: Trailer };

/**
 * Streams a backup: at most a line and a buffer are in memory.
 * @throws DamagedBackupError
 */
export async function* readBackup(file: string): AsyncGenerator<Piece> {
  let inRows = false;
  let number = 0;
  try {
    for await (const line of lines(file)) {
      number += 1;
      if (inRows && line.toString('latin1') !== END_OF_ROWS) {
        yield { kind: 'row', line };
        continue;
      }
      const piece: Piece = inRows ? { kind: 'end' } : structure(line, number);
      inRows = piece.kind === 'table';
      yield piece;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new DamagedBackupError(file, 'there is no such file');
    if (error instanceof SyntaxError || isCompressionError(error)) throw new DamagedBackupError(file, 'it is damaged');
    throw error;
  }
}

const isCompressionError = (error: unknown): boolean =>
  /^(Z_|ERR_|E?UNEXPECTED)/.test(String((error as { code?: unknown }).code)) || /unexpected end/.test(String(error));

function structure(line: Buffer, number: number): Piece {
  const value = JSON.parse(line.toString()) as Partial<Header> & Partial<Trailer> & { table?: string };
  if (number === 1) {
    if (value.format !== 'metronome-backup' || value.version !== 1) throw new SyntaxError('no header');
    return { kind: 'header', header: value as Header };
  }
  if (value.table !== undefined) return { kind: 'table', name: value.table };
  if (value.rows === undefined) throw new SyntaxError('neither a table nor the end');
  return { kind: 'trailer', trailer: { rows: value.rows } };
}

const NEWLINE = 0x0a;

/** Splits at line feeds only: COPY escapes them inside values, and nothing else ends a line. */
async function* lines(file: string): AsyncGenerator<Buffer> {
  const source = createReadStream(file);
  const unpacked = createGunzip();
  source.on('error', (error) => unpacked.destroy(error));
  let rest = Buffer.alloc(0);
  for await (const chunk of source.pipe(unpacked) as AsyncIterable<Buffer>) {
    let data = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE)) {
      yield data.subarray(0, end);
      data = data.subarray(end + 1);
    }
    rest = Buffer.from(data);
  }
  if (rest.length > 0) throw new SyntaxError('the last line is cut');
}

/**
 * Reads the whole file to verify it before anything is restored.
 * @returns its header and trailer
 * @throws DamagedBackupError
 */
export async function verifyBackup(file: string): Promise<{ header: Header; trailer: Trailer }> {
  const counted: Record<string, number> = {};
  let header: Header | undefined;
  let trailer: Trailer | undefined;
  let table = '';
  for await (const piece of readBackup(file)) {
    if (piece.kind === 'header') header = piece.header;
    if (piece.kind === 'trailer') trailer = piece.trailer;
    if (piece.kind === 'table') counted[(table = piece.name)] = 0;
    if (piece.kind === 'row') counted[table] = (counted[table] ?? 0) + 1;
  }
  if (!header || !trailer) throw new DamagedBackupError(file, 'its end is missing');
  const wrong = header.tables.find(({ name }) => counted[name] !== trailer.rows[name]);
  if (wrong) throw new DamagedBackupError(file, `the rows of ${wrong.name} do not add up`);
  return { header, trailer };
}
