import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';

import { Visibility } from '../../access/visibility.js';
import { TimerLinks } from '../../timer-domain/timer-links.js';
import { requireRoom } from '../planning/limits.js';
import type { OwnerWrite } from '../planning/owner-writes.js';
import { changedRows } from '../planning/sql.js';
import { type Schedule, scheduleColumns } from './schedule.js';

/** What a timer needs to know of the schedule it is planned with. */
export type ScheduleLink = Pick<Schedule, 'id' | 'sourceTodoId' | 'tagIds'>;

/** What is chosen of a schedule when it is made; the rest follows. */
export type NewSchedule = Omit<Schedule, 'id' | 'ownerId' | 'parentId' | 'createdAt' | 'updatedAt'>;

/** The rows of a person's schedules. Rules are looked at by those who call. */
@Injectable()
export class ScheduleStore {
  constructor(
    private readonly visibility: Visibility,
    private readonly timerLinks: TimerLinks,
  ) {}

  /** The person's schedule, which stays until the transaction ends; undefined when they have none with this id. */
  async own(manager: EntityManager, ownerId: string, id: string): Promise<ScheduleLink | undefined> {
    const [link]: ScheduleLink[] = await manager.query(
      `SELECT id, source_todo_id AS "sourceTodoId", tag_ids AS "tagIds" FROM schedules
       WHERE id = $2 AND owner_id = $1 FOR KEY SHARE`,
      [ownerId, id],
    );
    return link;
  }

  /** The whole schedule, locked for a change. */
  async ownToChange({ manager, ownerId }: OwnerWrite, id: string): Promise<Schedule | undefined> {
    const [schedule]: Schedule[] = await manager.query(
      `SELECT ${scheduleColumns('s')} FROM schedules s WHERE id = $2 AND owner_id = $1 FOR NO KEY UPDATE`,
      [ownerId, id],
    );
    return schedule;
  }

  /** The schedules of a todo, earliest first. */
  linkedTo({ manager }: OwnerWrite, todoId: string): Promise<Schedule[]> {
    return manager.query(
      `SELECT ${scheduleColumns('s')} FROM schedules s WHERE source_todo_id = $1 ORDER BY start_time, id`,
      [todoId],
    );
  }

  /** @throws V1Error LimitReachedError */
  async insert(write: OwnerWrite, chosen: NewSchedule): Promise<Schedule> {
    await requireRoom(write, 'schedules');
    const { ownerId, at } = write;
    const schedule: Schedule = {
      ...chosen,
      id: uuidv7(),
      ownerId,
      parentId: null,
      createdAt: at,
      updatedAt: at,
    };
    await write.manager.query(
      `INSERT INTO schedules (id, title, description, start_time, end_time, recurrence_rule, recurrence_end,
         tag_group_id, source_todo_id, state, tag_ids, updated_at, owner_id, created_at)
       VALUES ($1, $2, $3, to_timestamp($4), to_timestamp($5), $6, to_timestamp($7::float8),
         $8, $9, $10, $11, to_timestamp($12), $13, to_timestamp($12))`,
      [...valuesOf(schedule), ownerId],
    );
    return schedule;
  }

  /** Writes what a schedule has become. @returns it, as of this change */
  async update({ manager, at }: OwnerWrite, changed: Schedule): Promise<Schedule> {
    const schedule = { ...changed, updatedAt: at };
    await manager.query(
      `UPDATE schedules SET title = $2, description = $3, start_time = to_timestamp($4), end_time = to_timestamp($5),
         recurrence_rule = $6, recurrence_end = to_timestamp($7::float8), tag_group_id = $8, source_todo_id = $9,
         state = $10, tag_ids = $11, updated_at = to_timestamp($12) WHERE id = $1`,
      valuesOf(schedule),
    );
    return schedule;
  }

  /** Its exceptions changed, and so did the master for whoever asks what is new (docs/spec/v1.md#12-lists). */
  async touch({ manager, at }: OwnerWrite, id: string): Promise<void> {
    await manager.query(`UPDATE schedules SET updated_at = to_timestamp($2) WHERE id = $1`, [id, at]);
  }

  /** Exceptions and visibility settings go along; timers stay, unlinked (docs/spec/v1.md#65-other-routes). */
  async remove({ manager, transaction, ownerId }: OwnerWrite, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await changedRows(manager, `DELETE FROM schedules WHERE id = ANY ($1::uuid[])`, [ids]);
    await this.visibility.forget(transaction, 'schedule', ids);
    for (const id of await timersOf(manager, 'schedule_id', ids)) {
      await this.timerLinks.unlinkSchedule(transaction, id, ownerId);
    }
  }
}

/** Of many items that are gone, those that timers are linked to: each takes a statement of its own to unlink. */
export async function timersOf(
  manager: EntityManager,
  link: 'schedule_id' | 'todo_id',
  ids: readonly string[],
): Promise<string[]> {
  const rows: { id: string }[] = await manager.query(
    `SELECT DISTINCT ${link} AS id FROM timers WHERE ${link} = ANY ($1::uuid[])`,
    [ids],
  );
  return rows.map(({ id }) => id);
}

/** In the order of the statements above. */
const valuesOf = (schedule: Schedule): unknown[] => [
  schedule.id,
  schedule.title,
  schedule.description,
  schedule.startTime,
  schedule.endTime,
  schedule.recurrenceRule,
  schedule.recurrenceEnd,
  schedule.tagGroupId,
  schedule.sourceTodoId,
  schedule.state,
  schedule.tagIds,
  schedule.updatedAt,
];
