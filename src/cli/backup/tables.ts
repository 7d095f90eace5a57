import type { Client } from 'pg';

import type { Table } from './backup-file.js';

/** Where TypeORM keeps which migrations were run; the header of a backup says that instead. */
const MIGRATIONS = 'migrations';

/**
 * Every table that holds rows of ours, with the columns that are carried over: found in the catalogue, so a new table is
 * in without being told. Not carried over are generated columns and transaction ids, which mean nothing to another server.
 */
export async function tablesOf(client: Client): Promise<Table[]> {
  const { rows } = await client.query<Table>(
    `SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND c.relname <> $1 AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.atttypid <> 'xid8'::regtype
      GROUP BY c.relname ORDER BY c.relname`,
    [MIGRATIONS],
  );
  return rows;
}

/** The last migration that was run, by name; undefined in a database without a schema. */
export async function schemaOf(client: Client): Promise<string | undefined> {
  const { rows: tables } = await client.query(`SELECT FROM pg_class WHERE oid = to_regclass('public.${MIGRATIONS}')`);
  if (tables.length === 0) return undefined;
  const { rows } = await client.query<{ name: string }>(
    `SELECT name FROM ${MIGRATIONS} ORDER BY timestamp DESC LIMIT 1`,
  );
  return rows[0]?.name;
}

/** `"name"`, as SQL wants it. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const columnList = ({ columns }: Table): string => columns.map(quoted).join(', ');
