import { Controller, Get, Param } from '@nestjs/common';

import { Accepts, Query } from '../../common/http/accepts.js';
import { parseTimeZone, UTC } from '../../common/time/time-zone.js';
import { Clock } from '../../timer-domain/clock/clock.js';
import { RoomStore } from '../rooms/room-store.js';
import { type Period, periodStart } from './period-start.js';
import { RoomStatistics, type SessionCounts } from './room-statistics.js';
import { RoomStatisticsQuery } from './statistics.requests.js';

/** Statistics of a room's work sessions (docs/spec/rooms.md#statistics). */
@Controller('api/v1/rooms/:room_id/statistics')
export class StatisticsController {
  constructor(
    private readonly store: RoomStore,
    private readonly statistics: RoomStatistics,
    private readonly clock: Clock,
  ) {}

  @Get()
  @Accepts({ query: RoomStatisticsQuery })
  async get(@Param('room_id') roomId: string, @Query() query: RoomStatisticsQuery) {
    return { status: 'success', data: await this.read((await this.store.use(roomId)).id, query) };
  }

  private async read(roomId: string, { period, timezone }: RoomStatisticsQuery) {
    const chosen = period ?? 'today';
    const now = this.clock.now() / 1_000;
    const from = periodStart(chosen, parseTimeZone(timezone ?? 'UTC') ?? UTC, now);
    return presentStatistics(chosen, await this.statistics.between(roomId, from, now));
  }
}

const presentStatistics = (period: Period, { completed, interrupted, seconds }: SessionCounts) => ({
  period,
  completed_sessions: completed,
  total_focus_time_seconds: seconds,
  average_session_duration: completed === 0 ? 0 : Math.floor(seconds / completed),
  completion_rate: rateOf(completed, interrupted),
});

function rateOf(completed: number, interrupted: number): number {
  const all = completed + interrupted;
  return all === 0 ? 0 : Math.round((completed / all) * 100) / 100;
}
