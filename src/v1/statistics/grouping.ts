import type { Seconds } from '../../common/time/date-time.js';
import type { TimeZone } from '../../common/time/time-zone.js';
import type { Segment } from '../../timer-domain/rules/segments.js';
import { type DayNumber, daysIn, startOfWeek } from '../schedules/recurrence/calendar.js';
import { firstOfMonth, formatDay, startOfDay } from './days.js';

export const GROUPINGS = ['day', 'week', 'month', 'tag', 'todo', 'schedule'] as const;
export type GroupBy = (typeof GROUPINGS)[number];

/** A date, an id, `room`; null is what belongs to no group. */
export type GroupKey = string | null;

/** What one timer, or one session of a room, contributes. */
export interface Work {
  /** Within the range that is asked for. */
  readonly segments: readonly Segment[];
  /** What it is planned with, under each of the groupings by id; none for a room's session. */
  readonly links: Readonly<Record<LinkGrouping, readonly string[]>> | null;
}

export type LinkGrouping = 'tag' | 'todo' | 'schedule';

/** How the seconds of one piece of work go to groups. Over days they are shared out, over tags each has them all. */
export type Grouping = (work: Work) => Map<GroupKey, number>;

export const ROOM: GroupKey = 'room';

const MONDAY = 0;
const FIRST_DAY_OF = {
  day: (day: DayNumber) => day,
  week: (day: DayNumber) => startOfWeek(day, MONDAY),
  month: firstOfMonth,
} as const;

export const isDateGrouping = (groupBy: GroupBy): groupBy is keyof typeof FIRST_DAY_OF => groupBy in FIRST_DAY_OF;

/** By the days on which the time was spent, a week and a month under their first day. */
export function byDate(groupBy: keyof typeof FIRST_DAY_OF, days: readonly DayNumber[], zone: TimeZone): Grouping {
  const borders = days.map((day) => startOfDay(day, zone));
  const keys = days.map((day) => formatDay(FIRST_DAY_OF[groupBy](day)));
  return ({ segments }) => {
    const seconds = new Map<GroupKey, number>();
    for (const segment of segments) {
      for (const [index, share] of sharesOf(segment, borders)) {
        const key = keys[index] ?? null;
        seconds.set(key, (seconds.get(key) ?? 0) + share);
      }
    }
    return seconds;
  };
}

/** By what the timer is planned with; ids that nobody has any more are as good as none. */
export function byLink(groupBy: LinkGrouping, labels: ReadonlyMap<string, string>): Grouping {
  return ({ segments, links }) => {
    const known = links?.[groupBy].filter((id) => labels.has(id)) ?? [ROOM];
    const seconds = secondsIn(segments);
    return new Map((known.length > 0 ? known : [null]).map((key) => [key, seconds]));
  };
}

export const secondsIn = (segments: readonly Segment[]): number =>
  segments.reduce((sum, { start, end }) => sum + end - start, 0);

/** What of the segments lies in a range, its end not included. */
export function clip(segments: readonly Segment[], from: Seconds, to: Seconds): Segment[] {
  return segments
    .map(({ start, end }) => ({ start: Math.max(start, from), end: Math.min(end, to) }))
    .filter(({ start, end }) => start < end);
}

/** A range of days in a zone as seconds, the end not included. */
export function rangeOf(from: DayNumber, to: DayNumber, zone: TimeZone): { start: Seconds; end: Seconds } {
  return { start: startOfDay(from, zone), end: startOfDay(to + 1, zone) };
}

export const daysOf = (from: DayNumber, to: DayNumber): DayNumber[] => daysIn({ first: from, last: to });

/** The seconds of a segment on each day, days by their index; it begins on the first of them or later. */
function* sharesOf({ start, end }: Segment, borders: readonly Seconds[]): Generator<readonly [number, number]> {
  let index = lastAtMost(start, borders);
  for (let at = start; at < end; index += 1) {
    const until = Math.min(end, borders[index + 1] ?? end);
    if (until > at) yield [index, until - at];
    at = until;
  }
}

/** The index of the last border that is not after a moment. */
function lastAtMost(moment: Seconds, borders: readonly Seconds[]): number {
  let [low, high] = [0, borders.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((borders[middle] ?? Infinity) <= moment) low = middle;
    else high = middle;
  }
  return low;
}
