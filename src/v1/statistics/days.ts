import { civilDate, DAY_SECONDS, dayNumber, type DayNumber } from '../schedules/recurrence/calendar.js';

export { startOfDay } from '../../common/time/start-of-day.js';

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
