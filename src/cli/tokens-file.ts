import { CsvError, parse } from 'csv-parse/sync';

import { BadTokenLineError, type TokenLine } from '../identity/legacy-tokens/token-import.js';
import { isToken } from '../identity/legacy-tokens/token-text.js';
import { normalizeEmail } from '../identity/users/email-address.js';

interface CsvRow {
  record: Partial<Record<'email' | 'token' | 'name', string>>;
  info: { lines: number };
}

const MAX_NAME = 255;
const UNSTORABLE = /[\0\p{Surrogate}]/u;

/**
 * Parses a CSV file of tokens with the columns `email,token[,name]` (docs/spec/legacy.md#tokens). A repeated line is
 * ignored.
 * @throws BadTokenLineError for the first invalid line
 */
export function parseTokensFile(text: string): TokenLine[] {
  const lines = rowsOf(text).map(tokenLine);
  const first = new Map<string, TokenLine>();
  for (const line of lines) {
    const known = first.get(line.token);
    if (known && known.email !== line.email) {
      throw new BadTokenLineError(line.line, `line ${known.line} gives this token to another e-mail`);
    }
    if (!known) first.set(line.token, line);
  }
  return [...first.values()];
}

function rowsOf(text: string): CsvRow[] {
  const options = { columns: checkedHeader, info: true, bom: true, trim: true, skip_empty_lines: true };
  try {
    return parse(text, options) as unknown as CsvRow[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new BadTokenLineError(Number(error['lines'] ?? 1), 'no CSV with as many cells as the header has');
  }
}

function checkedHeader(cells: string[]): string[] {
  const columns = cells.map((cell) => cell.toLowerCase());
  if (columns.includes('email') && columns.includes('token')) return columns;
  throw new BadTokenLineError(1, 'the header must name the columns email,token and may name name');
}

function tokenLine({ record, info: { lines: line } }: CsvRow): TokenLine {
  const email = normalizeEmail(record.email ?? '');
  const { token = '', name = '' } = record;
  if (email === undefined) throw new BadTokenLineError(line, 'no e-mail address');
  if (!isToken(token)) throw new BadTokenLineError(line, 'no token of 40 lower-case hex characters');
  if (Array.from(name).length > MAX_NAME || UNSTORABLE.test(name)) throw new BadTokenLineError(line, 'no usable name');
  return { line, email, token, name: name === '' ? undefined : name };
}
