/** Reads all tables at one moment, while the server continues to write. */
export const BEGIN_SNAPSHOT = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';
export const BEGIN = 'BEGIN';
export const COMMIT = 'COMMIT';
export const ROLLBACK = 'ROLLBACK';

/** Quotes a name as an SQL identifier: `"name"`. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const listOf = (names: readonly string[]): string => names.map(quoted).join(', ');

export const copyOut = (table: string, columns: readonly string[]): string =>
  `COPY (SELECT ${listOf(columns)} FROM ${quoted(table)}) TO STDOUT`;

export const copyIn = (table: string, columns: readonly string[]): string =>
  `COPY ${quoted(table)} (${listOf(columns)}) FROM STDIN`;

export const lockTables = (names: readonly string[]): string => `LOCK TABLE ${listOf(names)} IN ACCESS EXCLUSIVE MODE`;

/** Drops all tables in one statement, because they refer to each other. */
export const dropTables = (names: readonly string[]): string => `DROP TABLE ${listOf(names)}`;

export const anyRow = (table: string): string => `SELECT FROM ${quoted(table)} LIMIT 1`;

/** The existing relations with one of the names $1, including those of other applications. */
export const EXISTING_TABLES = `SELECT relname AS name FROM pg_class
  WHERE relnamespace = 'public'::regnamespace AND relname = ANY ($1) ORDER BY relname`;

/** The existing tables of $1 with their columns, except generated ones and transaction ids. */
export const TABLES_WITH_COLUMNS = `SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname = ANY ($1)
    AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.atttypid <> 'xid8'::regtype
  GROUP BY c.relname ORDER BY c.relname`;

export const isThere = (table: string): string => `SELECT FROM pg_class WHERE oid = to_regclass('public.${table}')`;

/** The migrations that TypeORM has run, oldest first. */
export const migrationsIn = (table: string): string => `SELECT name FROM ${table} ORDER BY "timestamp"`;

/** The foreign keys of the tables $1. */
export const FOREIGN_KEYS = `SELECT conrelid::regclass::text AS table, conname AS name, pg_get_constraintdef(oid) AS definition
  FROM pg_constraint c WHERE contype = 'f' AND conparentid = 0
    AND conrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname = ANY ($1))`;

/** @param table the table name, quoted if necessary */
export const dropConstraint = (table: string, name: string): string =>
  `ALTER TABLE ${table} DROP CONSTRAINT ${quoted(name)}`;

/** @param table the table name, quoted if necessary */
export const addConstraint = (table: string, name: string, definition: string): string =>
  `ALTER TABLE ${table} ADD CONSTRAINT ${quoted(name)} ${definition}`;

/** The identity columns of the tables $1. */
export const IDENTITY_COLUMNS = `SELECT attrelid::regclass::text AS table, attname AS column
  FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
  WHERE c.relnamespace = 'public'::regnamespace AND attidentity <> '' AND c.relname = ANY ($1)`;

/** @param table the table name, quoted if necessary */
export const continueSequence = (table: string, column: string): string =>
  `SELECT setval(pg_get_serial_sequence('${table}', '${column}'), coalesce(max(${quoted(column)}), 0) + 1, false) FROM ${table}`;
