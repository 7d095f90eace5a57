import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import type { Seconds } from '../../common/time/date-time.js';
import type { OwnerWrite } from '../planning/owner-writes.js';
import { changedRows } from '../planning/sql.js';
import { EXCEPTION_COLUMNS, type ScheduleException, type Window } from './schedule.js';

/** The rows that say how occurrences differ from their masters. */
@Injectable()
export class ScheduleExceptions {
  constructor(private readonly database: Database) {}

  /** All of a master. */
  of({ manager }: OwnerWrite, masterId: string): Promise<ScheduleException[]> {
    return manager.query(
      `SELECT ${EXCEPTION_COLUMNS} FROM schedule_exceptions x WHERE x.master_id = $1 ORDER BY x.original_start`,
      [masterId],
    );
  }

  /** Those of some masters whose occurrence overlaps a range, or would if it were not for them. */
  within(masterIds: readonly string[], { from, to }: Window): Promise<ScheduleException[]> {
    if (masterIds.length === 0) return Promise.resolve([]);
    return this.database.query(
      `SELECT ${EXCEPTION_COLUMNS} FROM schedule_exceptions x JOIN schedules s ON s.id = x.master_id
       WHERE x.master_id = ANY ($1::uuid[])
         AND ((x.original_start <= to_timestamp($3) AND x.original_start + (s.end_time - s.start_time) >= to_timestamp($2))
           OR (x.start_time <= to_timestamp($3) AND x.end_time >= to_timestamp($2)))
       ORDER BY x.master_id, x.original_start`,
      [masterIds, from, to],
    );
  }

  /** Writes what an occurrence has become, in place of what was written of it before. */
  async put({ manager }: OwnerWrite, exception: ScheduleException): Promise<void> {
    await manager.query(
      `INSERT INTO schedule_exceptions (master_id, original_start, deleted, title, description, start_time, end_time,
         tag_ids)
       VALUES ($1, to_timestamp($2), $3, $4, $5, to_timestamp($6::float8), to_timestamp($7::float8), $8)
       ON CONFLICT (master_id, original_start) DO UPDATE SET deleted = excluded.deleted, title = excluded.title,
         description = excluded.description, start_time = excluded.start_time, end_time = excluded.end_time,
         tag_ids = excluded.tag_ids`,
      [
        exception.masterId,
        exception.originalStart,
        exception.deleted,
        exception.title,
        exception.description,
        exception.startTime,
        exception.endTime,
        exception.tagIds,
      ],
    );
  }

  /** Writes all that a master's occurrences have become, in place of what was written before. */
  async replaceAll(write: OwnerWrite, masterId: string, exceptions: readonly ScheduleException[]): Promise<void> {
    await this.removeAll(write, masterId);
    if (exceptions.length === 0) return;
    await write.manager.query(
      `INSERT INTO schedule_exceptions (master_id, original_start, deleted, title, description, start_time, end_time,
         tag_ids)
       SELECT $1, to_timestamp("originalStart"), deleted, title, description, to_timestamp("startTime"),
         to_timestamp("endTime"), "tagIds"
       FROM jsonb_to_recordset($2::jsonb) AS x("originalStart" float8, deleted boolean, title text, description text,
         "startTime" float8, "endTime" float8, "tagIds" uuid[])`,
      [masterId, JSON.stringify(exceptions)],
    );
  }

  /** A schedule that does not recur has none. */
  async removeAll({ manager }: OwnerWrite, masterId: string): Promise<void> {
    await changedRows(manager, `DELETE FROM schedule_exceptions WHERE master_id = $1`, [masterId]);
  }
}

/** The exception that changes nothing: an occurrence as the rule has it. */
export const unchanged = (masterId: string, originalStart: Seconds): ScheduleException => ({
  masterId,
  originalStart,
  deleted: false,
  title: null,
  description: null,
  startTime: null,
  endTime: null,
  tagIds: null,
});
