import { type ICalEventData, ICalEventStatus, ICalEventTransparency } from 'ical-generator';

import type { Seconds } from '../../common/time/date-time.js';
import type { CandidateBudget } from '../schedules/recurrence/candidate-budget.js';
import { parseRecurrenceRule } from '../schedules/recurrence/parse-recurrence-rule.js';
import type { Schedule, ScheduleException } from '../schedules/schedule.js';
import { firstStart, formatUtc, hasStart, ruleText, type StoredSeries } from './series-text.js';

/** What a calendar shows of a schedule. */
export type PlannedSchedule = Pick<
  Schedule,
  | 'id'
  | 'title'
  | 'description'
  | 'startTime'
  | 'endTime'
  | 'recurrenceRule'
  | 'recurrenceEnd'
  | 'state'
  | 'createdAt'
  | 'updatedAt'
>;

/** What a calendar shows of an occurrence that differs from its master. */
export type OccurrenceChange = Omit<ScheduleException, 'tagIds'>;

/** What a calendar shows of a timer that is done. */
export interface FinishedTimer {
  readonly id: string;
  readonly title: string | null;
  readonly description: string | null;
  readonly startedAt: Seconds;
  readonly endedAt: Seconds;
  readonly createdAt: Seconds;
  readonly updatedAt: Seconds;
}

const STATUS = {
  PLANNED: ICalEventStatus.TENTATIVE,
  CONFIRMED: ICalEventStatus.CONFIRMED,
  CANCELLED: ICalEventStatus.CANCELLED,
} as const;

/** A timer without a title is shown as one all the same. */
const UNTITLED = 'Timer';

/**
 * The events of a schedule (docs/spec/extensions.md#calendar): itself; of a master its rule without the deleted
 * occurrences, and each
 * occurrence that differs under its RECURRENCE-ID. A rule that cannot be read makes a single event
 * (docs/spec/v1.md#63-recurrence).
 */
export function eventsOfSchedule(
  schedule: PlannedSchedule,
  exceptions: readonly OccurrenceChange[],
  budget: CandidateBudget,
): ICalEventData[] {
  const { recurrenceRule: text, startTime: dtstart, recurrenceEnd: until } = schedule;
  const rule = text === null ? undefined : parseRecurrenceRule(text);
  if (text === null || rule === undefined) return [eventOf(schedule, schedule)];
  const series = { rule, dtstart, until, budget };
  const start = firstStart(series);
  if (start === undefined) return [];
  return [masterEvent(schedule, series, start, exceptions), ...movedEvents(schedule, series, exceptions)];
}

export function eventOfTimer(timer: FinishedTimer): ICalEventData {
  const times = { startTime: timer.startedAt, endTime: timer.endedAt };
  return {
    ...eventOf({ ...timer, title: timer.title || UNTITLED, state: 'CONFIRMED' }, times),
    // What is past keeps nobody from anything.
    transparency: ICalEventTransparency.TRANSPARENT,
  };
}

type Times = Pick<PlannedSchedule, 'startTime' | 'endTime'>;
type Described = Pick<PlannedSchedule, 'id' | 'title' | 'description' | 'state' | 'createdAt' | 'updatedAt'>;

function masterEvent(
  schedule: PlannedSchedule,
  series: StoredSeries,
  startTime: Seconds,
  exceptions: readonly OccurrenceChange[],
): ICalEventData {
  const deleted = exceptions.filter((exception) => exception.deleted);
  const dates = deleted.map(({ originalStart }) => formatUtc(originalStart)).join(',');
  const endTime = startTime + schedule.endTime - schedule.startTime;
  const lines = [`RRULE:${ruleText(series)}`, ...(dates === '' ? [] : [`EXDATE:${dates}`])];
  return { ...eventOf(schedule, { startTime, endTime }), repeating: lines.join('\n') };
}

function movedEvents(
  schedule: PlannedSchedule,
  series: StoredSeries,
  exceptions: readonly OccurrenceChange[],
): ICalEventData[] {
  return exceptions
    .filter((exception) => !exception.deleted && isVisible(exception) && hasStart(series, exception.originalStart))
    .map((exception) => ({
      ...eventOf(withOwnWords(schedule, exception), timesOf(schedule, exception)),
      recurrenceId: dateOf(exception.originalStart),
    }));
}

/** An exception may change nothing but tags, which a calendar does not show. */
const isVisible = ({ title, description, startTime }: OccurrenceChange): boolean =>
  title !== null || description !== null || startTime !== null;

const withOwnWords = (schedule: PlannedSchedule, { title, description }: OccurrenceChange): Described => ({
  ...schedule,
  title: title ?? schedule.title,
  description: description ?? schedule.description,
});

function timesOf(schedule: PlannedSchedule, { originalStart, startTime, endTime }: OccurrenceChange): Times {
  const duration = schedule.endTime - schedule.startTime;
  return { startTime: startTime ?? originalStart, endTime: endTime ?? (startTime ?? originalStart) + duration };
}

function eventOf({ id, title, description, state, createdAt, updatedAt }: Described, times: Times): ICalEventData {
  const { startTime, endTime } = times;
  return {
    id,
    summary: printable(title),
    description: description === null ? null : printable(description),
    start: dateOf(startTime),
    // An end must be later than its start; without one the event takes no time (RFC 5545, 3.6.1).
    end: endTime > startTime ? dateOf(endTime) : null,
    status: STATUS[state],
    // As long as nothing has changed the feed is the same, byte for byte, which its ETag rests on.
    stamp: dateOf(updatedAt),
    created: dateOf(createdAt),
    lastModified: dateOf(updatedAt),
  };
}

const dateOf = (instant: Seconds): Date => new Date(instant * 1_000);

/** RFC 5545 allows no control characters in a text but tabs; line ends are escaped later. */
const printable = (text: string): string => text.replaceAll(/[^\P{Cc}\t\n\r]/gu, '');
