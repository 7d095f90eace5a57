import { Controller, Get } from '@nestjs/common';

import { Accepts, Query, ReplyZone } from '../../common/http/accepts.js';
import type { TimeZone } from '../../common/time/time-zone.js';
import { Caller } from '../../identity/bearer/authenticated.js';
import type { Identity } from '../../identity/bearer/identity.js';
import { SignedIn } from '../http/rate-limit.guard.js';
import { dayOfDate } from './days.js';
import { presentStatistics } from './statistics.presenter.js';
import { Statistics } from './statistics.js';
import { StatisticsQuery } from './statistics.requests.js';

/** How much a person worked (extensions.md, "Repairing and adding up"). */
@Controller('v1/statistics')
@SignedIn()
export class StatisticsController {
  constructor(private readonly statistics: Statistics) {}

  @Get()
  @Accepts({ query: StatisticsQuery })
  async get(@Caller() { userId }: Identity, @Query() query: StatisticsQuery, @ReplyZone() named: TimeZone) {
    const { group_by: groupBy, include, timezone } = query;
    const [from, to] = [dayOfDate(query.from), dayOfDate(query.to)];
    const zone = timezone ? named : await this.statistics.zoneOf(userId);
    const request = { from, to, groupBy: groupBy ?? 'day', zone, withRooms: include?.includes('rooms') ?? false };
    return presentStatistics(request, await this.statistics.of(userId, request));
  }
}
