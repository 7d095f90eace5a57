import { type Instant } from '../../../timer-domain/rules/timer.js';
import {
  civilDate,
  dayOf,
  type DayNumber,
  type DayRange,
  DAY_SECONDS,
  HOUR_SECONDS,
  monthRange,
  startOfWeek,
  type Weekday,
  yearRange,
} from './calendar.js';
import { type Frequency, type RecurrenceRule } from './recurrence-rule.js';

/**
 * The periods of a frequency, counted through: calendar years, months since year 0, weeks, days or hours since 1970.
 * So INTERVAL is a plain step, and the way to any period is one division.
 */
export type PeriodNumber = number;

type Calendar = Pick<RecurrenceRule, 'frequency' | 'weekStart'>;

/** The period that holds a moment. */
export function periodAt({ frequency, weekStart }: Calendar, instant: Instant): PeriodNumber {
  const day = dayOf(instant);
  switch (frequency) {
    case 'YEARLY':
      return civilDate(day).year;
    case 'MONTHLY':
      return civilDate(day).year * 12 + civilDate(day).month - 1;
    case 'WEEKLY':
      return (startOfWeek(day, weekStart) - weekZero(weekStart)) / 7;
    case 'DAILY':
      return day;
    case 'HOURLY':
      return Math.floor(instant / HOUR_SECONDS);
  }
}

/** The days of a period; an hour's is the one it lies in. */
export function periodDays({ frequency, weekStart }: Calendar, period: PeriodNumber): DayRange {
  switch (frequency) {
    case 'YEARLY':
      return yearRange(period);
    case 'MONTHLY':
      return monthRange(Math.floor(period / 12), (period % 12) + 1);
    case 'WEEKLY':
      return daysFrom(weekZero(weekStart) + period * 7, 7);
    case 'DAILY':
      return daysFrom(period, 1);
    case 'HOURLY':
      return daysFrom(Math.floor(period / 24), 1);
  }
}

/** The first moment of a period. */
export function periodBegin(calendar: Calendar, period: PeriodNumber): Instant {
  return timesFrom(calendar.frequency, period, periodDays(calendar, period).first);
}

/** The moment that the times of a day count from: its midnight, or the full hour that is the period. */
export function timesFrom(frequency: Frequency, period: PeriodNumber, day: DayNumber): Instant {
  return frequency === 'HOURLY' ? period * HOUR_SECONDS : day * DAY_SECONDS;
}

function weekZero(weekStart: Weekday): DayNumber {
  return startOfWeek(0, weekStart);
}

function daysFrom(first: DayNumber, length: number): DayRange {
  return { first, last: first + length - 1 };
}
