import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import { Visibility } from '../../access/visibility.js';
import { type CursorKey, limitOf } from '../http/paging.js';
import { cursorKey, isAmount, isId } from '../planning/cursor.js';
import { groupBy } from '../planning/group-by.js';
import { Parameters } from '../planning/sql.js';
import { TagReader } from '../tags/tag-reader.js';
import { Occurrences } from './occurrences.js';
import { CandidateBudget } from './recurrence/candidate-budget.js';
import { type Schedule, scheduleColumns, type ScheduleException, type Window } from './schedule.js';
import { ScheduleExceptions } from './schedule-exceptions.js';
import type { ScheduleListQuery } from './schedule.requests.js';

/**
 * After this long of expanding, in milliseconds, others have a turn: no list holds the event loop
 * (docs/spec/v1.md#63-recurrence).
 */
const TURN_MS = 10;

const KEY_PARTS = [isAmount, isAmount, isId];

/**
 * What is in a person's calendar between two instants: schedules and occurrences, own and shared
 * (docs/spec/v1.md#64-get-v1schedules).
 */
@Injectable()
export class ScheduleCalendar {
  constructor(
    private readonly database: Database,
    private readonly visibility: Visibility,
    private readonly exceptions: ScheduleExceptions,
    private readonly tags: TagReader,
  ) {}

  /** The page's schedules in order, and one more when there are more. @throws InvalidRequestError for a cursor of no list */
  async list(readerId: string, query: ScheduleListQuery): Promise<Schedule[]> {
    const after = cursorKey(query, KEY_PARTS);
    // Something long enough would overlap a range that ends before it begins.
    if (query.start_date > query.end_date) return [];
    const plain = await this.plain(readerId, query, after);
    const occurrences = nextOnes(await this.candidates(readerId, query), after, limitOf(query) + 1);
    return [...plain, ...occurrences.filter((occurrence) => isAfter(calendarKey(readerId, occurrence), after))]
      .sort((one, other) => compareKeys(calendarKey(readerId, one), calendarKey(readerId, other)))
      .slice(0, limitOf(query) + 1);
  }

  /** Schedules without a rule, filtered, ordered and cut by the database. */
  private plain(readerId: string, query: ScheduleListQuery, after: CursorKey | undefined): Promise<Schedule[]> {
    const parameters = new Parameters();
    const reader = parameters.add(readerId);
    const conditions = [
      `s.recurrence_rule IS NULL`,
      this.inScope(reader, query),
      `s.start_time <= to_timestamp(${parameters.add(query.end_date)})`,
      `s.end_time >= to_timestamp(${parameters.add(query.start_date)})`,
      ...tagConditions(query, parameters),
      ...changedSince(query, parameters),
    ];
    const key = `(s.owner_id <> ${reader})::int, extract(epoch from s.start_time)::bigint, s.id`;
    if (after) {
      const [rank, start, id] = after.map((part) => parameters.add(part));
      conditions.push(`(${key}) > (${rank ?? ''}::bigint, ${start ?? ''}::bigint, ${id ?? ''}::uuid)`);
    }
    return this.database.query(
      `SELECT ${scheduleColumns('s')} FROM schedules s WHERE ${conditions.join(' AND ')}
       ORDER BY ${key} LIMIT ${parameters.add(limitOf(query) + 1)}`,
      parameters.values,
    );
  }

  /** All occurrences within the range that pass the filters, in no order. */
  private async candidates(readerId: string, query: ScheduleListQuery): Promise<Candidate[]> {
    const masters = await this.masters(readerId, query);
    const ids = masters.map(({ id }) => id);
    const exceptions = groupBy(await this.exceptions.within(ids, windowOf(query)), ({ masterId }) => masterId);
    const budget = new CandidateBudget();
    const found: Candidate[] = [];
    let turnBegan = performance.now();
    for (const master of masters) {
      const rank = rankOf(readerId, master);
      found.push(...candidatesOf(master, exceptions.get(master.id) ?? [], { rank, budget, window: windowOf(query) }));
      if (performance.now() - turnBegan < TURN_MS) continue;
      await nextTurn();
      turnBegan = performance.now();
    }
    return this.withTags(found, query);
  }

  /** Own masters first: the request's budget is theirs before it is others'. */
  private masters(readerId: string, query: ScheduleListQuery): Promise<Schedule[]> {
    const parameters = new Parameters();
    const reader = parameters.add(readerId);
    const conditions = [
      `s.recurrence_rule IS NOT NULL`,
      this.inScope(reader, query),
      ...changedSince(query, parameters),
    ];
    return this.database.query(
      `SELECT ${scheduleColumns('s')} FROM schedules s WHERE ${conditions.join(' AND ')}
       ORDER BY s.owner_id <> ${reader}, s.id`,
      parameters.values,
    );
  }

  private inScope(reader: string, { scope }: ScheduleListQuery): string {
    const own = `s.owner_id = ${reader}`;
    const shared = `(s.owner_id <> ${reader} AND ${this.visibility.sharedCondition(reader, 'schedule', 's')})`;
    if (scope === 'shared') return shared;
    return scope === 'all' ? `(${own} OR ${shared})` : own;
  }

  /** An occurrence counts with its exception's own tags, else the master's. */
  private async withTags(occurrences: Candidate[], query: ScheduleListQuery): Promise<Candidate[]> {
    const { tag_ids: wanted, group_ids: groups } = query;
    const withAll = wanted
      ? occurrences.filter(({ tagIds }) => wanted.every((id) => tagIds.includes(id)))
      : occurrences;
    if (!groups) return withAll;
    const tags = await this.tags.find(withAll.flatMap(({ tagIds }) => tagIds));
    return withAll.filter(({ tagIds }) => tagIds.some((id) => groups.includes(tags.get(id)?.groupId ?? '')));
  }
}

const windowOf = ({ start_date: from, end_date: to }: ScheduleListQuery): Window => ({ from, to });

const rankOf = (readerId: string, { ownerId }: Schedule): number => (ownerId === readerId ? 0 : 1);

/** What the list is ordered by: own first, then by start; unique within it. */
export const calendarKey = (readerId: string, schedule: Schedule): [number, number, string] => [
  rankOf(readerId, schedule),
  schedule.startTime,
  schedule.id,
];

function compareKeys(one: CursorKey, other: CursorKey): number {
  for (const [index, part] of one.entries()) {
    const beside = other[index] ?? '';
    if (part !== beside) return (part ?? '') < beside ? -1 : 1;
  }
  return 0;
}

const isAfter = (key: CursorKey, after: CursorKey | undefined): boolean =>
  after === undefined || compareKeys(key, after) > 0;

/**
 * An occurrence that may be on the page. There may be many times as many as a page has, and an id is a hash: so only
 * those near the page are made schedules of.
 */
interface Candidate {
  readonly place: readonly [rank: number, startTime: number];
  readonly tagIds: readonly string[];
  readonly toSchedule: () => Schedule;
}

interface Expanding {
  readonly rank: number;
  readonly budget: CandidateBudget;
  readonly window: Window;
}

/**
 * A master is shown by its occurrences alone; one whose stored rule is invalid is a single event
 * (docs/spec/v1.md#63-recurrence).
 */
function candidatesOf(
  master: Schedule,
  exceptions: ScheduleException[],
  { rank, budget, window }: Expanding,
): Candidate[] {
  const occurrences = Occurrences.of(master, exceptions, budget);
  if (occurrences === undefined) {
    const { startTime, endTime, tagIds } = master;
    const isThere = startTime <= window.to && endTime >= window.from;
    return isThere ? [{ place: [rank, startTime], tagIds, toSchedule: () => master }] : [];
  }
  return occurrences.overlapping(window).map((occurrence) => ({
    place: [rank, occurrence.startTime],
    tagIds: occurrence.exception.tagIds ?? master.tagIds,
    toSchedule: () => occurrences.present(occurrence),
  }));
}

/** At least the first `count` after a key, and whatever starts when the last of them does. */
function nextOnes(candidates: readonly Candidate[], after: CursorKey | undefined, count: number): Schedule[] {
  const start = after?.slice(0, 2) ?? [0, -Infinity];
  const next = candidates
    .filter(({ place }) => compareKeys(place, start) >= 0)
    .sort((one, other) => compareKeys(one.place, other.place));
  // Of those that start when the page before ended, some are behind and some are ahead of it: ids tell.
  const ties = next.findIndex(({ place }) => compareKeys(place, start) > 0);
  const last = next[Math.max(0, ties) + count - 1];
  const near = last === undefined ? next : next.filter(({ place }) => compareKeys(place, last.place) <= 0);
  return near.map(({ toSchedule }) => toSchedule());
}

function tagConditions({ tag_ids: tagIds, group_ids: groupIds }: ScheduleListQuery, parameters: Parameters): string[] {
  const all = tagIds ? [`s.tag_ids @> ${parameters.add(tagIds)}::uuid[]`] : [];
  const any = groupIds
    ? [
        `EXISTS (SELECT FROM tags g WHERE g.group_id = ANY (${parameters.add(groupIds)}::uuid[]) AND g.id = ANY (s.tag_ids))`,
      ]
    : [];
  return [...all, ...any];
}

/** Changed itself, or by a tag's change; an exception's changes touch its master (docs/spec/v1.md#12-lists). */
function changedSince({ updated_since: since }: ScheduleListQuery, parameters: Parameters): string[] {
  if (since === undefined || since === null) return [];
  const at = `to_timestamp(${parameters.add(since)})`;
  return [
    `(s.updated_at >= ${at} OR EXISTS (SELECT FROM tags c WHERE c.id = ANY (s.tag_ids) AND c.updated_at >= ${at})
      OR EXISTS (SELECT FROM schedule_exceptions x JOIN tags c ON c.id = ANY (x.tag_ids)
        WHERE x.master_id = s.id AND c.updated_at >= ${at}))`,
  ];
}
