import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import type { Seconds } from '../../common/time/date-time.js';

/** From `start` on and before `end`; either may be infinite. */
export interface Period {
  readonly start: Seconds;
  readonly end: Seconds;
}

/**
 * What a timer may have to do with a period ($4 to $5). A correction moves started_at and ended_at away from created_at,
 * an entry by hand is created after both, so no range of created_at says which timers these are.
 */
const CONDITIONS = {
  /** It may have worked in it. */
  overlapping: `t.started_at < to_timestamp($5) AND (t.ended_at IS NULL OR t.ended_at > to_timestamp($4))`,
  started: `t.started_at >= to_timestamp($4) AND t.started_at < to_timestamp($5)`,
  completed: `t.status = 'completed' AND t.ended_at >= to_timestamp($4) AND t.ended_at < to_timestamp($5)`,
} as const;

/** How many timers one statement looks at: it takes milliseconds, whether or not any of them fits. */
const PAGE = 2_000;
/** What is loaded at once is bounded in number and in bytes: a history may have 1,000 entries. */
const MAX_BATCH = 500;
const MAX_BATCH_BYTES = 2_000_000;
/** About what a timer takes, told without unpacking it: a long history is stored in a fourth of its size or less. */
const BYTES = `4 * pg_column_size(t.history) + coalesce(octet_length(t.description), 0)`;

interface Row {
  readonly id: string;
  readonly createdAt: string;
  readonly fits: boolean;
  readonly bytes: number;
}

const BEFORE_ALL = { createdAt: 'infinity', id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' };

/**
 * A person's own timers of a period, however many they have: pages of the index by owner, so neither this process nor
 * a single statement ever holds them all.
 */
@Injectable()
export class OwnTimers {
  constructor(private readonly database: Database) {}

  /**
   * Their ids, newest first by (created_at, id), in batches that are small enough to be loaded as a whole.
   * @param signal nobody wants any more of them; @throws its reason
   */
  async *idsOf(
    userId: string,
    condition: keyof typeof CONDITIONS,
    period: Period,
    signal?: AbortSignal,
  ): AsyncGenerator<string[]> {
    let after = BEFORE_ALL;
    for (;;) {
      signal?.throwIfAborted();
      const rows = await this.page(userId, condition, period, after);
      yield* batchesOf(rows.filter(({ fits }) => fits));
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return;
      after = last;
    }
  }

  private async page(
    userId: string,
    condition: keyof typeof CONDITIONS,
    { start, end }: Period,
    after: { readonly createdAt: string; readonly id: string },
  ): Promise<Row[]> {
    const rows = await this.database.query<Row>(
      `SELECT t.id, t.created_at::text AS "createdAt", ${CONDITIONS[condition]} AS fits,
         ${BYTES} AS bytes
       FROM timers t WHERE t.user_id = $1 AND (t.created_at, t.id) < ($2::timestamptz, $3::uuid)
       ORDER BY t.created_at DESC, t.id DESC LIMIT ${PAGE}`,
      [userId, after.createdAt, after.id, start, end],
    );
    return rows;
  }
}

function* batchesOf(rows: readonly Row[]): Generator<string[]> {
  let batch: string[] = [];
  let bytes = 0;
  for (const row of rows) {
    if (batch.length === MAX_BATCH || (batch.length > 0 && bytes + row.bytes > MAX_BATCH_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(row.id);
    bytes += row.bytes;
  }
  if (batch.length > 0) yield batch;
}
