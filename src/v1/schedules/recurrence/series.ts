import { type Instant } from '../../../timer-domain/rules/timer.js';
import { civilDate, dayOf, DAY_SECONDS, HOUR_SECONDS, weekdayOf } from './calendar.js';
import { type RecurrenceRule } from './recurrence-rule.js';

/**
 * A rule together with the start it counts from. What the rule leaves open the start has filled in
 * ({@link seriesOf}), so `rule` alone says which days are meant.
 */
export interface Series {
  readonly rule: RecurrenceRule;
  readonly dtstart: Instant;
  /** Seconds after midnight of each start on a day, ascending; with HOURLY seconds after the full hour. */
  readonly times: readonly number[];
}

/** Fills in from the start what the rule does not say (RFC 5545, 3.3.10: "derived from the DTSTART"). */
export function seriesOf(rule: RecurrenceRule, dtstart: Instant): Series {
  return { rule: { ...rule, ...impliedDays(rule, dtstart) }, dtstart, times: timesOf(rule, dtstart) };
}

/** The days that the start implies when no part of the rule names one. */
function impliedDays(rule: RecurrenceRule, dtstart: Instant): Partial<RecurrenceRule> {
  if (rule.byYearDay.size > 0 || rule.byMonthDay.size > 0 || rule.byDay.length > 0) return {};
  const { month, dayOfMonth } = civilDate(dayOf(dtstart));
  const byMonthDay = new Set([dayOfMonth]);
  switch (rule.frequency) {
    case 'YEARLY':
      if (rule.byWeekNumber.size > 0) return { byDay: [startWeekday(dtstart)] };
      return rule.byMonth.size > 0 ? { byMonthDay } : { byMonthDay, byMonth: new Set([month]) };
    case 'MONTHLY':
      return { byMonthDay };
    case 'WEEKLY':
      return { byDay: [startWeekday(dtstart)] };
    case 'DAILY':
    case 'HOURLY':
      return {};
  }
}

function startWeekday(dtstart: Instant) {
  return { weekday: weekdayOf(dayOf(dtstart)), nth: null };
}

function timesOf({ frequency, byHour, byMinute }: RecurrenceRule, dtstart: Instant): number[] {
  const hours = frequency === 'HOURLY' ? [0] : orElse(byHour, Math.floor((dtstart % DAY_SECONDS) / HOUR_SECONDS));
  const minutes = orElse(byMinute, Math.floor((dtstart % HOUR_SECONDS) / 60));
  const second = dtstart % 60;
  return hours
    .flatMap((hour) => minutes.map((minute) => hour * HOUR_SECONDS + minute * 60 + second))
    .sort((one, other) => one - other);
}

function orElse(values: ReadonlySet<number>, implied: number): number[] {
  return values.size > 0 ? [...values] : [implied];
}
