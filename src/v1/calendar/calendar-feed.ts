import type { ICalEventData } from 'ical-generator';
import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import { Clock } from '../../timer-domain/clock/clock.js';
import { secondsOf } from '../planning/sql.js';
import { DAY_SECONDS } from '../schedules/recurrence/calendar.js';
import { CandidateBudget } from '../schedules/recurrence/candidate-budget.js';
import { OwnTimers } from '../statistics/own-timers.js';
import {
  eventOfTimer,
  eventsOfSchedule,
  type FinishedTimer,
  type OccurrenceChange,
  type PlannedSchedule,
} from './calendar-event.js';
import { ICalendarText } from './icalendar.js';

const MAX_EVENTS = 5_000;
const TIMERS_OF_DAYS = 90;
/** How many events are made without a pause. */
const BATCH = 200;
/** A calendar shows the beginning of what is longer, so a feed stays a few megabytes. */
const MAX_DESCRIPTION = 1_000;

const DESCRIPTION = `left(description, ${MAX_DESCRIPTION}) AS description`;
const STAMPS = `${secondsOf('created_at')} AS "createdAt", ${secondsOf('updated_at')} AS "updatedAt"`;

/** What recurs first, then what is planned latest: the part of a long past that does not fit is left out. */
const SCHEDULE_IDS = `SELECT id FROM schedules WHERE owner_id = $1
  ORDER BY recurrence_rule IS NULL, start_time DESC, id DESC LIMIT ${MAX_EVENTS}`;
const SCHEDULES = `SELECT id, title, ${DESCRIPTION}, ${secondsOf('start_time')} AS "startTime",
    ${secondsOf('end_time')} AS "endTime", recurrence_rule AS "recurrenceRule",
    ${secondsOf('recurrence_end')} AS "recurrenceEnd", state, ${STAMPS}
  FROM schedules WHERE owner_id = $1 AND id = ANY ($2::uuid[])
  ORDER BY recurrence_rule IS NULL, start_time DESC, id DESC`;
/** Deleted occurrences first: they cost a date each, and no event. */
const EXCEPTIONS = `SELECT master_id AS "masterId", ${secondsOf('original_start')} AS "originalStart", deleted, title,
    ${DESCRIPTION}, ${secondsOf('start_time')} AS "startTime", ${secondsOf('end_time')} AS "endTime"
  FROM schedule_exceptions WHERE master_id = ANY ($1::uuid[])
  ORDER BY deleted DESC, master_id, original_start LIMIT ${2 * MAX_EVENTS}`;
const TIMERS = `SELECT id, title, ${DESCRIPTION}, ${secondsOf('started_at')} AS "startedAt",
    ${secondsOf('ended_at')} AS "endedAt", ${STAMPS}
  FROM timers t WHERE user_id = $1 AND id = ANY ($2::uuid[]) AND status = 'completed'
  ORDER BY t.created_at DESC, t.id DESC`;

/** A person's calendar (docs/spec/extensions.md#calendar): their schedules, and the timers that they finished lately. */
@Injectable()
export class CalendarFeed {
  constructor(
    private readonly database: Database,
    private readonly timers: OwnTimers,
    private readonly clock: Clock,
  ) {}

  /** The calendar as iCalendar, the same byte for byte as long as nothing in it has changed. */
  async of(userId: string): Promise<Buffer> {
    const text = new ICalendarText();
    let left = MAX_EVENTS;
    for await (const events of this.events(userId)) {
      text.add(events.slice(0, left));
      left -= events.length;
      if (left <= 0) break;
    }
    return text.toBuffer();
  }

  private async *events(userId: string): AsyncGenerator<ICalEventData[]> {
    yield* this.scheduleEvents(userId);
    yield* this.timerEvents(userId);
  }

  private async *scheduleEvents(userId: string): AsyncGenerator<ICalEventData[]> {
    const rows = await this.database.query<{ id: string }>(SCHEDULE_IDS, [userId]);
    const budget = new CandidateBudget();
    for (const ids of chunks(rows.map(({ id }) => id))) {
      const schedules = await this.database.query<PlannedSchedule>(SCHEDULES, [userId, ids]);
      const exceptions = await this.exceptionsOf(schedules);
      yield schedules.flatMap((schedule) => eventsOfSchedule(schedule, exceptions.get(schedule.id) ?? [], budget));
    }
  }

  private async exceptionsOf(schedules: readonly PlannedSchedule[]): Promise<Map<string, OccurrenceChange[]>> {
    const masters = schedules.filter(({ recurrenceRule }) => recurrenceRule !== null).map(({ id }) => id);
    const byMaster = new Map(masters.map((id) => [id, [] as OccurrenceChange[]]));
    if (masters.length === 0) return byMaster;
    const rows = await this.database.query<OccurrenceChange>(EXCEPTIONS, [masters]);
    for (const exception of rows) byMaster.get(exception.masterId)?.push(exception);
    return byMaster;
  }

  private async *timerEvents(userId: string): AsyncGenerator<ICalEventData[]> {
    const now = Math.floor(this.clock.now() / 1_000);
    const lately = { start: now - TIMERS_OF_DAYS * DAY_SECONDS, end: Infinity };
    for await (const found of this.timers.idsOf(userId, 'completed', lately)) {
      for (const ids of chunks(found)) {
        const rows = await this.database.query<FinishedTimer>(TIMERS, [userId, ids]);
        yield rows.map(eventOfTimer);
      }
    }
  }
}

function* chunks(ids: readonly string[]): Generator<readonly string[]> {
  for (let from = 0; from < ids.length; from += BATCH) yield ids.slice(from, from + BATCH);
}
