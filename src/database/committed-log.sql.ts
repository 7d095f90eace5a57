/** The mark of this moment. */
export const MARK = `SELECT epoch AS log, pg_current_snapshot()::text AS snapshot, extract(epoch from now())::float8 * 1000 AS at
  FROM change_log_state`;

/**
 * Rows come in the order of the primary key, so that a page is all that is read. What the planner knows of a log's newest
 * part is out of date by nature; it would rather read it whole and sort it, and keep that plan.
 */
export const IN_INDEX_ORDER = 'BEGIN READ ONLY; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off';
export const END = 'COMMIT';

/** A log's table, and what of its rows (`l`) is read. */
interface Source {
  readonly table: string;
  readonly columns: string;
}

const placed = (columns: string): string => `${columns}, l.transaction_id::text AS placed_in`;

/** What these transactions ($1) have written, behind a place ($2, $3), but rows that are known ($4). */
export const lateRows = ({ table, columns }: Source, limit: number): { name: string; text: string } => ({
  name: `${table}_late`,
  text: `SELECT ${placed(columns)} FROM unnest($1::xid8[]) AS x, LATERAL (
      SELECT * FROM ${table} c WHERE c.transaction_id = x AND (c.transaction_id, c.id) > ($2::xid8, $3::bigint)
        AND NOT c.id <@ $4::int8multirange ORDER BY c.transaction_id, c.id LIMIT ${limit}) l
    ORDER BY l.transaction_id, l.id LIMIT ${limit}`,
});

/** What later transactions have written that this snapshot ($1) sees; the other parameters as in {@link lateRows}. */
export const laterRows = ({ table, columns }: Source, limit: number): { name: string; text: string } => ({
  name: `${table}_later`,
  text: `SELECT ${placed(columns)} FROM ${table} l
    WHERE (l.transaction_id, l.id) > ($2::xid8, $3::bigint) AND l.transaction_id < pg_snapshot_xmax($1::pg_snapshot)
      AND pg_visible_in_snapshot(l.transaction_id, $1::pg_snapshot) AND NOT l.id <@ $4::int8multirange
    ORDER BY l.transaction_id, l.id LIMIT ${limit}`,
});
