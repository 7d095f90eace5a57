import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';

import { fromSnapshot } from '../store/timer-record.js';
import type { TimerChange } from './timer-change.js';

/** How far a reader of the log has come: everything that was committed at that moment, and nothing else. */
export type ChangeMark = string;

interface ChangeRecord {
  id: string;
  action: string;
  at: number;
  actor: string | null;
  snapshot: Record<string, unknown>;
}

const PAGE = 1_000;

// Ids are drawn before the commit, so a higher id may be readable before a lower one. A snapshot says exactly which
// transactions a mark has seen; those still open at the mark are found later, however long they took.
const READ = {
  name: 'timer_changes_between',
  text: `SELECT c.id, c.action, extract(epoch from c.at)::float8 AS at, c.actor, c.snapshot FROM timer_changes c
    WHERE c.transaction_id >= pg_snapshot_xmin($1::pg_snapshot)
      AND NOT pg_visible_in_snapshot(c.transaction_id, $1::pg_snapshot)
      AND pg_visible_in_snapshot(c.transaction_id, $2::pg_snapshot)
      AND c.id > $3 ORDER BY c.id LIMIT ${PAGE}`,
};

/** Reads `timer_changes` from a mark on: each committed change exactly once, in id order within one reading. */
@Injectable()
export class ChangeLog {
  constructor(private readonly pool: Pool) {}

  /** The mark from which everything that is committed later will be read. */
  async mark(): Promise<ChangeMark> {
    const { rows } = await this.pool.query<{ mark: string }>('SELECT pg_current_snapshot()::text AS mark');
    return rows[0]?.mark ?? '';
  }

  /**
   * Hands over what has been committed since `from`, page by page.
   * @returns the mark to read on from next
   */
  async readOn(from: ChangeMark, handOver: (changes: readonly TimerChange[]) => void): Promise<ChangeMark> {
    const to = await this.mark();
    let last = '0';
    for (;;) {
      const { rows } = await this.pool.query<ChangeRecord>({ ...READ, values: [from, to, last] });
      if (rows.length > 0) handOver(rows.map(toChange));
      if (rows.length < PAGE) return to;
      last = rows.at(-1)?.id ?? last;
    }
  }
}

function toChange(record: ChangeRecord): TimerChange {
  const { id, action, at, actor } = record;
  return { changeId: id, timer: fromSnapshot(record.snapshot), action, at, actor };
}
