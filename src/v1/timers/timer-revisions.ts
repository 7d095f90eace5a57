import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import { toServiceUnavailable } from '../../database/database-errors.js';
import type { Timer } from '../../timer-domain/rules/timer.js';
import { fromSnapshot, LOGGED_OWNER } from '../../timer-domain/records/timer-record.js';

/** What a timer once was, and by what it became that (or, of what a correction replaced, `edit`). */
export interface TimerRevision {
  readonly revision: number;
  readonly action: string;
  /** Whole seconds since the epoch. */
  readonly at: number;
  readonly timer: Timer;
}

/** What a correction replaced is there for ever, the other revisions as long as the change log. */
const REVISIONS = `
  SELECT DISTINCT ON (revision) revision, action, extract(epoch from at)::float8 AS at, snapshot FROM (
    (SELECT e.revision, 'edit' AS action, e.at, e.snapshot, 0 AS rank FROM timer_edits e
      WHERE e.timer_id = $1 AND e.revision > $2 ORDER BY e.revision LIMIT $3)
    UNION ALL
    SELECT l.revision, l.action, l.at, to_jsonb(l) || to_jsonb(o), 1
      FROM (SELECT * FROM timer_changes WHERE timer_id = $1 AND revision > $2 ORDER BY revision LIMIT $3) l,
        LATERAL (SELECT l.timer_id AS id, ${LOGGED_OWNER}) o
  ) r ORDER BY revision, rank LIMIT $3`;

/** Reads what a timer was before (docs/spec/extensions.md#revisions). */
@Injectable()
export class TimerRevisions {
  constructor(private readonly database: Database) {}

  /** Oldest first, after a revision. */
  async of(timerId: string, after: number, limit: number): Promise<TimerRevision[]> {
    try {
      const rows = await this.database.query<Omit<TimerRevision, 'timer'> & { snapshot: Record<string, unknown> }>(
        REVISIONS,
        [timerId, after, limit],
      );
      return rows.map(({ snapshot, revision, action, at }) => ({
        revision,
        action,
        at,
        timer: fromSnapshot(snapshot),
      }));
    } catch (error) {
      throw toServiceUnavailable(error);
    }
  }
}
