import { Type } from 'class-transformer';
import { ValidateNested } from 'class-validator';

import { isPeriod } from '../../common/time/date-time.js';
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
import { QueryDateTime, QueryOneOf, QueryUuids } from '../../common/validation/query-fields.js';
import { field, isStorable, isString, type Rule, valueRule } from '../../common/validation/rules.js';
import { ListQuery } from '../http/list.requests.js';
import { SCOPES, type Scope } from '../planning/scope.js';
import { SCHEDULE_STATES, type ScheduleState } from './schedule.js';

const endsAfterStart = valueRule('end_time must be after start_time', (end, on) => {
  const { start_time: start } = on as { start_time?: unknown };
  return typeof start !== 'number' || isPeriod(start, end as number);
});

/** Text that is looked at as a rule later: what is none is 400, not 422 (docs/spec/v1.md#62-post-v1schedules). */
const RuleText = (): PropertyDecorator => field({}, isString, isStorable);

const isObject: Rule = {
  type: 'model_attributes_type',
  msg: 'Input should be a valid dictionary or object to extract fields from',
  schema: { type: 'object' },
  holds: (value) => typeof value === 'object' && !Array.isArray(value),
};

/** A todo to be made with the schedule. */
export class CreateTodoOptions {
  @Uuid({ required: true })
  tag_group_id!: string;
}

export class NewScheduleRequest {
  @Title({ required: true })
  title!: string;

  @DateTime({ required: true })
  start_time!: number;

  @DateTime({ required: true, also: [endsAfterStart] })
  end_time!: number;

  @Description()
  description?: string | null;

  @UuidList()
  tag_ids?: string[] | null;

  @RuleText()
  recurrence_rule?: string | null;

  @DateTime()
  recurrence_end?: number | null;

  @Uuid()
  tag_group_id?: string | null;

  @Uuid()
  source_todo_id?: string | null;

  @OneOf(SCHEDULE_STATES)
  state?: ScheduleState | null;

  @field({}, isObject)
  @ValidateNested()
  @Type(() => CreateTodoOptions)
  create_todo_options?: CreateTodoOptions | null;
}

/** Absent keeps, null clears; null for what cannot be null is as good as absent (docs/spec/v1.md#11-requests-and-replies). */
export class SchedulePatch {
  /** null: of an occurrence, its master's title again (docs/spec/v1.md#65-other-routes). */
  @Title()
  title?: string | null;

  @NullMeansAbsent()
  @DateTime()
  start_time?: number;

  @NullMeansAbsent()
  @DateTime()
  end_time?: number;

  @Description()
  description?: string | null;

  @UuidList()
  tag_ids?: string[] | null;

  @RuleText()
  recurrence_rule?: string | null;

  @DateTime()
  recurrence_end?: number | null;

  @Uuid()
  tag_group_id?: string | null;

  @Uuid()
  source_todo_id?: string | null;

  @NullMeansAbsent()
  @OneOf(SCHEDULE_STATES)
  state?: ScheduleState;
}

/** Which occurrence of a master is meant; none: the schedule itself (docs/spec/v1.md#65-other-routes). */
export class InstanceQuery {
  @QueryDateTime()
  instance_start?: number | null;
}

/** The same of a call whose reply has date-times. */
export class ZonedInstanceQuery extends ZonedQuery {
  @QueryDateTime()
  instance_start?: number | null;
}

export class ScheduleListQuery extends ListQuery {
  @QueryDateTime({ required: true })
  start_date!: number;

  @QueryDateTime({ required: true })
  end_date!: number;

  @QueryOneOf(SCOPES)
  scope?: Scope | null;

  @QueryUuids()
  tag_ids?: string[] | null;

  @QueryUuids()
  group_ids?: string[] | null;

  @QueryDateTime()
  updated_since?: number | null;
}
