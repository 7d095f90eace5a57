import type { Seconds } from '../../common/time/date-time.js';
import { secondsOf } from '../planning/sql.js';

/** docs/spec/v1.md#61-object; any may follow any. */
export const SCHEDULE_STATES = ['PLANNED', 'CONFIRMED', 'CANCELLED'] as const;
export type ScheduleState = (typeof SCHEDULE_STATES)[number];

/** Something planned from one instant to another; with a rule, the master of what recurs (docs/spec/v1.md#61-object). */
export interface Schedule {
  readonly id: string;
  readonly ownerId: string;
  readonly title: string;
  readonly description: string | null;
  readonly startTime: Seconds;
  /** After the start. */
  readonly endTime: Seconds;
  /** As it was sent; a master's. */
  readonly recurrenceRule: string | null;
  readonly recurrenceEnd: Seconds | null;
  /** Set only on an occurrence: its master. */
  readonly parentId: string | null;
  readonly tagGroupId: string | null;
  readonly sourceTodoId: string | null;
  readonly state: ScheduleState;
  readonly tagIds: readonly string[];
  readonly createdAt: Seconds;
  /** Not shown; what `updated_since` looks at. */
  readonly updatedAt: Seconds;
}

/** How one occurrence differs from its master; what is null is the master's (docs/spec/v1.md#65-other-routes). */
export interface ScheduleException {
  readonly masterId: string;
  /** Where the rule puts the occurrence. */
  readonly originalStart: Seconds;
  readonly deleted: boolean;
  readonly title: string | null;
  readonly description: string | null;
  /** Both times are set, or neither is. */
  readonly startTime: Seconds | null;
  readonly endTime: Seconds | null;
  readonly tagIds: readonly string[] | null;
}

export const scheduleColumns = (alias: string): string =>
  `${alias}.id, ${alias}.owner_id AS "ownerId", ${alias}.title, ${alias}.description,
   ${secondsOf(`${alias}.start_time`)} AS "startTime", ${secondsOf(`${alias}.end_time`)} AS "endTime",
   ${alias}.recurrence_rule AS "recurrenceRule", ${secondsOf(`${alias}.recurrence_end`)} AS "recurrenceEnd",
   NULL AS "parentId", ${alias}.tag_group_id AS "tagGroupId", ${alias}.source_todo_id AS "sourceTodoId",
   ${alias}.state, ${alias}.tag_ids AS "tagIds",
   ${secondsOf(`${alias}.created_at`)} AS "createdAt", ${secondsOf(`${alias}.updated_at`)} AS "updatedAt"`;

/** Both ends belong to it. */
export interface Window {
  readonly from: Seconds;
  readonly to: Seconds;
}

/** Of `schedule_exceptions x`. */
export const EXCEPTION_COLUMNS = `x.master_id AS "masterId", ${secondsOf('x.original_start')} AS "originalStart",
  x.deleted, x.title, x.description, ${secondsOf('x.start_time')} AS "startTime",
  ${secondsOf('x.end_time')} AS "endTime", x.tag_ids AS "tagIds"`;
