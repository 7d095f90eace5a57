import { clampInstant, LAST_INSTANT, type Seconds } from '../../common/time/date-time.js';
import type { CandidateBudget } from '../schedules/recurrence/candidate-budget.js';
import { expand } from '../schedules/recurrence/expand.js';
import { WEEKDAYS } from '../schedules/recurrence/parse-recurrence-rule.js';
import type { RecurrenceRule } from '../schedules/recurrence/recurrence-rule.js';

const MONDAY = 0;

/** A recurring schedule's rule, and what else bounds it. */
export interface StoredSeries {
  readonly rule: RecurrenceRule;
  readonly dtstart: Seconds;
  /** recurrence_end, which an UNTIL of the rule overrides (docs/spec/v1.md#63-recurrence). */
  readonly until: Seconds | null;
  readonly budget: CandidateBudget;
}

/**
 * Where a series begins for calendars: at its first occurrence. To them DTSTART always is one (RFC 5545, 3.8.5.3), while
 * a start_time that does not match its rule is none here (docs/spec/v1.md#63-recurrence).
 * @returns undefined when there is no occurrence
 */
export function firstStart({ rule, dtstart, until, budget }: StoredSeries): Seconds | undefined {
  const once = { ...rule, count: 1 };
  return expand({ rule: once, dtstart, until, from: dtstart, to: LAST_INSTANT, budget }).starts[0];
}

/** Whether the rule still has an occurrence at that start. */
export function hasStart({ rule, dtstart, until, budget }: StoredSeries, start: Seconds): boolean {
  return expand({ rule, dtstart, until, from: start, to: start, budget }).starts.length > 0;
}

/**
 * The rule in the words of RFC 5545, written anew, since some calendars want FREQ first and numbers in order; of COUNT and
 * UNTIL at most one, and UNTIL in UTC as all other times are.
 */
export function ruleText(series: StoredSeries): string {
  const { rule } = series;
  return [
    `FREQ=${rule.frequency}`,
    ...(rule.interval === 1 ? [] : [`INTERVAL=${rule.interval}`]),
    ...(rule.weekStart === MONDAY ? [] : [`WKST=${WEEKDAYS[rule.weekStart] ?? ''}`]),
    ...listPart('BYMONTH', ascending(rule.byMonth)),
    ...listPart('BYWEEKNO', ascending(rule.byWeekNumber)),
    ...listPart('BYYEARDAY', ascending(rule.byYearDay)),
    ...listPart('BYMONTHDAY', ascending(rule.byMonthDay)),
    ...listPart('BYDAY', weekdaysOf(rule)),
    ...listPart('BYHOUR', ascending(rule.byHour)),
    ...listPart('BYMINUTE', ascending(rule.byMinute)),
    ...listPart('BYSETPOS', ascending(rule.bySetPosition)),
    ...boundOf(series),
  ].join(';');
}

const listPart = (name: string, items: readonly (string | number)[]): string[] =>
  items.length === 0 ? [] : [`${name}=${items.join(',')}`];

const ascending = (numbers: ReadonlySet<number>): number[] => [...numbers].sort((one, other) => one - other);

/** Monday first, each once; of those with a number the lowest first. */
function weekdaysOf({ byDay }: RecurrenceRule): string[] {
  const sorted = [...byDay].sort((one, other) => (one.nth ?? 0) - (other.nth ?? 0) || one.weekday - other.weekday);
  return [...new Set(sorted.map(({ nth, weekday }) => `${nth ?? ''}${WEEKDAYS[weekday] ?? ''}`))];
}

function boundOf(series: StoredSeries): string[] {
  const { rule } = series;
  const until = rule.until ?? series.until;
  const count = rule.count === null ? [] : [`COUNT=${rule.count}`];
  if (until === null || (rule.count !== null && !goesOnAfter(until, series))) return count;
  return [`UNTIL=${formatUtc(clampInstant(until))}`];
}

/** Whether COUNT would go on after a moment: then it is not what ends the series. */
function goesOnAfter(moment: Seconds, { rule, dtstart, budget }: StoredSeries): boolean {
  const unbounded = { ...rule, until: null };
  const later = { rule: unbounded, dtstart, until: null, from: moment + 1, to: LAST_INSTANT, budget };
  return expand(later).starts.length > 0;
}

/** `20260301T090000Z` */
export const formatUtc = (instant: Seconds): string =>
  `${new Date(instant * 1_000).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
