import { dayAt, startOfDay } from '../../common/time/start-of-day.js';
import type { TimeZone } from '../../common/time/time-zone.js';

export const PERIODS = ['today', 'week', 'month'] as const;
export type Period = (typeof PERIODS)[number];

const DAY_MS = 86_400_000;

/**
 * The start of the current period in a time zone: the calendar day, the week from Monday, or the month
 * (docs/spec/rooms.md#rooms, "Statistics").
 * @param now seconds. @returns whole seconds
 */
export function periodStart(period: Period, zone: TimeZone, now: number): number {
  const today = dayAt(now, zone);
  return startOfDay(firstDay[period](today), zone);
}

const firstDay: Record<Period, (today: number) => number> = {
  today: (today) => today,
  // 1970-01-01 was a Thursday.
  week: (today) => today - ((today + 3) % 7),
  month: (today) => today - new Date(today * DAY_MS).getUTCDate() + 1,
};
