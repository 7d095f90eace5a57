import type { Seconds } from '../../common/time/date-time.js';
import type { TimeZone } from '../../common/time/time-zone.js';
import { civilDate, DAY_SECONDS, dayNumber, type DayNumber } from '../schedules/recurrence/calendar.js';

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

/** `YYYY-MM-DD` as a day of the calendar; undefined for what is no day from 1970 to 9999. */
export function parseDay(text: unknown): DayNumber | undefined {
  const [, ...fields] = (typeof text === 'string' ? DATE.exec(text) : null) ?? [];
  if (fields.length === 0) return undefined;
  const [year = 0, month = 0, dayOfMonth = 0] = fields.map(Number);
  const day = dayNumber(year, month, dayOfMonth);
  // 30 February would count on into March.
  return year >= 1970 && formatDay(day) === text ? day : undefined;
}

/** The day of a date that is known to be one. */
export const dayOfDate = (date: string): DayNumber => Date.parse(date) / (DAY_SECONDS * 1_000);

export const formatDay = (day: DayNumber): string => new Date(day * DAY_SECONDS * 1_000).toISOString().slice(0, 10);

export function firstOfMonth(day: DayNumber): DayNumber {
  const { year, month } = civilDate(day);
  return dayNumber(year, month, 1);
}

/**
 * The first second of a day in a zone: not always midnight, where clocks are put forward at midnight, and not always
 * 24 hours after the one before.
 */
export function startOfDay(day: DayNumber, zone: TimeZone): Seconds {
  const midnight = day * DAY_SECONDS;
  const one = midnight - zone.offsetAt(midnight - DAY_SECONDS);
  const other = midnight - zone.offsetAt(midnight + DAY_SECONDS);
  if (one === other) return one;
  return firstSecondAt(midnight, zone, Math.min(one, other), Math.max(one, other));
}

/** When a zone's clocks first show a time or a later one, between two moments around a change of the clocks. */
function firstSecondAt(shown: Seconds, zone: TimeZone, earliest: Seconds, latest: Seconds): Seconds {
  let [low, high] = [earliest, latest];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (middle + zone.offsetAt(middle) >= shown) high = middle;
    else low = middle + 1;
  }
  return low;
}
