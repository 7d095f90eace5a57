import type { Seconds } from '../../common/time/date-time.js';
import { secondsOf } from '../planning/sql.js';

/** In the order of lists (docs/spec/v1.md#71-object, docs/spec/v1.md#74-other-routes); a deadline never changes it. */
export const TODO_STATUSES = ['UNSCHEDULED', 'SCHEDULED', 'DONE', 'CANCELLED'] as const;
export type TodoStatus = (typeof TODO_STATUSES)[number];

/** Something to be done, maybe a part of something larger (docs/spec/v1.md#7-todos). */
export interface Todo {
  readonly id: string;
  readonly ownerId: string;
  readonly title: string;
  readonly description: string | null;
  readonly deadline: Seconds | null;
  readonly tagGroupId: string;
  readonly parentId: string | null;
  readonly status: TodoStatus;
  readonly tagIds: readonly string[];
  readonly createdAt: Seconds;
  /** Not shown; what `updated_since` looks at. */
  readonly updatedAt: Seconds;
}

/** How long a schedule lasts that a deadline makes, in seconds (docs/spec/v1.md#72-post-v1todos). */
export const DEADLINE_SCHEDULE_SECONDS = 3_600;

export const todoColumns = (alias: string): string =>
  `${alias}.id, ${alias}.owner_id AS "ownerId", ${alias}.title, ${alias}.description,
   ${secondsOf(`${alias}.deadline`)} AS deadline, ${alias}.tag_group_id AS "tagGroupId",
   ${alias}.parent_id AS "parentId", ${alias}.status, ${alias}.tag_ids AS "tagIds",
   ${secondsOf(`${alias}.created_at`)} AS "createdAt", ${secondsOf(`${alias}.updated_at`)} AS "updatedAt"`;
