import { Injectable } from '@nestjs/common';

import { isPeriod, type Seconds } from '../../common/time/date-time.js';
import { InvalidRequestError } from '../../common/validation/problem.js';
import { V1Error } from '../http/v1-error.js';
import { type OwnerWrite, OwnerWrites } from '../planning/owner-writes.js';
import { TagGroupStore } from '../tags/tag-group-store.js';
import { TagStore } from '../tags/tag-store.js';
import { TodoStore } from '../todos/todo-store.js';
import { OccurrenceEditor } from './occurrence-editor.js';
import type { Schedule } from './schedule.js';
import { type NewSchedule, ScheduleStore } from './schedule-store.js';
import type { NewScheduleRequest, SchedulePatch } from './schedule.requests.js';
import { SeriesChanges } from './series-changes.js';

/** A schedule, or the occurrence of a master that starts or started there (docs/spec/v1.md#65-other-routes). */
export interface ScheduleOrOccurrence {
  readonly id: string;
  readonly start: Seconds | null;
}

/** Makes, changes and deletes a person's schedules (docs/spec/v1.md#62-post-v1schedules, docs/spec/v1.md#65-other-routes). */
@Injectable()
export class SchedulePlanner {
  constructor(
    private readonly writes: OwnerWrites,
    private readonly schedules: ScheduleStore,
    private readonly series: SeriesChanges,
    private readonly occurrences: OccurrenceEditor,
    private readonly todos: TodoStore,
    private readonly tags: TagStore,
    private readonly groups: TagGroupStore,
  ) {}

  /** @throws V1Error of what is linked and is not the person's, of the recurrence, and LimitReachedError */
  create(ownerId: string, request: NewScheduleRequest): Promise<Schedule> {
    const { create_todo_options: options } = request;
    return this.writes.run(ownerId, async (write) => {
      await this.checkLinks(write, request);
      const todoGroup = options?.tag_group_id;
      if (todoGroup !== undefined) await this.groups.checkOwn(write.manager, ownerId, todoGroup);
      const schedule = await this.schedules.insert(write, chosenOf(request));
      this.series.check(schedule);
      return todoGroup === undefined ? schedule : (await this.makeTodo(write, schedule, todoGroup)).schedule;
    });
  }

  /** @throws V1Error ScheduleNotFoundError and as {@link create}; InvalidRequestError when both times are given wrongly */
  change(ownerId: string, { id, start }: ScheduleOrOccurrence, patch: SchedulePatch): Promise<Schedule> {
    if (start !== null) return this.occurrences.change(ownerId, id, start, patch);
    checkBothTimes(patch);
    return this.writes.run(ownerId, async (write) => {
      const schedule = await this.own(write, id);
      await this.checkLinks(write, patch);
      const changed = patched(schedule, patch);
      if (isSame(schedule, changed)) return schedule;
      if (!isPeriod(changed.startTime, changed.endTime)) throw new V1Error('InvalidScheduleTimeError');
      await this.series.follow(write, schedule, changed);
      return this.schedules.update(write, changed);
    });
  }

  /** @throws V1Error ScheduleNotFoundError */
  delete(ownerId: string, { id, start }: ScheduleOrOccurrence): Promise<void> {
    if (start !== null) return this.occurrences.delete(ownerId, id, start);
    return this.writes.run(ownerId, async (write) => {
      await this.own(write, id);
      await this.schedules.remove(write, [id]);
    });
  }

  /**
   * Makes a todo from a schedule that has none.
   * @returns the todo's id
   * @throws V1Error ScheduleNotFoundError, TagGroupNotFoundError, ScheduleAlreadyLinkedToTodoError
   */
  createTodo(ownerId: string, id: string, tagGroupId: string): Promise<string> {
    return this.writes.run(ownerId, async (write) => {
      const schedule = await this.own(write, id);
      await this.groups.checkOwn(write.manager, ownerId, tagGroupId);
      if (schedule.sourceTodoId !== null) throw new V1Error('ScheduleAlreadyLinkedToTodoError');
      return (await this.makeTodo(write, schedule, tagGroupId)).todoId;
    });
  }

  /**
   * With the schedule's title, description and tags, due when it starts (docs/spec/v1.md#62-post-v1schedules,
   * create_todo_options).
   */
  private async makeTodo(write: OwnerWrite, schedule: Schedule, tagGroupId: string) {
    const { title, description, startTime: deadline, tagIds } = schedule;
    const status = 'SCHEDULED';
    const todo = await this.todos.insert(write, {
      title,
      description,
      deadline,
      tagGroupId,
      parentId: null,
      status,
      tagIds,
    });
    const linked = await this.schedules.update(write, { ...schedule, sourceTodoId: todo.id });
    return { todoId: todo.id, schedule: linked };
  }

  private async own(write: OwnerWrite, id: string): Promise<Schedule> {
    const schedule = await this.schedules.ownToChange(write, id);
    if (schedule === undefined) throw new V1Error('ScheduleNotFoundError');
    return schedule;
  }

  /** Nothing of somebody else's is ever linked (docs/spec/v1.md#12-easy-to-get-wrong). */
  private async checkLinks({ manager, ownerId }: OwnerWrite, links: Links): Promise<void> {
    const { tag_group_id: groupId, source_todo_id: todoId, tag_ids: tagIds } = links;
    if (isGiven(groupId)) await this.groups.checkOwn(manager, ownerId, groupId);
    if (isGiven(todoId) && (await this.todos.own(manager, ownerId, todoId)) === undefined) {
      throw new V1Error('TodoNotFoundError');
    }
    await this.tags.checkOwn(manager, ownerId, tagIds ?? []);
  }
}

type Links = Pick<SchedulePatch, 'tag_group_id' | 'source_todo_id' | 'tag_ids'>;

const isGiven = <Value>(value: Value | null | undefined): value is Value => value !== undefined && value !== null;

const chosenOf = (request: NewScheduleRequest): NewSchedule => ({
  title: request.title,
  description: request.description ?? null,
  startTime: request.start_time,
  endTime: request.end_time,
  recurrenceRule: request.recurrence_rule ?? null,
  recurrenceEnd: request.recurrence_end ?? null,
  tagGroupId: request.tag_group_id ?? null,
  sourceTodoId: request.source_todo_id ?? null,
  state: request.state ?? 'PLANNED',
  tagIds: request.tag_ids ?? [],
});

/** Absent keeps, null clears what can be cleared (docs/spec/v1.md#11-requests-and-replies). */
function patched(schedule: Schedule, patch: SchedulePatch): Schedule {
  const { description = schedule.description, recurrence_rule: recurrenceRule = schedule.recurrenceRule } = patch;
  const { recurrence_end: recurrenceEnd = schedule.recurrenceEnd, state = schedule.state } = patch;
  const { tag_group_id: tagGroupId = schedule.tagGroupId, source_todo_id: sourceTodoId = schedule.sourceTodoId } =
    patch;
  return {
    ...schedule,
    title: patch.title ?? schedule.title,
    description,
    startTime: patch.start_time ?? schedule.startTime,
    endTime: patch.end_time ?? schedule.endTime,
    recurrenceRule,
    recurrenceEnd,
    tagGroupId,
    sourceTodoId,
    state,
    tagIds: patch.tag_ids === undefined ? schedule.tagIds : (patch.tag_ids ?? []),
  };
}

/** Whether nothing changed; tags are a set. */
function isSame(one: Schedule, other: Schedule): boolean {
  const keyOf = (schedule: Schedule) => JSON.stringify({ ...schedule, tagIds: schedule.tagIds.toSorted() });
  return keyOf(one) === keyOf(other);
}

/** Two times that contradict each other make no sense whatever is stored: 422 (docs/spec/v1.md#65-other-routes). */
function checkBothTimes({ start_time: start, end_time: end }: SchedulePatch): void {
  if (start === undefined || end === undefined || isPeriod(start, end)) return;
  const msg = 'Value error, end_time must be after start_time';
  throw new InvalidRequestError([
    { type: 'value_error', loc: ['body', 'end_time'], msg, input: end, ctx: { error: {} } },
  ]);
}
