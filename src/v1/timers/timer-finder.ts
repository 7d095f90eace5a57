import { Injectable } from '@nestjs/common';

import { Visibility } from '../../access/visibility.js';
import { Database } from '../../database/database.js';
import { toServiceUnavailable } from '../../database/database-errors.js';
import type { Timer } from '../../timer-domain/rules/timer.js';
import { TIMER_COLUMNS, type TimerRecord, toTimer } from '../../timer-domain/records/timer-record.js';
import { V1Error } from '../http/v1-error.js';
import type { Scope, TimerListQuery } from './timer.requests.js';

/** Where a page of timers begins: own or shared, then newest first. */
export interface TimerPlace {
  readonly shared: boolean;
  readonly createdAt: number;
  readonly id: string;
}

type Filters = Pick<TimerListQuery, 'status' | 'type' | 'start_date' | 'end_date' | 'updated_since'>;

/** Conditions over `t`, collected with their parameters. */
class Conditions {
  private readonly texts: string[] = [];
  readonly values: unknown[] = [];

  /** @param text with `?` where the values go, in order */
  add(text: string, ...values: unknown[]): this {
    let next = 0;
    this.texts.push(text.replaceAll('?', () => this.parameter(values[next++])));
    return this;
  }

  parameter(value: unknown): string {
    return `$${this.values.push(value)}`;
  }

  get text(): string {
    return this.texts.join(' AND ');
  }
}

/**
 * Finds timers for people to read (docs/spec/v1.md#55-reading-and-editing). Reads the database, never a cache, and
 * changes nothing.
 */
@Injectable()
export class TimerFinder {
  constructor(
    private readonly database: Database,
    private readonly visibility: Visibility,
  ) {}

  /** The timer, if the caller may read it. @throws V1Error TimerNotFoundError, AccessDeniedError */
  async readable(userId: string, id: string): Promise<Timer> {
    const [timer] = await this.select(new Conditions().add('t.id = ? AND t.room_id IS NULL', id), '', 1);
    if (timer?.userId === undefined || timer.userId === null) throw new V1Error('TimerNotFoundError');
    const resource = { type: 'timer', id, ownerId: timer.userId } as const;
    if (timer.userId !== userId && !(await this.visibility.mayRead(userId, resource))) {
      throw new V1Error('AccessDeniedError');
    }
    return timer;
  }

  /** The caller's own timer. @throws V1Error TimerNotFoundError, also for another's (docs/spec/v1.md#34-ownership) */
  async own(userId: string, id: string): Promise<Timer> {
    const [timer] = await this.select(new Conditions().add('t.id = ? AND t.user_id = ?', id, userId), '', 1);
    if (timer === undefined) throw new V1Error('TimerNotFoundError');
    return timer;
  }

  /** The caller's newest running or paused timer, of one schedule or todo when it is named. */
  async newestActive(
    userId: string,
    link: { schedule_id?: string; todo_id?: string } = {},
  ): Promise<Timer | undefined> {
    const conditions = new Conditions().add('t.user_id = ? AND t.ended_at IS NULL', userId);
    const [timer] = await this.select(linked(conditions, link), NEWEST_FIRST, 1);
    return timer;
  }

  /** The caller's running and paused timers, newest first. */
  active(userId: string, limit: number): Promise<Timer[]> {
    return this.select(new Conditions().add('t.user_id = ? AND t.ended_at IS NULL', userId), NEWEST_FIRST, limit);
  }

  /** Running and paused timers that are shared with the caller by friendship or by a list, newest first. */
  activeShared(userId: string, limit: number): Promise<Timer[]> {
    const conditions = new Conditions();
    const shared = this.visibility.sharedCondition(conditions.parameter(userId), 'timer', 't');
    return this.select(conditions.add(`t.ended_at IS NULL AND ${shared}`), NEWEST_FIRST, limit);
  }

  /** The caller's own timers of one schedule or todo, newest first. */
  async ofLink(
    userId: string,
    link: { schedule_id?: string; todo_id?: string },
    page: { limit: number; after: TimerPlace | undefined },
  ): Promise<Timer[]> {
    const conditions = linked(new Conditions().add('t.user_id = ?', userId), link);
    return this.select(startingAfter(conditions, page.after), NEWEST_FIRST, page.limit);
  }

  /** A list as GET /v1/timers has it: own first, then shared, each newest first. */
  async list(
    userId: string,
    scope: Scope,
    filters: Filters,
    page: { limit: number; after: TimerPlace | undefined },
  ): Promise<Timer[]> {
    const { limit, after } = page;
    const own = scope === 'shared' || after?.shared === true ? [] : await this.section(userId, false, filters, page);
    if (scope === 'mine' || own.length >= limit) return own;
    const rest = { limit: limit - own.length, after: after?.shared === true ? after : undefined };
    return [...own, ...(await this.section(userId, true, filters, rest))];
  }

  private section(
    userId: string,
    shared: boolean,
    filters: Filters,
    { limit, after }: { limit: number; after: TimerPlace | undefined },
  ): Promise<Timer[]> {
    const conditions = new Conditions();
    const reader = conditions.parameter(userId);
    conditions.add(shared ? this.visibility.sharedCondition(reader, 'timer', 't') : `t.user_id = ${reader}`);
    return this.select(startingAfter(filtered(conditions, filters), after), NEWEST_FIRST, limit);
  }

  private async select(conditions: Conditions, order: string, limit: number): Promise<Timer[]> {
    const text = `SELECT ${TIMER_COLUMNS} FROM timers t WHERE ${conditions.text} ${order} LIMIT ${limit}`;
    try {
      const rows = await this.database.query<TimerRecord>(text, conditions.values);
      return rows.map(toTimer);
    } catch (error) {
      throw toServiceUnavailable(error);
    }
  }
}

const NEWEST_FIRST = 'ORDER BY t.created_at DESC, t.id DESC';

function startingAfter(conditions: Conditions, after: TimerPlace | undefined): Conditions {
  if (after === undefined) return conditions;
  return conditions.add('(t.created_at, t.id) < (to_timestamp(?::float8), ?::uuid)', after.createdAt, after.id);
}

function linked(
  conditions: Conditions,
  { schedule_id, todo_id }: { schedule_id?: string; todo_id?: string },
): Conditions {
  if (schedule_id !== undefined) conditions.add('t.schedule_id = ?', schedule_id);
  if (todo_id !== undefined) conditions.add('t.todo_id = ?', todo_id);
  return conditions;
}

const OF_TYPE = {
  independent: 't.schedule_id IS NULL AND t.todo_id IS NULL',
  schedule: 't.schedule_id IS NOT NULL',
  todo: 't.todo_id IS NOT NULL',
} as const;

/** Changes of its tags count as the timer's (docs/spec/v1.md#12-lists). */
const CHANGED_SINCE = `(t.updated_at >= to_timestamp(?::float8) OR (t.tag_ids <> '{}' AND EXISTS (
  SELECT FROM tags g WHERE g.id = ANY (t.tag_ids) AND g.updated_at >= to_timestamp(?::float8))))`;

function filtered(conditions: Conditions, filters: Filters): Conditions {
  const { status, type, start_date: start, end_date: end, updated_since: since } = filters;
  if (status && status.length > 0) conditions.add('upper(t.status) = ANY (?::text[])', status);
  if (type && type !== 'room') conditions.add(OF_TYPE[type]);
  if (isGiven(start)) conditions.add('t.started_at >= to_timestamp(?::float8)', start);
  if (isGiven(end)) conditions.add('t.started_at <= to_timestamp(?::float8)', end);
  if (isGiven(since)) conditions.add(CHANGED_SINCE, since, since);
  return conditions;
}

const isGiven = (value: number | null | undefined): value is number => value !== undefined && value !== null;
