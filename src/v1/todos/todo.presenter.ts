import { formatInstant, formatNullable } from '../../common/time/time-zone.js';
import { presentSchedule, type Surroundings } from '../schedules/schedule.presenter.js';
import type { Schedule } from '../schedules/schedule.js';
import { presentTags } from '../tags/tag.presenter.js';
import type { Todo } from './todo.js';

/** Why a todo is in a list: it passes the filters, or something below it does (docs/spec/v1.md#74-other-routes). */
export type IncludeReason = 'MATCH' | 'ANCESTOR';

/** A todo with what a reply shows of it. */
export interface ListedTodo extends Todo {
  readonly includeReason: IncludeReason;
}

/** What a reply knows besides the rows of its todos. */
export interface TodoSurroundings extends Surroundings {
  /** Of todos. */
  readonly levels: ReadonlyMap<string, string>;
  readonly scheduleLevels: ReadonlyMap<string, string>;
  /** The readable ones of each todo, earliest first. */
  readonly schedules: ReadonlyMap<string, readonly Schedule[]>;
}

/** The Todo object (docs/spec/v1.md#71-object). */
export function presentTodo(todo: ListedTodo, surroundings: TodoSurroundings) {
  const { readerId, zone, tags, levels, scheduleLevels, schedules } = surroundings;
  return {
    id: todo.id,
    title: todo.title,
    description: todo.description,
    deadline: formatNullable(todo.deadline, zone),
    tag_group_id: todo.tagGroupId,
    parent_id: todo.parentId,
    status: todo.status,
    created_at: formatInstant(todo.createdAt, zone),
    tags: presentTags(todo.tagIds, tags, zone),
    schedules: (schedules.get(todo.id) ?? []).map((schedule) =>
      presentSchedule(schedule, { readerId, zone, tags, levels: scheduleLevels }),
    ),
    include_reason: todo.includeReason,
    owner_id: todo.ownerId,
    visibility_level: levels.get(todo.id) ?? null,
    is_shared: todo.ownerId !== readerId,
  };
}

export type TodoObject = ReturnType<typeof presentTodo>;

/**
 * How many todos there are, and how many with each tag; `group_id` null when all are counted
 * (docs/spec/v1.md#74-other-routes).
 */
export interface TodoStatistics {
  readonly groupId: string | null;
  readonly total: number;
  readonly byTag: readonly { readonly tagId: string; readonly tagName: string; readonly count: number }[];
}

export function presentTodoStatistics({ groupId, total, byTag }: TodoStatistics) {
  return {
    group_id: groupId,
    total_count: total,
    by_tag: byTag.map(({ tagId, tagName, count }) => ({ tag_id: tagId, tag_name: tagName, count })),
  };
}
