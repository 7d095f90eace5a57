import { Injectable } from '@nestjs/common';
import type { Response } from 'express';

import { Database } from '../../database/database.js';
import { Visibility } from '../../access/visibility.js';
import type { TimeZone } from '../../common/time/time-zone.js';
import { limitOf, Pages } from '../http/paging.js';
import { V1Error } from '../http/v1-error.js';
import { TagReader } from '../tags/tag-reader.js';
import { type Schedule, scheduleColumns } from './schedule.js';
import { calendarKey, ScheduleCalendar } from './schedule-calendar.js';
import { presentSchedule, type ScheduleObject } from './schedule.presenter.js';
import type { ScheduleListQuery } from './schedule.requests.js';

/** Schedules as a reader may see them. */
@Injectable()
export class ScheduleReader {
  constructor(
    private readonly database: Database,
    private readonly visibility: Visibility,
    private readonly tags: TagReader,
    private readonly calendar: ScheduleCalendar,
    private readonly pages: Pages,
  ) {}

  /** One's own or a shared one. @throws V1Error ScheduleNotFoundError, AccessDeniedError */
  async get(id: string, readerId: string, zone: TimeZone): Promise<ScheduleObject> {
    return this.presentOne(await this.checkReadable(readerId, id), readerId, zone);
  }

  /** The schedule is there and may be read. @throws V1Error ScheduleNotFoundError, AccessDeniedError */
  async checkReadable(readerId: string, id: string): Promise<Schedule> {
    const [schedule] = await this.byIds([id]);
    if (schedule === undefined) throw new V1Error('ScheduleNotFoundError');
    const { ownerId } = schedule;
    if (await this.visibility.mayRead(readerId, { type: 'schedule', id, ownerId })) return schedule;
    throw new V1Error('AccessDeniedError');
  }

  /** A page of what is between two instants (docs/spec/v1.md#64-get-v1schedules). */
  async list(
    readerId: string,
    query: ScheduleListQuery,
    zone: TimeZone,
    response: Response,
  ): Promise<ScheduleObject[]> {
    const fetched = await this.calendar.list(readerId, query);
    const page = this.pages.cut(response, fetched, limitOf(query), (schedule) => calendarKey(readerId, schedule));
    return this.present(page, readerId, zone);
  }

  /** Those of these schedules that the reader may read, by id, in a constant number of statements. */
  async presentMany(ids: Iterable<string>, readerId: string, zone: TimeZone): Promise<Map<string, ScheduleObject>> {
    const readable = await this.readable(await this.byIds([...new Set(ids)]), readerId);
    const presented = await this.present(readable, readerId, zone);
    return new Map(presented.map((schedule) => [schedule.id, schedule]));
  }

  /** The schedules of each of these todos that the reader may read, earliest first. */
  async linkedTo(todoIds: readonly string[], readerId: string): Promise<Schedule[]> {
    if (todoIds.length === 0) return [];
    const linked: Schedule[] = await this.database.query(
      `SELECT ${scheduleColumns('s')} FROM schedules s WHERE s.source_todo_id = ANY ($1::uuid[])
       ORDER BY s.start_time, s.id`,
      [todoIds],
    );
    return this.readable(linked, readerId);
  }

  /** Schedules and occurrences as objects, in their order. Whether they may be read was looked at before. */
  async present(schedules: readonly Schedule[], readerId: string, zone: TimeZone): Promise<ScheduleObject[]> {
    const tags = await this.tags.find(schedules.flatMap(({ tagIds }) => tagIds));
    const levels = await this.visibility.levels('schedule', [
      ...new Set(schedules.map(({ id, parentId }) => parentId ?? id)),
    ]);
    return schedules.map((schedule) => presentSchedule(schedule, { readerId, zone, tags, levels }));
  }

  async presentOne(schedule: Schedule, readerId: string, zone: TimeZone): Promise<ScheduleObject> {
    const [object] = await this.present([schedule], readerId, zone);
    return object as ScheduleObject;
  }

  private byIds(ids: readonly string[]): Promise<Schedule[]> {
    if (ids.length === 0) return Promise.resolve([]);
    return this.database.query(`SELECT ${scheduleColumns('s')} FROM schedules s WHERE s.id = ANY ($1::uuid[])`, [ids]);
  }

  private async readable(schedules: readonly Schedule[], readerId: string): Promise<Schedule[]> {
    const readable = await this.visibility.mayReadMany(readerId, 'schedule', schedules);
    return schedules.filter(({ id }) => readable.has(id));
  }
}
