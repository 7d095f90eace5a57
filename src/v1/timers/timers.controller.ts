import { Controller, Delete, Get, Patch, Post, Res } from '@nestjs/common';
import type { Response } from 'express';

import { Accepts, JsonBody, PathParts, Query } from '../../common/http/accepts.js';
import { IdPath } from '../http/id-path.js';
import { ListQuery } from '../http/list.requests.js';
import { ok } from '../http/ok.js';
import { SignedIn } from '../http/rate-limit.guard.js';
import { ReadContext, type Reader } from '../http/read-context.js';
import { TimerEditing } from './timer-editing.js';
import { TimerFinder } from './timer-finder.js';
import { TimerReader } from './timer-reader.js';
import { TimerPresenter } from './timer.presenter.js';
import {
  CorrectTimerRequest,
  ManualTimerRequest,
  TimerListQuery,
  TimerViewQuery,
  UpdateTimerRequest,
} from './timer.requests.js';

/**
 * Reading, editing and repairing timers (docs/spec/v1.md#55-reading-and-editing,
 * docs/spec/extensions.md#correcting-and-adding-up).
 */
@Controller('v1/timers')
@SignedIn()
export class TimersController {
  constructor(
    private readonly reader: TimerReader,
    private readonly finder: TimerFinder,
    private readonly editing: TimerEditing,
    private readonly presenter: TimerPresenter,
  ) {}

  @Get()
  @Accepts({ query: TimerListQuery })
  list(@ReadContext() reader: Reader, @Query() query: TimerListQuery, @Res({ passthrough: true }) response: Response) {
    return this.reader.list(reader, query, response);
  }

  @Get('active')
  @Accepts({ query: TimerViewQuery })
  active(@ReadContext() reader: Reader, @Query() query: TimerViewQuery) {
    return this.reader.active(reader, query);
  }

  @Post('manual')
  @Accepts({ query: TimerViewQuery, body: ManualTimerRequest })
  async addManual(@ReadContext() reader: Reader, @JsonBody() body: ManualTimerRequest, @Query() query: TimerViewQuery) {
    return this.presenter.one((await this.editing.addManual(reader.userId, body)).timer, reader, query);
  }

  @Get(':id')
  @Accepts({ path: IdPath, query: TimerViewQuery })
  async get(@ReadContext() reader: Reader, @PathParts() { id }: IdPath, @Query() query: TimerViewQuery) {
    return this.presenter.one(await this.finder.readable(reader.userId, id), reader, query);
  }

  @Patch(':id')
  @Accepts({ path: IdPath, query: TimerViewQuery, body: UpdateTimerRequest })
  async update(
    @ReadContext() reader: Reader,
    @PathParts() { id }: IdPath,
    @JsonBody() body: UpdateTimerRequest,
    @Query() query: TimerViewQuery,
  ) {
    return this.presenter.one(await this.editing.update(reader.userId, id, body), reader, query);
  }

  @Delete(':id')
  @Accepts({ path: IdPath })
  delete(@ReadContext() { userId }: Reader, @PathParts() { id }: IdPath) {
    return ok(this.editing.delete(userId, id));
  }

  @Patch(':id/segments')
  @Accepts({ path: IdPath, query: TimerViewQuery, body: CorrectTimerRequest })
  async correct(
    @ReadContext() reader: Reader,
    @PathParts() { id }: IdPath,
    @JsonBody() body: CorrectTimerRequest,
    @Query() query: TimerViewQuery,
  ) {
    return this.presenter.one(await this.editing.correct(reader.userId, id, body), reader, query);
  }

  @Get(':id/revisions')
  @Accepts({ path: IdPath, query: ListQuery })
  listRevisions(
    @ReadContext() reader: Reader,
    @PathParts() { id }: IdPath,
    @Query() query: ListQuery,
    @Res({ passthrough: true }) response: Response,
  ) {
    return this.reader.revisionsOf(reader, id, query, response);
  }
}
