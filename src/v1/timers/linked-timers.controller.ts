import { Controller, Get, Res } from '@nestjs/common';
import type { Response } from 'express';

import { Accepts, PathParts, Query } from '../../common/http/accepts.js';
import { IdPath } from '../http/id-path.js';
import { SignedIn } from '../http/rate-limit.guard.js';
import { ReadContext, type Reader } from '../http/read-context.js';
import { LinkedTimers } from './linked-timers.js';
import { LinkedTimersQuery, TimerViewQuery } from './timer.requests.js';

/** The caller's timers of one schedule or todo that they may read (docs/spec/v1.md#55-reading-and-editing). */
@Controller('v1')
@SignedIn()
export class LinkedTimersController {
  constructor(private readonly timers: LinkedTimers) {}

  @Get('schedules/:id/timers')
  @Accepts({ path: IdPath, query: LinkedTimersQuery })
  ofSchedule(
    @ReadContext() reader: Reader,
    @PathParts() { id }: IdPath,
    @Query() query: LinkedTimersQuery,
    @Res({ passthrough: true }) response: Response,
  ) {
    return this.timers.list(reader, { schedule_id: id }, query, response);
  }

  @Get('schedules/:id/timers/active')
  @Accepts({ path: IdPath, query: TimerViewQuery })
  activeOfSchedule(@ReadContext() reader: Reader, @PathParts() { id }: IdPath, @Query() query: TimerViewQuery) {
    return this.timers.active(reader, { schedule_id: id }, query);
  }

  @Get('todos/:id/timers')
  @Accepts({ path: IdPath, query: LinkedTimersQuery })
  ofTodo(
    @ReadContext() reader: Reader,
    @PathParts() { id }: IdPath,
    @Query() query: LinkedTimersQuery,
    @Res({ passthrough: true }) response: Response,
  ) {
    return this.timers.list(reader, { todo_id: id }, query, response);
  }

  @Get('todos/:id/timers/active')
  @Accepts({ path: IdPath, query: TimerViewQuery })
  activeOfTodo(@ReadContext() reader: Reader, @PathParts() { id }: IdPath, @Query() query: TimerViewQuery) {
    return this.timers.active(reader, { todo_id: id }, query);
  }
}
