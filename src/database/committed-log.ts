import type { Pool, QueryResultRow } from 'pg';

import { END, IN_INDEX_ORDER, laterRows, lateRows, MARK } from './committed-log.sql.js';
import { idRanges } from './id-ranges.js';
import { isLaterSnapshot, openBetween } from './snapshots.js';

/** A position in a log: exactly the transactions that were committed at one moment. */
export interface LogMark {
  /** The epoch of the log. A restored log has a different one, although its numbers look alike. */
  readonly log: string;
  /** A snapshot in PostgreSQL's format, `xmin:xmax:xip,…`. */
  readonly snapshot: string;
}

/** A mark and the time at which it was taken. */
export interface LogMoment extends LogMark {
  /** Milliseconds since the epoch, by the database's clock. */
  readonly at: number;
}

/**
 * The log's table and the columns to read from its rows (alias `l`). Every log has the columns `id` and
 * `transaction_id`.
 */
export interface LogSource {
  readonly table: string;
  readonly columns: string;
  /** Rows older than this, in milliseconds, may have been deleted. */
  readonly keptForMs: number;
}

/** The log can no longer be read from this mark without gaps. */
export class LogLostError extends Error {
  constructor(readonly table: string) {
    super(`${table} does not reach back to where the reader was`);
  }
}

const PAGE = 1_000;

/** The columns that identify rows and order pages, in addition to the requested columns. */
interface Placed {
  readonly id: string;
  readonly placed_in: string;
}

/**
 * Reads a log from a mark and delivers each committed row exactly once. Ids are assigned before the commit, so a higher
 * id may become visible before a lower one. A snapshot records exactly which transactions a mark has seen; rows of
 * transactions that were open at the mark are found later, however long those take (docs/architecture.md#two-logs).
 *
 * Two queries find the rows: those of transactions that were open at the mark and have ended since, and those of later
 * transactions. The cost of each is proportional to its result. A transaction that stays open, in any database of the
 * server, slows down neither. Pages follow transaction and id, the order of the primary key.
 */
export class CommittedLog<Row extends { id: string }> {
  private readonly late: { name: string; text: string };
  private readonly later: { name: string; text: string };

  constructor(
    private readonly pool: Pool,
    private readonly source: LogSource,
  ) {
    this.late = lateRows(source, PAGE);
    this.later = laterRows(source, PAGE);
  }

  /** The current mark: everything that is committed later can be read from it. */
  async mark(): Promise<LogMoment> {
    const { rows } = await this.pool.query<LogMoment>(MARK);
    if (rows[0] === undefined) throw new Error('change_log_state has no row');
    return rows[0];
  }

  /**
   * Delivers the rows that were committed since `from`, page by page, each page in the order of its ids.
   * @param handOver receives a page; its result is awaited before the next page is read
   * @param known ids of rows to skip
   * @returns the mark for the next call
   * @throws LogLostError when rows may have been deleted, or the log is another one
   */
  async readOn(
    from: LogMoment,
    handOver: (rows: readonly Row[]) => unknown,
    known: readonly string[] = [],
  ): Promise<LogMoment> {
    const to = await this.mark();
    if (!this.isWhole(from, to)) throw new LogLostError(this.source.table);
    const except = idRanges(known);
    const late = openBetween(from.snapshot, to.snapshot);
    if (late.length > 0) await this.pages(this.late, late, '0', except, handOver);
    await this.pages(this.later, to.snapshot, firstAfter(from.snapshot), except, handOver);
    return to;
  }

  private isWhole(from: LogMoment, to: LogMoment): boolean {
    if (from.log !== to.log || !isLaterSnapshot(to.snapshot, from.snapshot)) return false;
    return to.at - from.at < this.source.keptForMs;
  }

  /** @param after the transaction with which the first page begins; ids start above 0 */
  private async pages(
    query: { name: string; text: string },
    what: unknown,
    after: string,
    except: string,
    handOver: (rows: readonly Row[]) => unknown,
  ): Promise<void> {
    let last: Placed = { placed_in: after, id: '0' };
    for (;;) {
      const values = [what, last.placed_in, last.id, except];
      const rows = await this.page<Row & Placed>({ ...query, values });
      if (rows.length > 0) await handOver(inIdOrder(rows));
      if (rows.length < PAGE) return;
      last = rows.at(-1) ?? last;
    }
  }

  private async page<Found extends QueryResultRow>(query: { name: string; text: string; values: unknown[] }) {
    const client = await this.pool.connect();
    try {
      await client.query(IN_INDEX_ORDER);
      const { rows } = await client.query<Found>(query);
      await client.query(END);
      client.release();
      return rows;
    } catch (error) {
      // Closing the connection ends the transaction, in which a timed-out statement may still be running.
      client.release(true);
      throw error;
    }
  }
}

const firstAfter = (snapshot: string): string => snapshot.split(':')[1] ?? '0';

const inIdOrder = <Row extends { id: string }>(rows: readonly Row[]): Row[] =>
  [...rows].sort((one, other) => Number(BigInt(one.id) - BigInt(other.id)));
