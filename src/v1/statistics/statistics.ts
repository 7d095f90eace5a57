import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import { parseTimeZone, type TimeZone, UTC } from '../../common/time/time-zone.js';
import { Clock } from '../../timer-domain/clock/clock.js';
import { type Segment, segmentsOf } from '../../timer-domain/rules/segments.js';
import type { HistoryEntry } from '../../timer-domain/rules/timer.js';
import type { DayNumber } from '../schedules/recurrence/calendar.js';
import {
  byDate,
  byLink,
  clip,
  daysOf,
  type GroupBy,
  type Grouping,
  isDateGrouping,
  type LinkGrouping,
  rangeOf,
} from './grouping.js';
import { OwnTimers, type Period } from './own-timers.js';
import { RoomHistory } from './room-history.js';
import { type Group, Tally } from './tally.js';

export interface StatisticsRequest {
  readonly from: DayNumber;
  /** Inclusive. */
  readonly to: DayNumber;
  readonly groupBy: GroupBy;
  readonly zone: TimeZone;
  readonly withRooms: boolean;
}

export interface StatisticsResult {
  readonly totalSeconds: number;
  readonly timers: number;
  readonly groups: readonly Group[];
  /** The current names of ids that groups have for keys. */
  readonly labels: ReadonlyMap<string, string>;
}

interface WorkedTimer {
  readonly history: HistoryEntry[];
  readonly tagIds: string[];
  readonly todoId: string | null;
  readonly scheduleId: string | null;
}

/** Where the names of what a timer is planned with are. */
const LABELS = {
  tag: `SELECT id, name AS label FROM tags WHERE owner_id = $1`,
  todo: `SELECT id, title AS label FROM todos WHERE owner_id = $1`,
  schedule: `SELECT id, title AS label FROM schedules WHERE owner_id = $1`,
} as const satisfies Record<LinkGrouping, string>;

/**
 * Adds up what a person worked (docs/spec/extensions.md#statistics): own timers of every status, by their segments,
 * batch by batch.
 */
@Injectable()
export class Statistics {
  constructor(
    private readonly database: Database,
    private readonly timers: OwnTimers,
    private readonly rooms: RoomHistory,
    private readonly clock: Clock,
  ) {}

  async of(userId: string, request: StatisticsRequest): Promise<StatisticsResult> {
    const { from, to, groupBy, zone, withRooms } = request;
    const period = rangeOf(from, to, zone);
    const labels = isDateGrouping(groupBy) ? new Map<string, string>() : await this.labelsOf(userId, groupBy);
    const grouping: Grouping = isDateGrouping(groupBy)
      ? byDate(groupBy, daysOf(from, to), zone)
      : byLink(groupBy, labels);
    const tally = new Tally(grouping);
    await this.addTimers(tally, userId, period);
    if (withRooms) await this.addRooms(tally, userId, period);
    return { totalSeconds: tally.totalSeconds, timers: tally.timers, groups: tally.results(), labels };
  }

  /** The zone a person's statistics are in when a request names none (docs/spec/v1.md#9-usersme). */
  async zoneOf(userId: string): Promise<TimeZone> {
    const rows = await this.database.query<{ timezone: string }>(`SELECT timezone FROM users WHERE id = $1`, [userId]);
    return parseTimeZone(rows[0]?.timezone) ?? UTC;
  }

  private async addTimers(tally: Tally, userId: string, { start, end }: Period): Promise<void> {
    const now = Math.floor(this.clock.now() / 1_000);
    for await (const ids of this.timers.idsOf(userId, 'overlapping', { start, end })) {
      for (const { history, tagIds, todoId, scheduleId } of await this.load(userId, ids)) {
        const links = { tag: tagIds, todo: listOf(todoId), schedule: listOf(scheduleId) };
        tally.add({ segments: clip(segmentsOf(history, now), start, end), links });
      }
    }
  }

  private async addRooms(tally: Tally, userId: string, { start, end }: Period): Promise<void> {
    const sessions: AsyncIterable<readonly Segment[]> = this.rooms.segmentsOf(userId, start, end);
    for await (const segments of sessions) tally.add({ segments: clip(segments, start, end), links: null });
  }

  private async load(userId: string, ids: readonly string[]): Promise<WorkedTimer[]> {
    const rows = await this.database.query<WorkedTimer>(
      `SELECT t.history, t.tag_ids AS "tagIds", t.todo_id AS "todoId", t.schedule_id AS "scheduleId"
       FROM timers t WHERE t.user_id = $1 AND t.id = ANY ($2::uuid[])`,
      [userId, ids],
    );
    return rows;
  }

  private async labelsOf(userId: string, groupBy: LinkGrouping): Promise<Map<string, string>> {
    const rows = await this.database.query<{ id: string; label: string }>(LABELS[groupBy], [userId]);
    return new Map(rows.map(({ id, label }) => [id, label]));
  }
}

const listOf = (id: string | null): string[] => (id === null ? [] : [id]);
