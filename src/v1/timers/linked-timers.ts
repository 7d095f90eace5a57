import { Injectable } from '@nestjs/common';
import type { Response } from 'express';

import type { Reader } from '../http/read-context.js';
import { limitOf, Pages } from '../http/paging.js';
import { V1Error } from '../http/v1-error.js';
import { ScheduleReader } from '../schedules/schedule-reader.js';
import { TodoReader } from '../todos/todo-reader.js';
import { TimerFinder } from './timer-finder.js';
import { afterOf, placeKey } from './timer-pages.js';
import { type TimerObject, TimerPresenter } from './timer.presenter.js';
import type { LinkedTimersQuery, TimerView } from './timer.requests.js';

/** What a timer is planned with, by the field that names it. */
export type TimerLink = Readonly<{ schedule_id: string } | { todo_id: string }>;

/** The caller's timers of one schedule or todo; each method first asks whether the caller may read that. */
@Injectable()
export class LinkedTimers {
  constructor(
    private readonly finder: TimerFinder,
    private readonly schedules: ScheduleReader,
    private readonly todos: TodoReader,
    private readonly presenter: TimerPresenter,
    private readonly pages: Pages,
  ) {}

  async list(reader: Reader, link: TimerLink, query: LinkedTimersQuery, response: Response): Promise<TimerObject[]> {
    await this.checkReadable(reader, link);
    const limit = limitOf(query);
    const found = await this.finder.ofLink(reader.userId, link, { limit: limit + 1, after: afterOf(query) });
    const page = this.pages.cut(response, found, limit, (timer) => placeKey(timer, reader.userId));
    return this.presenter.many(page, reader, query);
  }

  /** @throws V1Error when none of them is running or paused */
  async active(reader: Reader, link: TimerLink, view: TimerView): Promise<TimerObject> {
    await this.checkReadable(reader, link);
    const timer = await this.finder.newestActive(reader.userId, link);
    if (timer === undefined) throw new V1Error('TimerNotFoundError');
    return this.presenter.one(timer, reader, view);
  }

  private checkReadable({ userId }: Reader, link: TimerLink): Promise<unknown> {
    return 'schedule_id' in link
      ? this.schedules.checkReadable(userId, link.schedule_id)
      : this.todos.checkReadable(userId, link.todo_id);
  }
}
