import { Injectable } from '@nestjs/common';
import type { Response } from 'express';

import { Database } from '../../database/database.js';
import { Visibility } from '../../access/visibility.js';
import type { TimeZone } from '../../common/time/time-zone.js';
import { limitOf, Pages } from '../http/paging.js';
import { V1Error } from '../http/v1-error.js';
import { groupBy } from '../planning/group-by.js';
import { ScheduleReader } from '../schedules/schedule-reader.js';
import { TagReader } from '../tags/tag-reader.js';
import { type Todo, todoColumns } from './todo.js';
import { todoKey, TodoList } from './todo-list.js';
import { type ListedTodo, presentTodo, type TodoObject } from './todo.presenter.js';
import type { TodoListQuery } from './todo.requests.js';

/** Todos as a reader may see them. */
@Injectable()
export class TodoReader {
  constructor(
    private readonly database: Database,
    private readonly visibility: Visibility,
    private readonly schedules: ScheduleReader,
    private readonly tags: TagReader,
    private readonly todos: TodoList,
    private readonly pages: Pages,
  ) {}

  /** One's own or a shared one. @throws V1Error TodoNotFoundError, AccessDeniedError */
  async get(id: string, readerId: string, zone: TimeZone): Promise<TodoObject> {
    return this.presentOne(await this.checkReadable(readerId, id), readerId, zone);
  }

  /** The todo is there and may be read. @throws V1Error TodoNotFoundError, AccessDeniedError */
  async checkReadable(readerId: string, id: string): Promise<Todo> {
    const [todo] = await this.byIds([id]);
    if (todo === undefined) throw new V1Error('TodoNotFoundError');
    const { ownerId } = todo;
    if (await this.visibility.mayRead(readerId, { type: 'todo', id, ownerId })) return todo;
    throw new V1Error('AccessDeniedError');
  }

  /** A page of the list (docs/spec/v1.md#74-other-routes). */
  async list(readerId: string, query: TodoListQuery, zone: TimeZone, response: Response): Promise<TodoObject[]> {
    const fetched = await this.todos.list(readerId, query);
    const page = this.pages.cut(response, fetched, limitOf(query), (todo) => todoKey(readerId, todo));
    return this.present(page, readerId, zone);
  }

  /** Those of these todos that the reader may read, by id, in a constant number of statements. */
  async presentMany(ids: Iterable<string>, readerId: string, zone: TimeZone): Promise<Map<string, TodoObject>> {
    const todos = await this.byIds([...new Set(ids)]);
    const readable = await this.visibility.mayReadMany(readerId, 'todo', todos);
    const listed = todos.filter(({ id }) => readable.has(id)).map(asMatch);
    const presented = await this.present(listed, readerId, zone);
    return new Map(presented.map((todo) => [todo.id, todo]));
  }

  /** @throws V1Error TodoNotFoundError when it went meanwhile */
  async presentOwn(id: string, ownerId: string, zone: TimeZone): Promise<TodoObject> {
    const [todo] = await this.byIds([id]);
    if (todo === undefined) throw new V1Error('TodoNotFoundError');
    return this.presentOne(todo, ownerId, zone);
  }

  async presentOne(todo: Todo, readerId: string, zone: TimeZone): Promise<TodoObject> {
    const [object] = await this.present([asMatch(todo)], readerId, zone);
    return object as TodoObject;
  }

  private async present(todos: readonly ListedTodo[], readerId: string, zone: TimeZone): Promise<TodoObject[]> {
    const ids = todos.map(({ id }) => id);
    const linked = await this.schedules.linkedTo(ids, readerId);
    const tags = await this.tags.find([...todos, ...linked].flatMap(({ tagIds }) => tagIds));
    const levels = await this.visibility.levels('todo', ids);
    const scheduleLevels = await this.visibility.levels(
      'schedule',
      linked.map(({ id }) => id),
    );
    const schedules = groupBy(linked, ({ sourceTodoId }) => sourceTodoId ?? '');
    return todos.map((todo) => presentTodo(todo, { readerId, zone, tags, levels, scheduleLevels, schedules }));
  }

  private byIds(ids: readonly string[]): Promise<Todo[]> {
    if (ids.length === 0) return Promise.resolve([]);
    return this.database.query(`SELECT ${todoColumns('t')} FROM todos t WHERE t.id = ANY ($1::uuid[])`, [ids]);
  }
}

const asMatch = (todo: Todo): ListedTodo => ({ ...todo, includeReason: 'MATCH' });
