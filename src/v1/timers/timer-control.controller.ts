import { Controller, HttpCode, Patch, Post } from '@nestjs/common';

import { Accepts, JsonBody, PathParts, Query, ReplyZone } from '../../common/http/accepts.js';
import type { TimeZone } from '../../common/time/time-zone.js';
import { Caller } from '../../identity/bearer/authenticated.js';
import type { Identity } from '../../identity/bearer/identity.js';
import type { TimerVerb } from '../../timer-domain/rules/transitions.js';
import { TimerDomain } from '../../timer-domain/timer-domain.js';
import { IdPath } from '../http/id-path.js';
import { refusalError } from '../http/timer-refusals.js';
import { DeprecatedControl } from './deprecated-control.js';
import { TimerCreation } from './timer-creation.js';
import { type TimerObject, TimerPresenter } from './timer.presenter.js';
import { CreateTimerRequest, TimerViewQuery } from './timer.requests.js';

const COMMAND = { path: IdPath, query: TimerViewQuery };

/** Control over REST, as guide 14 knows it (v1.md 5.6). */
@Controller('v1/timers')
export class TimerControlController {
  constructor(
    private readonly timers: TimerDomain,
    private readonly creation: TimerCreation,
    private readonly presenter: TimerPresenter,
  ) {}

  @Post()
  @DeprecatedControl()
  @Accepts({ query: TimerViewQuery, body: CreateTimerRequest })
  async create(
    @Caller() { userId }: Identity,
    @JsonBody() body: CreateTimerRequest,
    @Query() query: TimerViewQuery,
    @ReplyZone() zone: TimeZone,
  ): Promise<TimerObject> {
    const { timer } = await this.creation.create(userId, body);
    return this.presenter.one(timer, { userId, zone }, query);
  }

  @Patch(':id/pause')
  @DeprecatedControl()
  @Accepts(COMMAND)
  pause(
    @Caller() caller: Identity,
    @PathParts() { id }: IdPath,
    @Query() query: TimerViewQuery,
    @ReplyZone() zone: TimeZone,
  ): Promise<TimerObject> {
    return this.command('pause', id, caller, query, zone);
  }

  @Patch(':id/resume')
  @DeprecatedControl()
  @Accepts(COMMAND)
  resume(
    @Caller() caller: Identity,
    @PathParts() { id }: IdPath,
    @Query() query: TimerViewQuery,
    @ReplyZone() zone: TimeZone,
  ): Promise<TimerObject> {
    return this.command('resume', id, caller, query, zone);
  }

  @Post(':id/stop')
  @HttpCode(200)
  @DeprecatedControl()
  @Accepts(COMMAND)
  stop(
    @Caller() caller: Identity,
    @PathParts() { id }: IdPath,
    @Query() query: TimerViewQuery,
    @ReplyZone() zone: TimeZone,
  ): Promise<TimerObject> {
    return this.command('stop', id, caller, query, zone);
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @DeprecatedControl()
  @Accepts(COMMAND)
  cancel(
    @Caller() caller: Identity,
    @PathParts() { id }: IdPath,
    @Query() query: TimerViewQuery,
    @ReplyZone() zone: TimeZone,
  ): Promise<TimerObject> {
    return this.command('cancel', id, caller, query, zone);
  }

  private async command(
    verb: Exclude<TimerVerb, 'complete'>,
    id: string,
    { userId }: Identity,
    query: TimerViewQuery,
    zone: TimeZone,
  ): Promise<TimerObject> {
    try {
      const { timer } = await this.timers.command(id, { userId }, verb, userId);
      return await this.presenter.one(timer, { userId, zone }, query);
    } catch (error) {
      throw refusalError(error, verb) ?? error;
    }
  }
}
