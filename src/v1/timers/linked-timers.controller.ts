import { Controller, Get, Res } from '@nestjs/common';
import type { Response } from 'express';

import { Accepts, PathParts, Query, ReplyZone } from '../../common/http/accepts.js';
import type { TimeZone } from '../../common/time/time-zone.js';
import { Caller } from '../../identity/bearer/authenticated.js';
import type { Identity } from '../../identity/bearer/identity.js';
import { IdPath } from '../http/id-path.js';
import { limitOf, Pages } from '../http/paging.js';
import { SignedIn } from '../http/rate-limit.guard.js';
import { V1Error } from '../http/v1-error.js';
import { ScheduleReader } from '../schedules/schedule-reader.js';
import { TodoReader } from '../todos/todo-reader.js';
import { TimerFinder } from './timer-finder.js';
import { afterOf, placeKey } from './timer-pages.js';
import { type TimerObject, TimerPresenter } from './timer.presenter.js';
import { LinkedTimersQuery, TimerViewQuery } from './timer.requests.js';

/** The caller's timers of one schedule or todo that they may read (v1.md 5.5). */
@Controller('v1')
@SignedIn()
export class LinkedTimersController {
  constructor(
    private readonly finder: TimerFinder,
    private readonly schedules: ScheduleReader,
    private readonly todos: TodoReader,
    private readonly presenter: TimerPresenter,
    private readonly pages: Pages,
  ) {}

  @Get('schedules/:id/timers')
  @Accepts({ path: IdPath, query: LinkedTimersQuery })
  async ofSchedule(
    @Caller() { userId }: Identity,
    @PathParts() { id }: IdPath,
    @Query() query: LinkedTimersQuery,
    @ReplyZone() zone: TimeZone,
    @Res({ passthrough: true }) response: Response,
  ): Promise<TimerObject[]> {
    await this.schedules.checkReadable(userId, id);
    return this.list(userId, { schedule_id: id }, query, zone, response);
  }

  @Get('schedules/:id/timers/active')
  @Accepts({ path: IdPath, query: TimerViewQuery })
  async activeOfSchedule(
    @Caller() { userId }: Identity,
    @PathParts() { id }: IdPath,
    @Query() query: TimerViewQuery,
    @ReplyZone() zone: TimeZone,
  ): Promise<TimerObject> {
    await this.schedules.checkReadable(userId, id);
    return this.active(userId, { schedule_id: id }, query, zone);
  }

  @Get('todos/:id/timers')
  @Accepts({ path: IdPath, query: LinkedTimersQuery })
  async ofTodo(
    @Caller() { userId }: Identity,
    @PathParts() { id }: IdPath,
    @Query() query: LinkedTimersQuery,
    @ReplyZone() zone: TimeZone,
    @Res({ passthrough: true }) response: Response,
  ): Promise<TimerObject[]> {
    await this.todos.checkReadable(userId, id);
    return this.list(userId, { todo_id: id }, query, zone, response);
  }

  @Get('todos/:id/timers/active')
  @Accepts({ path: IdPath, query: TimerViewQuery })
  async activeOfTodo(
    @Caller() { userId }: Identity,
    @PathParts() { id }: IdPath,
    @Query() query: TimerViewQuery,
    @ReplyZone() zone: TimeZone,
  ): Promise<TimerObject> {
    await this.todos.checkReadable(userId, id);
    return this.active(userId, { todo_id: id }, query, zone);
  }

  private async list(
    userId: string,
    link: { schedule_id?: string; todo_id?: string },
    query: LinkedTimersQuery,
    zone: TimeZone,
    response: Response,
  ): Promise<TimerObject[]> {
    const limit = limitOf(query);
    const found = await this.finder.ofLink(userId, link, { limit: limit + 1, after: afterOf(query) });
    const page = this.pages.cut(response, found, limit, (timer) => placeKey(timer, userId));
    return this.presenter.many(page, { userId, zone }, query);
  }

  private async active(
    userId: string,
    link: { schedule_id?: string; todo_id?: string },
    query: TimerViewQuery,
    zone: TimeZone,
  ): Promise<TimerObject> {
    const timer = await this.finder.newestActive(userId, link);
    if (timer === undefined) throw new V1Error('TimerNotFoundError');
    return this.presenter.one(timer, { userId, zone }, query);
  }
}
