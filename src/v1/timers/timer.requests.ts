import { plainToInstance, Transform } from 'class-transformer';
import { ValidateNested } from 'class-validator';

import { NO_OBJECT } from '../../common/http/read-json.js';
import { Description, DateTime, DurationSeconds, Title, Uuid, UuidList } from '../../common/validation/fields.js';
import { QueryDateTime, QueryFlag, QueryOneOf, QuerySome } from '../../common/validation/query-fields.js';
import { atLeast, atMostItems, field, isList, isNumber, isWhole, valueRule } from '../../common/validation/rules.js';
import { ZonedQuery } from '../../common/time/zoned-query.js';
import { ListQuery } from '../http/list.requests.js';

export const TAG_INCLUDE_MODES = ['none', 'timer_only', 'inherit_from_schedule'] as const;
export type TagIncludeMode = (typeof TAG_INCLUDE_MODES)[number];

/** How much of what belongs to a timer comes along (docs/spec/v1.md#54-common-query-parameters). */
export interface TimerView {
  include_schedule?: boolean | null;
  include_todo?: boolean | null;
  tag_include_mode?: TagIncludeMode | null;
}

/** The query of every call that answers with one timer. */
export class TimerViewQuery extends ZonedQuery implements TimerView {
  @QueryFlag()
  include_schedule?: boolean | null;

  @QueryFlag()
  include_todo?: boolean | null;

  @QueryOneOf(TAG_INCLUDE_MODES)
  tag_include_mode?: TagIncludeMode | null;
}

/** The query of a list of timers of one schedule or todo. */
export class LinkedTimersQuery extends ListQuery implements TimerView {
  @QueryFlag()
  include_schedule?: boolean | null;

  @QueryFlag()
  include_todo?: boolean | null;

  @QueryOneOf(TAG_INCLUDE_MODES)
  tag_include_mode?: TagIncludeMode | null;
}

export const SCOPES = ['mine', 'shared', 'all'] as const;
export type Scope = (typeof SCOPES)[number];
const STATUSES = ['RUNNING', 'PAUSED', 'COMPLETED', 'CANCELLED'] as const;
const TYPES = ['independent', 'schedule', 'todo', 'room'] as const;

/** `GET /v1/timers` (docs/spec/v1.md#55-reading-and-editing). */
export class TimerListQuery extends LinkedTimersQuery {
  @QueryOneOf(SCOPES)
  scope?: Scope | null;

  @QuerySome(STATUSES)
  status?: string[] | null;

  @QueryOneOf(TYPES)
  type?: (typeof TYPES)[number] | null;

  @QueryDateTime()
  start_date?: number | null;

  @QueryDateTime()
  end_date?: number | null;

  @QueryDateTime()
  updated_since?: number | null;
}

/** `POST /v1/timers` and the socket's `timer.create` (docs/spec/v1.md#53-creating). */
export class CreateTimerRequest {
  @DurationSeconds({ required: true })
  allocated_duration!: number;

  @Title()
  title?: string | null;

  @Description()
  description?: string | null;

  @Uuid()
  schedule_id?: string | null;

  @Uuid()
  todo_id?: string | null;

  @UuidList()
  tag_ids?: string[] | null;
}

/** `PATCH /v1/timers/{id}`: absent keeps, null clears (docs/spec/v1.md#55-reading-and-editing). */
export class UpdateTimerRequest {
  @Title()
  title?: string | null;

  @Description()
  description?: string | null;

  @Uuid()
  schedule_id?: string | null;

  @Uuid()
  todo_id?: string | null;

  @UuidList()
  tag_ids?: string[] | null;
}

/** A stretch of work. */
export class SegmentRequest {
  @DateTime({ required: true })
  start!: number;

  @DateTime({ required: true })
  end!: number;
}

const MAX_SEGMENTS = 500;

// A list among the segments would be taken for more of them.
const asSegment = (item: unknown): unknown => {
  if (Array.isArray(item)) return null;
  return typeof item === 'object' && item !== null ? plainToInstance(SegmentRequest, item) : item;
};

/** One more than there may be shows that there are too many. */
const asSegments = (items: readonly unknown[]): unknown[] => items.slice(0, MAX_SEGMENTS + 1).map(asSegment);

const Segments = (): PropertyDecorator => (target, property) => {
  Transform(({ value }: { value: unknown }) => (Array.isArray(value) ? asSegments(value) : value))(target, property);
  field(
    { required: true },
    isList,
    atMostItems(MAX_SEGMENTS),
    valueRule('at least one segment', (value) => Array.isArray(value) && value.length > 0, { minItems: 1 }),
  )(target, property);
  ValidateNested({ each: true, message: NO_OBJECT.msg })(target, property);
};

/** `POST /v1/timers/manual` (docs/spec/extensions.md#manual-timers). */
export class ManualTimerRequest {
  @Title()
  title?: string | null;

  @Description()
  description?: string | null;

  @Uuid()
  schedule_id?: string | null;

  @Uuid()
  todo_id?: string | null;

  @UuidList()
  tag_ids?: string[] | null;

  @DurationSeconds()
  allocated_duration?: number | null;

  @Segments()
  segments!: SegmentRequest[];
}

/** `PATCH /v1/timers/{id}/segments` (docs/spec/extensions.md#corrections). */
export class CorrectTimerRequest {
  @Segments()
  segments!: SegmentRequest[];

  @field({}, isNumber, isWhole, atLeast(1))
  revision?: number | null;
}
