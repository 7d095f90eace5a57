import { Controller, Get, Param } from '@nestjs/common';

import { Accepts, Query } from '../../common/http/accepts.js';
import { parseTimeZone, UTC } from '../../common/time/time-zone.js';
import { Clock } from '../../timer-domain/clock/clock.js';
import { RoomStore } from '../rooms/room-store.js';
import { periodStart } from './period-start.js';
import { RoomStatistics } from './room-statistics.js';
import { RoomStatisticsQuery } from './statistics.requests.js';

/** How much a room has worked (rooms.md, "Statistics"). */
@Controller('api/v1/rooms/:room_id/statistics')
export class StatisticsController {
  constructor(
    private readonly store: RoomStore,
    private readonly statistics: RoomStatistics,
    private readonly clock: Clock,
  ) {}

  @Get()
  @Accepts({ query: RoomStatisticsQuery })
  async get(@Param('room_id') rawId: string, @Query() { period: chosen, timezone }: RoomStatisticsQuery) {
    const room = await this.store.use(rawId);
    const period = chosen ?? 'today';
    const now = this.clock.now();
    const from = periodStart(period, parseTimeZone(timezone ?? 'UTC') ?? UTC, now / 1_000);
    const { completed, interrupted, seconds } = await this.statistics.between(room.id, from, now / 1_000);
    const data = {
      period,
      completed_sessions: completed,
      total_focus_time_seconds: seconds,
      average_session_duration: completed === 0 ? 0 : Math.floor(seconds / completed),
      completion_rate: rateOf(completed, interrupted),
    };
    return { status: 'success', data };
  }
}

function rateOf(completed: number, interrupted: number): number {
  const all = completed + interrupted;
  return all === 0 ? 0 : Math.round((completed / all) * 100) / 100;
}
