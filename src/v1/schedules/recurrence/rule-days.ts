import {
  civilDate,
  type DayNumber,
  type DayRange,
  daysIn,
  firstWeek,
  monthRange,
  nthDay,
  startOfWeek,
  weekdayOf,
  weeksIn,
  yearRange,
} from './calendar.js';
import { periodDays, type PeriodNumber } from './period.js';
import { type RecurrenceRule, type WeekdayRule } from './recurrence-rule.js';

const MONTHS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

/** Days that are worth a look, and how much was looked at for them without finding a further one. */
export interface Offer {
  /** Ascending. */
  readonly days: readonly DayNumber[];
  readonly misses: number;
}

/** What a BY part finds: no day is a miss. */
type Found = DayNumber | undefined;

/**
 * The days of a period that a rule may mean, and few more, because each is paid for. One BY part offers them, the
 * others rule out ({@link isRuleDay}).
 */
export function offeredDays(rule: RecurrenceRule, period: PeriodNumber): Offer {
  if (rule.frequency === 'DAILY' || rule.frequency === 'HOURLY') {
    return { days: [periodDays(rule, period).first], misses: 0 };
  }
  const found = foundDays(rule, period);
  const days = new Set(found.filter((day) => day !== undefined));
  return { days: [...days].sort((one, other) => one - other), misses: found.length - days.size };
}

/** Whether a day passes every BY part about days. */
export function isRuleDay(rule: RecurrenceRule, day: DayNumber): boolean {
  return (
    isRuleMonth(rule, day) &&
    isNumbered(rule.byMonthDay, day, monthAround) &&
    isNumbered(rule.byYearDay, day, yearAround) &&
    isRuleWeek(rule, day) &&
    isRuleWeekday(rule, day)
  );
}

/** Whether the month of a day passes BYMONTH. */
export function isRuleMonth({ byMonth }: RecurrenceRule, day: DayNumber): boolean {
  return byMonth.size === 0 || byMonth.has(civilDate(day).month);
}

function foundDays(rule: RecurrenceRule, period: PeriodNumber): Found[] {
  const { frequency, byMonth, byMonthDay, byYearDay, byWeekNumber, byDay } = rule;
  const range = periodDays(rule, period);
  if (frequency === 'YEARLY') {
    if (byYearDay.size > 0) return numberedDays(range, byYearDay);
    if (byWeekNumber.size > 0) return daysOfWeeks(rule, period);
    if (byMonthDay.size > 0) return monthsOf(rule, period).flatMap((month) => numberedDays(month, byMonthDay));
  }
  if (frequency === 'MONTHLY' && byMonthDay.size > 0) return numberedDays(range, byMonthDay);
  const ranges = frequency === 'YEARLY' && byMonth.size > 0 ? monthsOf(rule, period) : [range];
  return ranges.flatMap((each) => (byDay.length > 0 ? weekdaysIn(each, byDay) : daysIn(each)));
}

/** The months of a year that BYMONTH leaves. */
function monthsOf({ byMonth }: RecurrenceRule, year: number): DayRange[] {
  const months = byMonth.size > 0 ? [...byMonth] : MONTHS;
  return months.map((month) => monthRange(year, month));
}

function numberedDays(range: DayRange, numbers: ReadonlySet<number>): Found[] {
  return [...numbers].map((number) => nthDay(range, number));
}

/** @param around the range whose days are counted; asked for only when there is something to count */
function isNumbered(numbers: ReadonlySet<number>, day: DayNumber, around: (day: DayNumber) => DayRange): boolean {
  if (numbers.size === 0) return true;
  const { first, last } = around(day);
  return numbers.has(day - first + 1) || numbers.has(day - last - 1);
}

function monthAround(day: DayNumber): DayRange {
  const { year, month } = civilDate(day);
  return monthRange(year, month);
}

function yearAround(day: DayNumber): DayRange {
  return yearRange(civilDate(day).year);
}

/** The days of a calendar year in the weeks that BYWEEKNO names; its edges may be in a week of a neighbouring year. */
function daysOfWeeks({ byWeekNumber, weekStart }: RecurrenceRule, year: number): DayNumber[] {
  const { first, last } = yearRange(year);
  return [year - 1, year, year + 1]
    .flatMap((weekYear) => {
      const weeks = { first: 1, last: weeksIn(weekYear, weekStart) };
      const weekOne = firstWeek(weekYear, weekStart);
      return numberedDays(weeks, byWeekNumber).flatMap((week) => (week ? weekOne + (week - 1) * 7 : []));
    })
    .flatMap((start) => daysIn({ first: Math.max(first, start), last: Math.min(last, start + 6) }));
}

function isRuleWeek({ byWeekNumber, weekStart }: RecurrenceRule, day: DayNumber): boolean {
  if (byWeekNumber.size === 0) return true;
  const start = startOfWeek(day, weekStart);
  // A week belongs to the year that its fourth day lies in.
  const { year } = civilDate(start + 3);
  const week = (start - firstWeek(year, weekStart)) / 7 + 1;
  return byWeekNumber.has(week) || byWeekNumber.has(week - weeksIn(year, weekStart) - 1);
}

function weekdaysIn({ first, last }: DayRange, byDay: readonly WeekdayRule[]): Found[] {
  return byDay.flatMap(({ weekday, nth }) => {
    const start = first + ((weekday - weekdayOf(first) + 7) % 7);
    const weeks = { first: 0, last: Math.floor((last - start) / 7) };
    const found = nth === null ? daysIn(weeks) : [nthDay(weeks, nth)];
    return found.map((week) => (week === undefined ? undefined : start + week * 7));
  });
}

function isRuleWeekday(rule: RecurrenceRule, day: DayNumber): boolean {
  return rule.byDay.length === 0 || rule.byDay.some((weekdayRule) => isWeekdayOf(weekdayRule, rule, day));
}

function isWeekdayOf({ weekday, nth }: WeekdayRule, rule: RecurrenceRule, day: DayNumber): boolean {
  if (weekdayOf(day) !== weekday) return false;
  if (nth === null) return true;
  // The nth of the year, unless the rule is about months (RFC 5545, BYDAY).
  const countsInYear = rule.frequency === 'YEARLY' && rule.byMonth.size === 0;
  const { first, last } = countsInYear ? yearAround(day) : monthAround(day);
  return nth > 0 ? Math.floor((day - first) / 7) === nth - 1 : Math.floor((last - day) / 7) === -nth - 1;
}
