import { Injectable } from '@nestjs/common';

import { clampInstant, type Seconds } from '../../common/time/date-time.js';
import { V1Error } from '../http/v1-error.js';
import type { OwnerWrite } from '../planning/owner-writes.js';
import { Occurrences } from './occurrences.js';
import type { Schedule, ScheduleException } from './schedule.js';
import { ScheduleExceptions } from './schedule-exceptions.js';

/**
 * What making or changing a master means for its occurrences (docs/spec/v1.md#62-post-v1schedules,
 * docs/spec/v1.md#63-recurrence, docs/spec/v1.md#65-other-routes).
 */
@Injectable()
export class SeriesChanges {
  constructor(private readonly exceptions: ScheduleExceptions) {}

  /** @throws V1Error InvalidRecurrenceRuleError, InvalidRecurrenceEndError for a new schedule that cannot recur like this */
  check(schedule: Schedule): void {
    checkSeries(schedule, []);
  }

  /**
   * Moves the exceptions of a master along with it, as long as its rule still has their occurrences.
   * @throws V1Error InvalidRecurrenceRuleError, InvalidRecurrenceEndError when nothing would be left of the series
   */
  async follow(write: OwnerWrite, before: Schedule, after: Schedule): Promise<void> {
    if (after.recurrenceRule === null) {
      if (before.recurrenceRule !== null) await this.exceptions.removeAll(write, after.id);
      return;
    }
    if (!recursDifferently(before, after)) return;
    const stored = await this.exceptions.of(write, after.id);
    const moved = movedAlong(stored, after.startTime - before.startTime, after);
    checkSeries(after, moved);
    if (moved !== stored) await this.exceptions.replaceAll(write, after.id, moved);
  }
}

const recursDifferently = (before: Schedule, after: Schedule): boolean =>
  before.recurrenceRule !== after.recurrenceRule ||
  before.recurrenceEnd !== after.recurrenceEnd ||
  before.startTime !== after.startTime ||
  before.endTime !== after.endTime;

/** @returns `exceptions` itself when nothing moves */
function movedAlong(
  exceptions: ScheduleException[],
  difference: Seconds,
  master: Schedule,
): readonly ScheduleException[] {
  const occurrences = Occurrences.of(master, []);
  if (difference === 0 || exceptions.length === 0 || occurrences === undefined) return exceptions;
  const moved = exceptions.map((exception) => shifted(exception, difference));
  const starts = occurrences.startsAmong(moved.map(({ originalStart }) => originalStart));
  return moved.filter(({ originalStart }) => starts.has(originalStart));
}

/** An occurrence that was moved by itself keeps its distance from where the rule puts it. */
function shifted(exception: ScheduleException, difference: Seconds): ScheduleException {
  const { startTime, endTime } = exception;
  const originalStart = exception.originalStart + difference;
  if (startTime === null || endTime === null) return { ...exception, originalStart };
  const start = clampInstant(Math.max(0, startTime + difference));
  return {
    ...exception,
    originalStart,
    startTime: start,
    endTime: clampInstant(Math.max(start + 1, endTime + difference)),
  };
}

function checkSeries(master: Schedule, exceptions: readonly ScheduleException[]): void {
  const { recurrenceRule, recurrenceEnd, startTime } = master;
  if (recurrenceRule === null) return;
  const occurrences = Occurrences.of(master, exceptions);
  if (occurrences === undefined) throw new V1Error('InvalidRecurrenceRuleError');
  if (recurrenceEnd !== null && recurrenceEnd < startTime) throw new V1Error('InvalidRecurrenceEndError');
  // It would be in no list, and could not be found again.
  if (!occurrences.isSeries() || !occurrences.anyLeft()) throw new V1Error('InvalidRecurrenceRuleError');
}
