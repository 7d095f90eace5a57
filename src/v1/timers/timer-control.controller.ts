import { Controller, HttpCode, Patch, Post } from '@nestjs/common';
import type { Request } from 'express';

import { fittedBody, Accepts, JsonBody, PathParts, Query, ReplyZone } from '../../common/http/accepts.js';
import type { TimeZone } from '../../common/time/time-zone.js';
import { Caller } from '../../identity/bearer/authenticated.js';
import type { Identity } from '../../identity/bearer/identity.js';
import type { Keep } from '../../idempotency/keep.js';
import { Kept, KeyedCommand } from '../../idempotency/idempotency.interceptor.js';
import { KeptOutcomes } from '../../idempotency/kept-outcomes.js';
import type { TimerVerb } from '../../timer-domain/rules/transitions.js';
import { Timers } from '../../timer-domain/timers.js';
import { IdPath } from '../http/id-path.js';
import { refusalError } from '../http/timer-refusals.js';
import { DeprecatedControl } from './deprecated-control.js';
import { TimerCreation } from './timer-creation.js';
import { type TimerObject, TimerPresenter } from './timer.presenter.js';
import { CreateTimerRequest, TimerViewQuery } from './timer.requests.js';

/** A command on a timer, as its socket frame says it too. */
const keyed = (verb: TimerVerb) => KeyedCommand(({ params }: Request) => [verb, String(params['id']).toLowerCase()]);

const COMMAND = { path: IdPath, query: TimerViewQuery };

/** Control over REST, as guide 14 knows it (docs/spec/v1.md#56-control-over-rest). */
@Controller('v1/timers')
export class TimerControlController {
  constructor(
    private readonly timers: Timers,
    private readonly creation: TimerCreation,
    private readonly presenter: TimerPresenter,
    private readonly kept: KeptOutcomes,
  ) {}

  @Post()
  @DeprecatedControl()
  @KeyedCommand((request) => ['start', fittedBody(request)])
  @Accepts({ query: TimerViewQuery, body: CreateTimerRequest })
  async create(
    @Caller() { userId }: Identity,
    @JsonBody() body: CreateTimerRequest,
    @Query() query: TimerViewQuery,
    @ReplyZone() zone: TimeZone,
    @Kept() keep: Keep | undefined,
  ): Promise<TimerObject> {
    const { timer, at } = await this.kept.once(keep, () => this.creation.create(userId, body), userId);
    return this.presenter.one(timer, { userId, zone }, query, keep && at);
  }

  @Patch(':id/pause')
  @DeprecatedControl()
  @keyed('pause')
  @Accepts(COMMAND)
  pause(
    @Caller() caller: Identity,
    @PathParts() { id }: IdPath,
    @Query() query: TimerViewQuery,
    @ReplyZone() zone: TimeZone,
    @Kept() keep: Keep | undefined,
  ): Promise<TimerObject> {
    return this.command('pause', id, caller, query, zone, keep);
  }

  @Patch(':id/resume')
  @DeprecatedControl()
  @keyed('resume')
  @Accepts(COMMAND)
  resume(
    @Caller() caller: Identity,
    @PathParts() { id }: IdPath,
    @Query() query: TimerViewQuery,
    @ReplyZone() zone: TimeZone,
    @Kept() keep: Keep | undefined,
  ): Promise<TimerObject> {
    return this.command('resume', id, caller, query, zone, keep);
  }

  @Post(':id/stop')
  @HttpCode(200)
  @DeprecatedControl()
  @keyed('stop')
  @Accepts(COMMAND)
  stop(
    @Caller() caller: Identity,
    @PathParts() { id }: IdPath,
    @Query() query: TimerViewQuery,
    @ReplyZone() zone: TimeZone,
    @Kept() keep: Keep | undefined,
  ): Promise<TimerObject> {
    return this.command('stop', id, caller, query, zone, keep);
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @DeprecatedControl()
  @keyed('cancel')
  @Accepts(COMMAND)
  cancel(
    @Caller() caller: Identity,
    @PathParts() { id }: IdPath,
    @Query() query: TimerViewQuery,
    @ReplyZone() zone: TimeZone,
    @Kept() keep: Keep | undefined,
  ): Promise<TimerObject> {
    return this.command('cancel', id, caller, query, zone, keep);
  }

  private async command(
    verb: Exclude<TimerVerb, 'complete'>,
    id: string,
    { userId }: Identity,
    query: TimerViewQuery,
    zone: TimeZone,
    keep: Keep | undefined,
  ): Promise<TimerObject> {
    try {
      const { timer, at } = await this.timers.command(id, { userId }, verb, userId, keep);
      return await this.presenter.one(timer, { userId, zone }, query, keep && at);
    } catch (error) {
      throw refusalError(error, verb) ?? error;
    }
  }
}
