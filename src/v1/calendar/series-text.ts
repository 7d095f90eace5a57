import type { Seconds } from '../../common/time/date-time.js';
import { LAST_INSTANT } from '../schedules/recurrence/calendar.js';
import type { CandidateBudget } from '../schedules/recurrence/candidate-budget.js';
import { expand } from '../schedules/recurrence/expand.js';
import type { RecurrenceRule } from '../schedules/recurrence/recurrence-rule.js';

/** A recurring schedule's rule, as it was stored and as it was read, and what else bounds it. */
export interface StoredSeries {
  readonly text: string;
  readonly rule: RecurrenceRule;
  readonly dtstart: Seconds;
  /** recurrence_end, which an UNTIL of the rule overrides (v1.md 6.3). */
  readonly until: Seconds | null;
  readonly budget: CandidateBudget;
}

/**
 * Where a series begins for calendars: at its first occurrence. To them DTSTART always is one (RFC 5545, 3.8.5.3), while
 * a start_time that does not match its rule is none here (v1.md 6.3).
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

/** The rule in the words of RFC 5545: of COUNT and UNTIL at most one, and UNTIL in UTC as all other times are. */
export function ruleText(series: StoredSeries): string {
  const parts = series.text
    .trim()
    .toUpperCase()
    .replace(/^RRULE:/, '')
    .split(';')
    .filter((part) => !/^(COUNT|UNTIL)=/.test(part));
  return [...parts, ...boundOf(series)].join(';');
}

function boundOf(series: StoredSeries): string[] {
  const { rule } = series;
  const until = rule.until ?? series.until;
  const count = rule.count === null ? [] : [`COUNT=${rule.count}`];
  if (until === null || (rule.count !== null && !goesOnAfter(until, series))) return count;
  return [`UNTIL=${formatUtc(until)}`];
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
