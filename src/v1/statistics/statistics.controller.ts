import { Controller, Get } from '@nestjs/common';

import { Accepts, Query, ReplyZone } from '../../common/http/accepts.js';
import type { TimeZone } from '../../common/time/time-zone.js';
import { Caller } from '../../identity/bearer/authenticated.js';
import type { Identity } from '../../identity/bearer/identity.js';
import { SignedIn } from '../http/rate-limit.guard.js';
import type { Reader } from '../http/read-context.js';
import { dayOfDate } from './days.js';
import { presentStatistics } from './statistics.presenter.js';
import { Statistics } from './statistics.js';
import { StatisticsQuery } from './statistics.requests.js';

/** How much a person worked (docs/spec/extensions.md#correcting-and-adding-up). */
@Controller('v1/statistics')
@SignedIn()
export class StatisticsController {
  constructor(private readonly statistics: Statistics) {}

  @Get()
  @Accepts({ query: StatisticsQuery })
  async get(@Caller() { userId }: Identity, @Query() query: StatisticsQuery, @ReplyZone() named: TimeZone) {
    return this.read({ userId, zone: query.timezone ? named : await this.statistics.zoneOf(userId) }, query);
  }

  private async read({ userId, zone }: Reader, { from, to, group_by: groupBy, include }: StatisticsQuery) {
    const withRooms = include?.includes('rooms') ?? false;
    const request = { from: dayOfDate(from), to: dayOfDate(to), groupBy: groupBy ?? 'day', zone, withRooms };
    return presentStatistics(request, await this.statistics.of(userId, request));
  }
}
