import { Controller, Delete, Get, Patch, Post, Res } from '@nestjs/common';
import type { Response } from 'express';

import { Accepts, JsonBody, PathParts, Query, ReplyZone } from '../../common/http/accepts.js';
import { formatInstant, type TimeZone } from '../../common/time/time-zone.js';
import { Caller } from '../../identity/bearer/authenticated.js';
import type { Identity } from '../../identity/bearer/identity.js';
import { IdPath } from '../http/id-path.js';
import { ListQuery } from '../http/list.requests.js';
import { limitOf, Pages } from '../http/paging.js';
import { SignedIn } from '../http/rate-limit.guard.js';
import { V1Error } from '../http/v1-error.js';
import { RoomSessions } from './room-sessions.js';
import { TimerEditing } from './timer-editing.js';
import { TimerFinder } from './timer-finder.js';
import { afterOf, placeKey, revisionAfter } from './timer-pages.js';
import { type TimerObject, TimerPresenter } from './timer.presenter.js';
import { TimerRevisions } from './timer-revisions.js';
import {
  CorrectTimerRequest,
  ManualTimerRequest,
  TimerListQuery,
  TimerViewQuery,
  UpdateTimerRequest,
} from './timer.requests.js';

/** Reading, editing and repairing timers (v1.md 5.5, extensions.md "Repairing"). */
@Controller('v1/timers')
@SignedIn()
export class TimersController {
  constructor(
    private readonly finder: TimerFinder,
    private readonly editing: TimerEditing,
    private readonly revisions: TimerRevisions,
    private readonly presenter: TimerPresenter,
    private readonly pages: Pages,
    private readonly roomSessions: RoomSessions,
  ) {}

  @Get()
  @Accepts({ query: TimerListQuery })
  async list(
    @Caller() { userId }: Identity,
    @Query() query: TimerListQuery,
    @ReplyZone() zone: TimeZone,
    @Res({ passthrough: true }) response: Response,
  ): Promise<TimerObject[]> {
    if (query.type === 'room') return this.listRoomSessions(userId, query, zone, response);
    const limit = limitOf(query);
    const stretch = { limit: limit + 1, after: afterOf(query) };
    const found = await this.finder.list(userId, query.scope ?? 'mine', query, stretch);
    const page = this.pages.cut(response, found, limit, (timer) => placeKey(timer, userId));
    return this.presenter.many(page, { userId, zone }, query);
  }

  private async listRoomSessions(
    userId: string,
    query: TimerListQuery,
    zone: TimeZone,
    response: Response,
  ): Promise<TimerObject[]> {
    if (query.scope === 'shared') return [];
    const limit = limitOf(query);
    const found = await this.roomSessions.list(userId, query, { limit: limit + 1, after: afterOf(query) });
    const page = this.pages.cut(response, found, limit, ({ timer }) => placeKey(timer, userId));
    return this.roomSessions.present(page, { userId, zone });
  }

  @Get('active')
  @Accepts({ query: TimerViewQuery })
  async active(
    @Caller() { userId }: Identity,
    @Query() query: TimerViewQuery,
    @ReplyZone() zone: TimeZone,
  ): Promise<TimerObject> {
    const timer = await this.finder.newestActive(userId);
    if (timer === undefined) throw new V1Error('NoActiveTimerError');
    return this.presenter.one(timer, { userId, zone }, query);
  }

  @Post('manual')
  @Accepts({ query: TimerViewQuery, body: ManualTimerRequest })
  async addManual(
    @Caller() { userId }: Identity,
    @JsonBody() body: ManualTimerRequest,
    @Query() query: TimerViewQuery,
    @ReplyZone() zone: TimeZone,
  ): Promise<TimerObject> {
    const { timer } = await this.editing.addManual(userId, body);
    return this.presenter.one(timer, { userId, zone }, query);
  }

  @Get(':id')
  @Accepts({ path: IdPath, query: TimerViewQuery })
  async get(
    @Caller() { userId }: Identity,
    @PathParts() { id }: IdPath,
    @Query() query: TimerViewQuery,
    @ReplyZone() zone: TimeZone,
  ): Promise<TimerObject> {
    return this.presenter.one(await this.finder.readable(userId, id), { userId, zone }, query);
  }

  @Patch(':id')
  @Accepts({ path: IdPath, query: TimerViewQuery, body: UpdateTimerRequest })
  async update(
    @Caller() { userId }: Identity,
    @PathParts() { id }: IdPath,
    @JsonBody() body: UpdateTimerRequest,
    @Query() query: TimerViewQuery,
    @ReplyZone() zone: TimeZone,
  ): Promise<TimerObject> {
    return this.presenter.one(await this.editing.update(userId, id, body), { userId, zone }, query);
  }

  @Delete(':id')
  @Accepts({ path: IdPath })
  async delete(@Caller() { userId }: Identity, @PathParts() { id }: IdPath) {
    await this.editing.delete(userId, id);
    return { ok: true };
  }

  @Patch(':id/segments')
  @Accepts({ path: IdPath, query: TimerViewQuery, body: CorrectTimerRequest })
  async correct(
    @Caller() { userId }: Identity,
    @PathParts() { id }: IdPath,
    @JsonBody() body: CorrectTimerRequest,
    @Query() query: TimerViewQuery,
    @ReplyZone() zone: TimeZone,
  ): Promise<TimerObject> {
    return this.presenter.one(await this.editing.correct(userId, id, body), { userId, zone }, query);
  }

  @Get(':id/revisions')
  @Accepts({ path: IdPath, query: ListQuery })
  async listRevisions(
    @Caller() { userId }: Identity,
    @PathParts() { id }: IdPath,
    @Query() query: ListQuery,
    @ReplyZone() zone: TimeZone,
    @Res({ passthrough: true }) response: Response,
  ) {
    await this.finder.own(userId, id);
    const limit = limitOf(query);
    const found = await this.revisions.of(id, revisionAfter(query), limit + 1);
    const page = this.pages.cut(response, found, limit, ({ revision }) => [revision]);
    const timers = this.presenter.past(page, { userId, zone });
    return page.map(({ revision, action, at }, index) => ({
      revision,
      action,
      at: formatInstant(at, zone),
      timer: timers[index],
    }));
  }
}
