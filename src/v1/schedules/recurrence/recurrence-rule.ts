import { type Instant } from '../../../timer-domain/rules/timer.js';
import { type Weekday } from './calendar.js';

/** From long to short; SECONDLY and MINUTELY are not served (docs/spec/v1.md#63-recurrence). */
export const FREQUENCIES = ['YEARLY', 'MONTHLY', 'WEEKLY', 'DAILY', 'HOURLY'] as const;

export type Frequency = (typeof FREQUENCIES)[number];

/** A weekday, or the nth one of the month or year: 1 is the first, -1 the last, null every one. */
export interface WeekdayRule {
  readonly weekday: Weekday;
  readonly nth: number | null;
}

/**
 * A valid RRULE (RFC 5545, 3.3.10) as docs/spec/v1.md#63-recurrence restricts it. An empty set or list: the part is not
 * there.
 */
export interface RecurrenceRule {
  readonly frequency: Frequency;
  readonly interval: number;
  readonly count: number | null;
  /** The last moment at which an occurrence may start. */
  readonly until: Instant | null;
  readonly weekStart: Weekday;
  readonly byMonth: ReadonlySet<number>;
  readonly byWeekNumber: ReadonlySet<number>;
  readonly byYearDay: ReadonlySet<number>;
  readonly byMonthDay: ReadonlySet<number>;
  readonly byDay: readonly WeekdayRule[];
  readonly byHour: ReadonlySet<number>;
  readonly byMinute: ReadonlySet<number>;
  readonly bySetPosition: ReadonlySet<number>;
}
