import { Controller, Delete, Get, Patch, Post, Res } from '@nestjs/common';
import type { Response } from 'express';

import { Accepts, JsonBody, PathParts, Query, ReplyZone } from '../../common/http/accepts.js';
import type { TimeZone } from '../../common/time/time-zone.js';
import { ZonedQuery } from '../../common/time/zoned-query.js';
import { Caller } from '../../identity/bearer/authenticated.js';
import type { Identity } from '../../identity/bearer/identity.js';
import { IdPath } from '../http/id-path.js';
import { ok } from '../http/ok.js';
import { SignedIn } from '../http/rate-limit.guard.js';
import { TodoList } from './todo-list.js';
import { TodoPlanner } from './todo-planner.js';
import { TodoReader } from './todo-reader.js';
import { presentTodoStatistics } from './todo.presenter.js';
import { NewTodoRequest, TodoListQuery, TodoPatch, TodoStatisticsQuery } from './todo.requests.js';

/** What is to be done (docs/spec/v1.md#7-todos). */
@Controller('v1/todos')
@SignedIn()
export class TodosController {
  constructor(
    private readonly planner: TodoPlanner,
    private readonly reader: TodoReader,
    private readonly todos: TodoList,
  ) {}

  @Get()
  @Accepts({ query: TodoListQuery })
  list(
    @Caller() { userId }: Identity,
    @Query() query: TodoListQuery,
    @ReplyZone() zone: TimeZone,
    @Res({ passthrough: true }) response: Response,
  ) {
    return this.reader.list(userId, query, zone, response);
  }

  @Get('stats')
  @Accepts({ query: TodoStatisticsQuery })
  async statistics(@Caller() { userId }: Identity, @Query() { group_id: groupId }: TodoStatisticsQuery) {
    return presentTodoStatistics(await this.todos.statistics(userId, groupId ?? null));
  }

  @Post()
  @Accepts({ query: ZonedQuery, body: NewTodoRequest })
  async create(@Caller() { userId }: Identity, @JsonBody() body: NewTodoRequest, @ReplyZone() zone: TimeZone) {
    return this.reader.presentOne(await this.planner.create(userId, body), userId, zone);
  }

  @Get(':id')
  @Accepts({ path: IdPath, query: ZonedQuery })
  get(@Caller() { userId }: Identity, @PathParts() { id }: IdPath, @ReplyZone() zone: TimeZone) {
    return this.reader.get(id, userId, zone);
  }

  @Patch(':id')
  @Accepts({ path: IdPath, query: ZonedQuery, body: TodoPatch })
  async change(
    @Caller() { userId }: Identity,
    @PathParts() { id }: IdPath,
    @JsonBody() patch: TodoPatch,
    @ReplyZone() zone: TimeZone,
  ) {
    return this.reader.presentOne(await this.planner.change(userId, id, patch), userId, zone);
  }

  @Delete(':id')
  @Accepts({ path: IdPath })
  async delete(@Caller() { userId }: Identity, @PathParts() { id }: IdPath) {
    return ok(this.planner.delete(userId, id));
  }
}
