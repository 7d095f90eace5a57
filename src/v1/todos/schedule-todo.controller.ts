import { Controller, Post } from '@nestjs/common';

import { Accepts, PathParts, Query, ReplyZone } from '../../common/http/accepts.js';
import type { TimeZone } from '../../common/time/time-zone.js';
import { Caller } from '../../identity/bearer/authenticated.js';
import type { Identity } from '../../identity/bearer/identity.js';
import { IdPath } from '../http/id-path.js';
import { SignedIn } from '../http/rate-limit.guard.js';
import { SchedulePlanner } from '../schedules/schedule-planner.js';
import { TodoReader } from './todo-reader.js';
import { TodoFromScheduleQuery } from './todo.requests.js';

/** A todo made from a schedule (docs/spec/v1.md#65-other-routes). */
@Controller('v1/schedules/:id/todo')
@SignedIn()
export class ScheduleTodoController {
  constructor(
    private readonly planner: SchedulePlanner,
    private readonly reader: TodoReader,
  ) {}

  @Post()
  @Accepts({ path: IdPath, query: TodoFromScheduleQuery })
  async create(
    @Caller() { userId }: Identity,
    @PathParts() { id }: IdPath,
    @Query() { tag_group_id: groupId }: TodoFromScheduleQuery,
    @ReplyZone() zone: TimeZone,
  ) {
    return this.reader.presentOwn(await this.planner.createTodo(userId, id, groupId), userId, zone);
  }
}
