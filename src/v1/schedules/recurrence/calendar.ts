import { type Instant } from '../../../timer-domain/rules/timer.js';

export const HOUR_SECONDS = 3600;
export const DAY_SECONDS = 86_400;

/** Days since 1970-01-01, in UTC. */
export type DayNumber = number;

/** From Monday, 0, to Sunday, 6. */
export type Weekday = number;

/** Both ends belong to it. */
export interface DayRange {
  readonly first: DayNumber;
  readonly last: DayNumber;
}

export interface CivilDate {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly dayOfMonth: number;
}

export function dayOf(instant: Instant): DayNumber {
  return Math.floor(instant / DAY_SECONDS);
}

/** A month or a day that is out of range counts on into the neighbouring one, as in `Date.UTC`. */
export function dayNumber(year: number, month: number, dayOfMonth: number): DayNumber {
  return Date.UTC(year, month - 1, dayOfMonth) / (DAY_SECONDS * 1000);
}

export function civilDate(day: DayNumber): CivilDate {
  const date = new Date(day * DAY_SECONDS * 1000);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, dayOfMonth: date.getUTCDate() };
}

export function yearRange(year: number): DayRange {
  return { first: dayNumber(year, 1, 1), last: dayNumber(year, 12, 31) };
}

export function monthRange(year: number, month: number): DayRange {
  return { first: dayNumber(year, month, 1), last: dayNumber(year, month + 1, 0) };
}

/** Every day of a range, in order. */
export function daysIn({ first, last }: DayRange): DayNumber[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}

/**
 * The day with that number in a range: 1 is its first, -1 its last; undefined when the range is too short.
 * Months and years count their days this way (RFC 5545, BYMONTHDAY and BYYEARDAY).
 */
export function nthDay({ first, last }: DayRange, nth: number): DayNumber | undefined {
  const day = nth > 0 ? first + nth - 1 : last + nth + 1;
  return day >= first && day <= last ? day : undefined;
}

export function weekdayOf(day: DayNumber): Weekday {
  // Day 0 was a Thursday.
  return (day + 3) % 7;
}

/** The first day of the week that holds the day. */
export function startOfWeek(day: DayNumber, weekStart: Weekday): DayNumber {
  return day - ((weekdayOf(day) - weekStart + 7) % 7);
}

/** Where week 1 of a year begins: the first week with at least four days in it (RFC 5545, BYWEEKNO; ISO 8601). */
export function firstWeek(year: number, weekStart: Weekday): DayNumber {
  return startOfWeek(dayNumber(year, 1, 4), weekStart);
}

/** How many weeks a year has: 52 or 53. */
export function weeksIn(year: number, weekStart: Weekday): number {
  return (firstWeek(year + 1, weekStart) - firstWeek(year, weekStart)) / 7;
}
