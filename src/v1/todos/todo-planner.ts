import { Injectable } from '@nestjs/common';

import { V1Error } from '../http/v1-error.js';
import { type OwnerWrite, OwnerWrites } from '../planning/owner-writes.js';
import { clampInstant } from '../../common/time/date-time.js';
import { ScheduleStore } from '../schedules/schedule-store.js';
import { SeriesChanges } from '../schedules/series-changes.js';
import { TagGroupStore } from '../tags/tag-group-store.js';
import { TagStore } from '../tags/tag-store.js';
import { DEADLINE_SCHEDULE_SECONDS, type Todo } from './todo.js';
import { TodoStore } from './todo-store.js';
import { TodoTree } from './todo-tree.js';
import type { NewTodoRequest, TodoPatch } from './todo.requests.js';

/**
 * Makes, changes and deletes a person's todos, and the schedules that their deadlines make
 * (docs/spec/v1.md#72-post-v1todos, docs/spec/v1.md#74-other-routes).
 */
@Injectable()
export class TodoPlanner {
  constructor(
    private readonly writes: OwnerWrites,
    private readonly todos: TodoStore,
    private readonly tree: TodoTree,
    private readonly schedules: ScheduleStore,
    private readonly series: SeriesChanges,
    private readonly tags: TagStore,
    private readonly groups: TagGroupStore,
  ) {}

  /** @throws V1Error of the group, the tags and the parent, and LimitReachedError */
  create(ownerId: string, request: NewTodoRequest): Promise<Todo> {
    const { tag_group_id: tagGroupId, parent_id: parentId = null, tag_ids: tagIds } = request;
    return this.writes.run(ownerId, async (write) => {
      await this.groups.checkOwn(write.manager, ownerId, tagGroupId);
      await this.tags.checkOwn(write.manager, ownerId, tagIds ?? []);
      if (parentId !== null) await this.tree.checkNew(write, parentId, tagGroupId);
      const todo = await this.todos.insert(write, {
        title: request.title,
        description: request.description ?? null,
        deadline: request.deadline ?? null,
        tagGroupId,
        parentId,
        status: request.status ?? 'UNSCHEDULED',
        tagIds: tagIds ?? [],
      });
      await this.scheduleNew(write, todo);
      return todo;
    });
  }

  /** @throws V1Error TodoNotFoundError, and as {@link create} */
  change(ownerId: string, id: string, patch: TodoPatch): Promise<Todo> {
    return this.writes.run(ownerId, async (write) => {
      const before = await this.own(write, id);
      if (patch.tag_group_id !== undefined) await this.groups.checkOwn(write.manager, ownerId, patch.tag_group_id);
      await this.tags.checkOwn(write.manager, ownerId, patch.tag_ids ?? []);
      const after = patched(before, patch);
      await this.tree.checkMoved(write, before, after);
      const todo = isSame(before, after) ? before : await this.todos.update(write, after);
      if (patch.tag_ids !== undefined) await this.retag(write, todo);
      await this.reschedule(write, before, todo);
      return todo;
    });
  }

  /** @throws V1Error TodoNotFoundError */
  delete(ownerId: string, id: string): Promise<void> {
    return this.writes.run(ownerId, async (write) => {
      await this.own(write, id);
      await this.todos.remove(write, [id]);
    });
  }

  private async own(write: OwnerWrite, id: string): Promise<Todo> {
    const todo = await this.todos.ownToChange(write, id);
    if (todo === undefined) throw new V1Error('TodoNotFoundError');
    return todo;
  }

  /** What a new deadline, another one or none any more does to the schedules (docs/spec/v1.md#73-patch-v1todosid). */
  private async reschedule(write: OwnerWrite, before: Todo, after: Todo): Promise<void> {
    if (before.deadline === after.deadline) return;
    if (after.deadline === null) await this.todos.removeSchedules(write, [after.id]);
    else if (before.deadline === null) await this.scheduleNew(write, after);
    else await this.moveFirst(write, after);
  }

  private async scheduleNew(write: OwnerWrite, { id, title, description, deadline, tagIds }: Todo): Promise<void> {
    if (deadline === null) return;
    await this.schedules.insert(write, {
      title,
      description,
      ...hourFrom(deadline),
      recurrenceRule: null,
      recurrenceEnd: null,
      tagGroupId: null,
      sourceTodoId: id,
      state: 'PLANNED',
      tagIds,
    });
  }

  private async moveFirst(write: OwnerWrite, { id, deadline, tagIds }: Todo): Promise<void> {
    const [first] = await this.schedules.linkedTo(write, id);
    if (first === undefined || deadline === null) return;
    const moved = { ...first, ...hourFrom(deadline), tagIds };
    await this.series.follow(write, first, moved);
    await this.schedules.update(write, moved);
  }

  /** The todo's tags are its schedules' too; title, description and status are not. */
  private async retag(write: OwnerWrite, { id, tagIds }: Todo): Promise<void> {
    for (const schedule of await this.schedules.linkedTo(write, id)) {
      if (!isSameSet(schedule.tagIds, tagIds)) await this.schedules.update(write, { ...schedule, tagIds });
    }
  }
}

const hourFrom = (deadline: number) => ({
  startTime: deadline,
  endTime: clampInstant(deadline + DEADLINE_SCHEDULE_SECONDS),
});

/** Absent keeps, null clears what can be cleared (docs/spec/v1.md#11-requests-and-replies). */
function patched(todo: Todo, patch: TodoPatch): Todo {
  const { title = todo.title, description = todo.description, deadline = todo.deadline } = patch;
  const { tag_group_id: tagGroupId = todo.tagGroupId, parent_id: parentId = todo.parentId } = patch;
  const { status = todo.status, tag_ids: tagIds = todo.tagIds } = patch;
  return { ...todo, title, description, deadline, tagGroupId, parentId, status, tagIds: tagIds ?? [] };
}

const isSameSet = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((id) => other.includes(id));

const isSame = (one: Todo, other: Todo): boolean =>
  isSameSet(one.tagIds, other.tagIds) &&
  JSON.stringify({ ...one, tagIds: [] }) === JSON.stringify({ ...other, tagIds: [] });
