/** The current mark. */
export const MARK = `SELECT epoch AS log, pg_current_snapshot()::text AS snapshot, extract(epoch from now())::float8 * 1000 AS at
  FROM change_log_state`;

/**
 * Forces reads in primary-key order, so that a query reads one page only. The planner's statistics for the newest part
 * of a log are always outdated; it would choose to read and sort the whole log, and would keep that plan.
 */
export const IN_INDEX_ORDER = 'BEGIN READ ONLY; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off';
export const END = 'COMMIT';

/** A log's table, and the columns to read from its rows (alias `l`). */
interface Source {
  readonly table: string;
  readonly columns: string;
}

const placed = (columns: string): string => `${columns}, l.transaction_id::text AS placed_in`;

/** Rows that these transactions ($1) wrote after a position ($2, $3), except known rows ($4). */
export const lateRows = ({ table, columns }: Source, limit: number): { name: string; text: string } => ({
  name: `${table}_late`,
  text: `SELECT ${placed(columns)} FROM unnest($1::xid8[]) AS x, LATERAL (
      SELECT * FROM ${table} c WHERE c.transaction_id = x AND (c.transaction_id, c.id) > ($2::xid8, $3::bigint)
        AND NOT c.id <@ $4::int8multirange ORDER BY c.transaction_id, c.id LIMIT ${limit}) l
    ORDER BY l.transaction_id, l.id LIMIT ${limit}`,
});

/** Rows of later transactions that this snapshot ($1) sees; the other parameters are as in {@link lateRows}. */
export const laterRows = ({ table, columns }: Source, limit: number): { name: string; text: string } => ({
  name: `${table}_later`,
  text: `SELECT ${placed(columns)} FROM ${table} l
    WHERE (l.transaction_id, l.id) > ($2::xid8, $3::bigint) AND l.transaction_id < pg_snapshot_xmax($1::pg_snapshot)
      AND pg_visible_in_snapshot(l.transaction_id, $1::pg_snapshot) AND NOT l.id <@ $4::int8multirange
    ORDER BY l.transaction_id, l.id LIMIT ${limit}`,
});
