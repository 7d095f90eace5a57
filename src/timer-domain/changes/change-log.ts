import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';

import { CommittedLog, type LogMark } from '../../database/committed-log.js';
import { fromSnapshot } from '../store/timer-record.js';
import type { TimerChange } from './timer-change.js';

/** How far a reader of the log has come. */
export type ChangeMark = LogMark;

interface ChangeRecord {
  id: string;
  action: string;
  at: number;
  actor: string | null;
  snapshot: Record<string, unknown>;
}

const SOURCE = {
  table: 'timer_changes',
  columns: 'l.id, l.action, extract(epoch from l.at)::float8 AS at, l.actor, l.snapshot',
};

/** Reads `timer_changes` from a mark on: each committed change exactly once, in id order within one reading. */
@Injectable()
export class ChangeLog {
  private readonly log: CommittedLog<ChangeRecord>;

  constructor(pool: Pool) {
    this.log = new CommittedLog(pool, SOURCE);
  }

  /** The mark from which everything that is committed later will be read. */
  mark(): Promise<ChangeMark> {
    return this.log.mark();
  }

  /**
   * Hands over what has been committed since `from`, page by page.
   * @returns the mark to read on from next
   */
  readOn(from: ChangeMark, handOver: (changes: readonly TimerChange[]) => void): Promise<ChangeMark> {
    return this.log.readOn(from, (records) => {
      handOver(records.map(toChange));
    });
  }
}

function toChange(record: ChangeRecord): TimerChange {
  const { id, action, at, actor } = record;
  return { changeId: id, timer: fromSnapshot(record.snapshot), action, at, actor };
}
