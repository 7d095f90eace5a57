import type { Pool, QueryResultRow } from 'pg';

import { END, IN_INDEX_ORDER, laterRows, lateRows, MARK } from './committed-log.sql.js';
import { idRanges } from './id-ranges.js';
import { isLaterSnapshot, openBetween } from './snapshots.js';

/** How far a reader of a log has come: everything that was committed at that moment, and nothing else. */
export interface LogMark {
  /** Which log: a restored one is another, though its numbers look alike. */
  readonly log: string;
  /** `xmin:xmax:xip,…`, as PostgreSQL writes a snapshot. */
  readonly snapshot: string;
}

/** A mark of this moment, with the moment. */
export interface LogMoment extends LogMark {
  /** Milliseconds since the epoch, by the database's clock. */
  readonly at: number;
}

/** Which log, and what of its rows (`l`) is read; `id` and `transaction_id` are columns that every log has. */
export interface LogSource {
  readonly table: string;
  readonly columns: string;
  /** Rows older than this, in milliseconds, may be gone. */
  readonly keptForMs: number;
}

/** Reading on from a mark would leave out what is no longer there. */
export class LogLostError extends Error {
  constructor(readonly table: string) {
    super(`${table} does not reach back to where the reader was`);
  }
}

const PAGE = 1_000;

/** How rows are told apart and paged through, beside what is asked for. */
interface Placed {
  readonly id: string;
  readonly placed_in: string;
}

/**
 * Reads a log on from a mark: each committed row exactly once. Ids are drawn before the commit, so a higher id may be
 * readable before a lower one. A snapshot says exactly which transactions a mark has seen; those still open at the mark
 * are found later, however long they took (docs/architecture.md#two-logs).
 *
 * Two questions, each of which costs what it finds: what transactions have written that were open at the mark and have
 * ended since, and what later transactions have written. A transaction that stays open, in whichever database of the
 * server, costs neither of them anything. Pages go by transaction and id, as the rows' primary key does.
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

  /** The mark from which everything that is committed later will be read. */
  async mark(): Promise<LogMoment> {
    const { rows } = await this.pool.query<LogMoment>(MARK);
    if (rows[0] === undefined) throw new Error('change_log_state has no row');
    return rows[0];
  }

  /**
   * Hands over what has been committed since `from`, page by page, each in the order of its ids.
   * @param handOver what it returns is waited for before the next page is read
   * @param known ids of rows that need not be handed over
   * @returns the mark to read on from next
   * @throws LogLostError when some of it may be gone, or the database is another
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

  /** @param after the transaction that the first page begins with; its ids are above 0 */
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
      // Closed, which ends the transaction: a statement that took too long may still be under way on it.
      client.release(true);
      throw error;
    }
  }
}

const firstAfter = (snapshot: string): string => snapshot.split(':')[1] ?? '0';

const inIdOrder = <Row extends { id: string }>(rows: readonly Row[]): Row[] =>
  [...rows].sort((one, other) => Number(BigInt(one.id) - BigInt(other.id)));
