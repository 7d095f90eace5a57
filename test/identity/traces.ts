import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import type { Http } from '../support/http.js';

/** Where the database and `DATA_DIR` contain one of these texts: `table.column`, and files. */
export async function whereIs(http: Http, needles: readonly string[]): Promise<string[]> {
  const columns = await http.query<{ table: string; column: string }>(
    `SELECT c.table_name AS table, c.column_name AS column
     FROM information_schema.columns c JOIN pg_class k ON k.oid = format('%I.%I', c.table_schema, c.table_name)::regclass
     WHERE c.table_schema = 'public' AND k.relkind IN ('r', 'p') AND NOT k.relispartition ORDER BY 1, 2`,
  );
  const places: string[] = [];
  // A statement for each column: all of them in one take longer than a statement may on a busy machine.
  for (const { table, column } of columns) {
    const found = await http.query(
      `SELECT FROM "${table}"
       WHERE lower("${column}"::text) LIKE ANY (SELECT '%' || lower(n) || '%' FROM unnest($1::text[]) n) LIMIT 1`,
      [needles],
    );
    if (found.length > 0) places.push(`${table}.${column}`);
  }
  return [...places, ...filesWith(http.dataDir, needles)];
}

function filesWith(folder: string, needles: readonly string[]): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const path = join(folder, name);
    return statSync(path).isFile() && needles.some((needle) => readFileSync(path, 'utf8').includes(needle));
  });
}
