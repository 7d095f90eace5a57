import { formatInstant, formatNullable, type TimeZone } from '../../common/time/time-zone.js';
import type { Tag } from '../tags/tag.js';
import { presentTags } from '../tags/tag.presenter.js';
import type { Schedule } from './schedule.js';

/** What a reply knows besides the rows it shows. */
export interface Surroundings {
  readonly readerId: string;
  readonly zone: TimeZone;
  readonly tags: ReadonlyMap<string, Tag>;
  /** The visibility level of each item that has one; an occurrence has its master's. */
  readonly levels: ReadonlyMap<string, string>;
}

/** The Schedule object (docs/spec/v1.md#61-object). */
export function presentSchedule(schedule: Schedule, { readerId, zone, tags, levels }: Surroundings) {
  return {
    id: schedule.id,
    title: schedule.title,
    description: schedule.description,
    start_time: formatInstant(schedule.startTime, zone),
    end_time: formatInstant(schedule.endTime, zone),
    recurrence_rule: schedule.recurrenceRule,
    recurrence_end: formatNullable(schedule.recurrenceEnd, zone),
    parent_id: schedule.parentId,
    tag_group_id: schedule.tagGroupId,
    source_todo_id: schedule.sourceTodoId,
    state: schedule.state,
    created_at: formatInstant(schedule.createdAt, zone),
    tags: presentTags(schedule.tagIds, tags, zone),
    owner_id: schedule.ownerId,
    visibility_level: levels.get(schedule.parentId ?? schedule.id) ?? null,
    is_shared: schedule.ownerId !== readerId,
  };
}

export type ScheduleObject = ReturnType<typeof presentSchedule>;
