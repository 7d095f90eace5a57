import type { Pool } from 'pg';

import { idRanges } from './id-ranges.js';

/** How far a reader of a log has come: everything that was committed at that moment, and nothing else. */
export type LogMark = string;

/** Which log, and what of its rows (`l`) is read; `id` and `transaction_id` are columns that every log has. */
export interface LogSource {
  readonly table: string;
  readonly columns: string;
}

const PAGE = 1_000;

/**
 * Reads a log on from a mark: each committed row exactly once, in id order within one reading. Ids are drawn before the
 * commit, so a higher id may be readable before a lower one. A snapshot says exactly which transactions a mark has seen;
 * those still open at the mark are found later, however long they took (design.md, "Two logs").
 */
export class CommittedLog<Row extends { id: string }> {
  private readonly query: { name: string; text: string };

  constructor(
    private readonly pool: Pool,
    { table, columns }: LogSource,
  ) {
    this.query = {
      name: `${table}_between`,
      text: `SELECT ${columns} FROM ${table} l
        WHERE l.transaction_id >= pg_snapshot_xmin($1::pg_snapshot)
          AND NOT pg_visible_in_snapshot(l.transaction_id, $1::pg_snapshot)
          AND pg_visible_in_snapshot(l.transaction_id, $2::pg_snapshot)
          AND l.id > $3 AND NOT l.id <@ $4::int8multirange ORDER BY l.id LIMIT ${PAGE}`,
    };
  }

  /** The mark from which everything that is committed later will be read. */
  async mark(): Promise<LogMark> {
    const { rows } = await this.pool.query<{ mark: string }>('SELECT pg_current_snapshot()::text AS mark');
    return rows[0]?.mark ?? '';
  }

  /**
   * Hands over what has been committed since `from`, page by page.
   * @param known ids of rows that need not be handed over
   * @returns the mark to read on from next
   */
  async readOn(
    from: LogMark,
    handOver: (rows: readonly Row[]) => void,
    known: readonly string[] = [],
  ): Promise<LogMark> {
    const to = await this.mark();
    const except = idRanges(known);
    let last = '0';
    for (;;) {
      const { rows } = await this.pool.query<Row>({ ...this.query, values: [from, to, last, except] });
      if (rows.length > 0) handOver(rows);
      if (rows.length < PAGE) return to;
      last = rows.at(-1)?.id ?? last;
    }
  }
}
