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
import { ScheduleReader } from './schedule-reader.js';
import { SchedulePlanner } from './schedule-planner.js';
import {
  InstanceQuery,
  NewScheduleRequest,
  ScheduleListQuery,
  SchedulePatch,
  ZonedInstanceQuery,
} from './schedule.requests.js';

/** What is planned from when to when, once or again and again (docs/spec/v1.md#6-schedules). */
@Controller('v1/schedules')
@SignedIn()
export class SchedulesController {
  constructor(
    private readonly planner: SchedulePlanner,
    private readonly reader: ScheduleReader,
  ) {}

  @Get()
  @Accepts({ query: ScheduleListQuery })
  list(
    @Caller() { userId }: Identity,
    @Query() query: ScheduleListQuery,
    @ReplyZone() zone: TimeZone,
    @Res({ passthrough: true }) response: Response,
  ) {
    return this.reader.list(userId, query, zone, response);
  }

  @Post()
  @Accepts({ query: ZonedQuery, body: NewScheduleRequest })
  async create(@Caller() { userId }: Identity, @JsonBody() body: NewScheduleRequest, @ReplyZone() zone: TimeZone) {
    return this.reader.presentOne(await this.planner.create(userId, body), userId, zone);
  }

  @Get(':id')
  @Accepts({ path: IdPath, query: ZonedQuery })
  get(@Caller() { userId }: Identity, @PathParts() { id }: IdPath, @ReplyZone() zone: TimeZone) {
    return this.reader.get(id, userId, zone);
  }

  /** With `instance_start` one occurrence of a master. */
  @Patch(':id')
  @Accepts({ path: IdPath, query: ZonedInstanceQuery, body: SchedulePatch })
  async change(
    @Caller() { userId }: Identity,
    @PathParts() { id }: IdPath,
    @Query() { instance_start: start }: ZonedInstanceQuery,
    @JsonBody() patch: SchedulePatch,
    @ReplyZone() zone: TimeZone,
  ) {
    return this.reader.presentOne(await this.planner.change(userId, { id, start: start ?? null }, patch), userId, zone);
  }

  /** With `instance_start` one occurrence of a master. */
  @Delete(':id')
  @Accepts({ path: IdPath, query: InstanceQuery })
  delete(
    @Caller() { userId }: Identity,
    @PathParts() { id }: IdPath,
    @Query() { instance_start: start }: InstanceQuery,
  ) {
    return ok(this.planner.delete(userId, { id, start: start ?? null }));
  }
}
