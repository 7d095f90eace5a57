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
import { ListQuery } from '../http/list.requests.js';
import { SCOPES, type Scope } from '../planning/scope.js';
import { TODO_STATUSES, type TodoStatus } from './todo.js';

export class NewTodoRequest {
  @Title({ required: true })
  title!: string;

  @Uuid({ required: true })
  tag_group_id!: string;

  @Description()
  description?: string | null;

  @UuidList()
  tag_ids?: string[] | null;

  @DateTime()
  deadline?: number | null;

  @Uuid()
  parent_id?: string | null;

  @OneOf(TODO_STATUSES)
  status?: TodoStatus | null;
}

/** Absent keeps, null clears; null for what cannot be null is as good as absent (docs/spec/v1.md#11-requests-and-replies). */
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

  @DateTime()
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

/** The group that a todo made from a schedule belongs to (docs/spec/v1.md#65-other-routes). */
export class TodoFromScheduleQuery extends ZonedQuery {
  @QueryUuid({ required: true })
  tag_group_id!: string;
}
