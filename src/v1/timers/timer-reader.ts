import { Injectable } from '@nestjs/common';
import type { Response } from 'express';

import { formatInstant } from '../../common/time/time-zone.js';
import type { ListQuery } from '../http/list.requests.js';
import type { Reader } from '../http/read-context.js';
import { limitOf, Pages } from '../http/paging.js';
import { V1Error } from '../http/v1-error.js';
import { RoomSessions } from './room-sessions.js';
import { TimerFinder } from './timer-finder.js';
import { afterOf, placeKey, revisionAfter } from './timer-pages.js';
import { type TimerObject, TimerPresenter } from './timer.presenter.js';
import { TimerRevisions } from './timer-revisions.js';
import type { TimerListQuery, TimerView } from './timer.requests.js';

/** A state of a timer after one revision, as clients see it. */
export interface TimerRevisionObject {
  readonly revision: number;
  readonly action: string;
  readonly at: string;
  readonly timer: TimerObject | undefined;
}

/** Timers as their readers see them, one or a page at a time (docs/spec/v1.md#55-reading-and-editing). */
@Injectable()
export class TimerReader {
  constructor(
    private readonly finder: TimerFinder,
    private readonly revisions: TimerRevisions,
    private readonly presenter: TimerPresenter,
    private readonly pages: Pages,
    private readonly roomSessions: RoomSessions,
  ) {}

  list(reader: Reader, query: TimerListQuery, response: Response): Promise<TimerObject[]> {
    return query.type === 'room'
      ? this.listRoomSessions(reader, query, response)
      : this.listTimers(reader, query, response);
  }

  /** @throws V1Error when no timer is running or paused */
  async active(reader: Reader, view: TimerView): Promise<TimerObject> {
    const timer = await this.finder.newestActive(reader.userId);
    if (timer === undefined) throw new V1Error('NoActiveTimerError');
    return this.presenter.one(timer, reader, view);
  }

  /** @throws TimerNotFoundError unless it is the caller's own */
  async revisionsOf(reader: Reader, id: string, query: ListQuery, response: Response): Promise<TimerRevisionObject[]> {
    await this.finder.own(reader.userId, id);
    const limit = limitOf(query);
    const found = await this.revisions.of(id, revisionAfter(query), limit + 1);
    const page = this.pages.cut(response, found, limit, ({ revision }) => [revision]);
    const timers = this.presenter.past(page, reader);
    return page.map(({ revision, action, at }, index) => ({
      revision,
      action,
      at: formatInstant(at, reader.zone),
      timer: timers[index],
    }));
  }

  private async listTimers(reader: Reader, query: TimerListQuery, response: Response): Promise<TimerObject[]> {
    const limit = limitOf(query);
    const stretch = { limit: limit + 1, after: afterOf(query) };
    const found = await this.finder.list(reader.userId, query.scope ?? 'mine', query, stretch);
    const page = this.pages.cut(response, found, limit, (timer) => placeKey(timer, reader.userId));
    return this.presenter.many(page, reader, query);
  }

  private async listRoomSessions(reader: Reader, query: TimerListQuery, response: Response): Promise<TimerObject[]> {
    if (query.scope === 'shared') return [];
    const limit = limitOf(query);
    const found = await this.roomSessions.list(reader.userId, query, { limit: limit + 1, after: afterOf(query) });
    const page = this.pages.cut(response, found, limit, ({ timer }) => placeKey(timer, reader.userId));
    return this.roomSessions.present(page, reader);
  }
}
