import { Injectable } from '@nestjs/common';

import { clampInstant, isPeriod, type Seconds } from '../../common/time/date-time.js';
import { V1Error } from '../http/v1-error.js';
import { type OwnerWrite, OwnerWrites } from '../planning/owner-writes.js';
import { TagStore } from '../tags/tag-store.js';
import { type Occurrence, Occurrences } from './occurrences.js';
import type { Schedule, ScheduleException } from './schedule.js';
import { ScheduleExceptions } from './schedule-exceptions.js';
import { ScheduleStore } from './schedule-store.js';
import type { SchedulePatch } from './schedule.requests.js';

/** How far `instance_start` may be from the start it means, in seconds (docs/spec/v1.md#65-other-routes). */
const TOLERANCE: Seconds = 60;

/** Changes and deletes single occurrences of a person's masters (docs/spec/v1.md#65-other-routes). */
@Injectable()
export class OccurrenceEditor {
  constructor(
    private readonly writes: OwnerWrites,
    private readonly schedules: ScheduleStore,
    private readonly exceptions: ScheduleExceptions,
    private readonly tags: TagStore,
  ) {}

  /**
   * @returns the occurrence as it is now
   * @throws V1Error ScheduleNotFoundError, RecurringScheduleError, TagNotFoundError, InvalidScheduleTimeError
   */
  change(ownerId: string, masterId: string, start: Seconds, patch: SchedulePatch): Promise<Schedule> {
    return this.writes.run(ownerId, async (write) => {
      const { occurrences, occurrence } = await this.find(write, masterId, start);
      await this.tags.checkOwn(write.manager, ownerId, patch.tag_ids ?? []);
      const exception = patched(occurrence, patch);
      const changed = occurrences.as(exception);
      if (!isPossible(changed)) throw new V1Error('InvalidScheduleTimeError');
      if (!isSame(exception, occurrence.exception)) await this.put(write, exception);
      return occurrences.present(changed);
    });
  }

  /**
   * A master goes with its last occurrence.
   * @throws V1Error ScheduleNotFoundError, RecurringScheduleError
   */
  delete(ownerId: string, masterId: string, start: Seconds): Promise<void> {
    return this.writes.run(ownerId, async (write) => {
      const { master, occurrence } = await this.find(write, masterId, start);
      await this.put(write, { ...occurrence.exception, deleted: true });
      const left = await this.occurrencesOf(write, master);
      if (!left.anyLeft()) await this.schedules.remove(write, [masterId]);
    });
  }

  private async find(write: OwnerWrite, masterId: string, start: Seconds) {
    const master = await this.schedules.ownToChange(write, masterId);
    if (master === undefined) throw new V1Error('ScheduleNotFoundError');
    const occurrences = await this.occurrencesOf(write, master);
    const occurrence = occurrences.near(start, TOLERANCE);
    if (occurrence === undefined) throw new V1Error('ScheduleNotFoundError');
    return { master, occurrences, occurrence };
  }

  private async occurrencesOf(write: OwnerWrite, master: Schedule): Promise<Occurrences> {
    const occurrences = Occurrences.of(master, await this.exceptions.of(write, master.id));
    if (occurrences === undefined) throw new V1Error('RecurringScheduleError');
    return occurrences;
  }

  private async put(write: OwnerWrite, exception: ScheduleException): Promise<void> {
    await this.exceptions.put(write, exception);
    await this.schedules.touch(write, exception.masterId);
  }
}

/** What was changed before stays changed; a deleted occurrence is there again. */
function patched({ exception, startTime, endTime }: Occurrence, patch: SchedulePatch): ScheduleException {
  const { title = exception.title, description = exception.description } = patch;
  const { tag_ids: tagIds = exception.tagIds } = patch;
  return {
    ...exception,
    deleted: false,
    title: title === '' ? null : title,
    description,
    ...movedTimes({ exception, startTime, endTime }, patch),
    tagIds: patch.tag_ids === null ? [] : tagIds,
  };
}

/** A new start alone keeps the duration. */
function movedTimes({ exception, startTime, endTime }: Occurrence, patch: SchedulePatch) {
  const { start_time: start, end_time: end } = patch;
  if (start === undefined && end === undefined) return { startTime: exception.startTime, endTime: exception.endTime };
  const movedStart = start ?? startTime;
  return { startTime: movedStart, endTime: end ?? clampInstant(movedStart + endTime - startTime) };
}

/** It ends after it starts. */
const isPossible = ({ startTime, endTime }: Occurrence): boolean => isPeriod(startTime, endTime);

const isSame = (one: ScheduleException, other: ScheduleException): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
