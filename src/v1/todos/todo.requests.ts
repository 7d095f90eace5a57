import { ZonedQuery } from '../../common/time/zoned-query.js';
import {
  DateTime,
  Description,
  NullMeansAbsent,
  OneOf,
  Title,
  Uuid,
  UuidList,
} from '../../common/validation/fields.js';
import { QueryDateTime, QueryOneOf, QueryUuid, QueryUuids } from '../../common/validation/query-fields.js';
import { valueRule } from '../../common/validation/rules.js';
import { ListQuery } from '../http/paging.js';
import { SCOPES, type Scope } from '../planning/scope.js';
import { DEADLINE_SCHEDULE_SECONDS, TODO_STATUSES, type TodoStatus } from './todo.js';

const LAST_DEADLINE = Date.parse('9999-12-31T23:59:59Z') / 1_000 - DEADLINE_SCHEDULE_SECONDS;

/** When something is due; the schedule that it makes has to end before the year 10000 (v1.md 1.3, 7.2). */
const Deadline = (): PropertyDecorator =>
  DateTime({
    also: [valueRule('an hour after the deadline is past 9999-12-31', (value) => (value as number) <= LAST_DEADLINE)],
  });

export class NewTodoRequest {
  @Title({ required: true })
  title!: string;

  @Uuid({ required: true })
  tag_group_id!: string;

  @Description()
  description?: string | null;

  @UuidList()
  tag_ids?: string[] | null;

  @Deadline()
  deadline?: number | null;

  @Uuid()
  parent_id?: string | null;

  @OneOf(TODO_STATUSES)
  status?: TodoStatus | null;
}

/** Absent keeps, null clears; null for what cannot be null is as good as absent (v1.md 1.1). */
export class TodoPatch {
  @NullMeansAbsent()
  @Title()
  title?: string;

  @NullMeansAbsent()
  @Uuid()
  tag_group_id?: string;

  @Description()
  description?: string | null;

  @UuidList()
  tag_ids?: string[] | null;

  @Deadline()
  deadline?: number | null;

  /** null: a root. */
  @Uuid()
  parent_id?: string | null;

  @NullMeansAbsent()
  @OneOf(TODO_STATUSES)
  status?: TodoStatus;
}

export class TodoListQuery extends ListQuery {
  @QueryOneOf(SCOPES)
  scope?: Scope | null;

  @QueryUuids()
  tag_ids?: string[] | null;

  @QueryUuids()
  group_ids?: string[] | null;

  @QueryDateTime()
  updated_since?: number | null;
}

export class TodoStatisticsQuery {
  @QueryUuid()
  group_id?: string | null;
}

/** The group that a todo made from a schedule belongs to (v1.md 6.5). */
export class TodoFromScheduleQuery extends ZonedQuery {
  @QueryUuid({ required: true })
  tag_group_id!: string;
}
