import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';

import { Visibility } from '../../access/visibility.js';
import { TimerLinks } from '../../timer-domain/timer-links.js';
import { requireRoom } from '../planning/limits.js';
import type { OwnerWrite } from '../planning/owner-writes.js';
import { changedRows } from '../planning/sql.js';
import { ScheduleStore, timersOf } from '../schedules/schedule-store.js';
import { type Todo, todoColumns } from './todo.js';

/** What a timer needs to know of the todo it is planned with. */
export type TodoLink = Pick<Todo, 'id' | 'tagIds'>;

/** What is chosen of a todo when it is made; the rest follows. */
export type NewTodo = Omit<Todo, 'id' | 'ownerId' | 'createdAt' | 'updatedAt'>;

/** The rows of a person's todos. Rules are looked at by those who call. */
@Injectable()
export class TodoStore {
  constructor(
    private readonly schedules: ScheduleStore,
    private readonly visibility: Visibility,
    private readonly timerLinks: TimerLinks,
  ) {}

  /** The person's todo, which stays until the transaction ends; undefined when they have none with this id. */
  async own(manager: EntityManager, ownerId: string, id: string): Promise<TodoLink | undefined> {
    const [link]: TodoLink[] = await manager.query(
      `SELECT id, tag_ids AS "tagIds" FROM todos WHERE id = $2 AND owner_id = $1 FOR KEY SHARE`,
      [ownerId, id],
    );
    return link;
  }

  /** The id of the todo's schedule with the earliest start, which stays until the transaction ends; undefined when it has none. */
  async firstSchedule(manager: EntityManager, todoId: string): Promise<string | undefined> {
    const [first]: { id: string }[] = await manager.query(
      `SELECT id FROM schedules WHERE source_todo_id = $1 ORDER BY start_time, id LIMIT 1 FOR KEY SHARE`,
      [todoId],
    );
    return first?.id;
  }

  /** The whole todo, locked for a change. */
  async ownToChange({ manager, ownerId }: OwnerWrite, id: string): Promise<Todo | undefined> {
    const [todo]: Todo[] = await manager.query(
      `SELECT ${todoColumns('t')} FROM todos t WHERE id = $2 AND owner_id = $1 FOR NO KEY UPDATE`,
      [ownerId, id],
    );
    return todo;
  }

  /** @throws V1Error LimitReachedError */
  async insert(write: OwnerWrite, chosen: NewTodo): Promise<Todo> {
    await requireRoom(write, 'todos');
    const { ownerId, at } = write;
    const todo: Todo = { ...chosen, id: uuidv7(), ownerId, createdAt: at, updatedAt: at };
    await write.manager.query(
      `INSERT INTO todos (id, title, description, deadline, tag_group_id, parent_id, status, tag_ids, updated_at,
         owner_id, created_at)
       VALUES ($1, $2, $3, to_timestamp($4::float8), $5, $6, $7, $8, to_timestamp($9), $10, to_timestamp($9))`,
      [...valuesOf(todo), ownerId],
    );
    return todo;
  }

  /** Writes what a todo has become. @returns it, as of this change */
  async update({ manager, at }: OwnerWrite, changed: Todo): Promise<Todo> {
    const todo = { ...changed, updatedAt: at };
    await manager.query(
      `UPDATE todos SET title = $2, description = $3, deadline = to_timestamp($4::float8), tag_group_id = $5,
         parent_id = $6, status = $7, tag_ids = $8, updated_at = to_timestamp($9) WHERE id = $1`,
      valuesOf(todo),
    );
    return todo;
  }

  /**
   * Linked schedules and visibility settings go along; children become roots, timers stay, unlinked
   * (docs/spec/v1.md#74-other-routes).
   */
  async remove(write: OwnerWrite, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const { manager, transaction, ownerId, at } = write;
    await this.removeSchedules(write, ids);
    await manager.query(
      `UPDATE todos SET parent_id = NULL, updated_at = to_timestamp($2) WHERE parent_id = ANY ($1::uuid[])`,
      [ids, at],
    );
    await changedRows(manager, `DELETE FROM todos WHERE id = ANY ($1::uuid[])`, [ids]);
    await this.visibility.forget(transaction, 'todo', ids);
    for (const id of await timersOf(manager, 'todo_id', ids)) {
      await this.timerLinks.unlinkTodo(transaction, id, ownerId);
    }
  }

  /** Deletes the schedules of todos. */
  async removeSchedules(write: OwnerWrite, todoIds: readonly string[]): Promise<void> {
    const rows: { id: string }[] = await write.manager.query(
      `SELECT id FROM schedules WHERE source_todo_id = ANY ($1::uuid[]) ORDER BY id`,
      [todoIds],
    );
    await this.schedules.remove(
      write,
      rows.map(({ id }) => id),
    );
  }
}

/** In the order of the statements above. */
const valuesOf = (todo: Todo): unknown[] => [
  todo.id,
  todo.title,
  todo.description,
  todo.deadline,
  todo.tagGroupId,
  todo.parentId,
  todo.status,
  todo.tagIds,
  todo.updatedAt,
];
