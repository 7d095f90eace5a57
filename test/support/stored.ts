import { v7 as uuidv7 } from 'uuid';

import { historyOf, type Segment } from '../../src/timer-domain/rules/segments.js';
import type { HistoryEntry } from '../../src/timer-domain/rules/timer.js';
import { Clock } from '../../src/timer-domain/clock/clock.js';
import { Ticker } from '../../src/timer-domain/completions/ticker.js';
import { Http } from './http.js';
import type { TestAppOptions } from './app.js';
import { HandClock } from './domain.js';

export const at = (text: string): number => Date.parse(text) / 1_000;

/** An application whose clock stands at a moment. */
export async function startAt(now: string, options: TestAppOptions = {}): Promise<Http & { clock: HandClock }> {
  const clock = new HandClock(at(now) * 1_000);
  const override: TestAppOptions['override'] = (builder) => {
    const byHand = builder.overrideProvider(Clock).useValue(clock).overrideProvider(Ticker).useValue({});
    return options.override?.(byHand) ?? byHand;
  };
  return Object.assign(await Http.start({ ...options, override }), { clock });
}

export interface SignedUp {
  readonly id: string;
  readonly token: string;
}

export async function signUp(http: Http): Promise<SignedUp> {
  const { access_token: token } = await http.signUp();
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub: string };
  return { id: claims.sub, token };
}

export interface StoredTimer {
  readonly id?: string;
  readonly title?: string | null;
  readonly description?: string | null;
  readonly status?: 'running' | 'paused' | 'completed' | 'cancelled';
  /** `[start, end]`; the last end of a running timer is left out. */
  readonly segments: readonly (readonly [string, string?])[];
  readonly createdAt?: string;
  readonly tagIds?: readonly string[];
  readonly todoId?: string | null;
  readonly scheduleId?: string | null;
}

function historyOfTimer({ segments, status = 'completed' }: StoredTimer): HistoryEntry[] {
  const whole: Segment[] = segments.flatMap(([start, end]) => (end ? [{ start: at(start), end: at(end) }] : []));
  const ended = historyOf(whole, status === 'cancelled' ? 'cancel' : 'stop');
  const last = ended.at(-1);
  if (last === undefined || status === 'completed' || status === 'cancelled') {
    return status === 'running' ? [{ action: 'start', at: at(segments[0]?.[0] ?? '') }] : ended;
  }
  const paused = [...ended.slice(0, -1), { ...last, action: 'pause' as const }];
  return status === 'paused' ? paused : [...paused, { action: 'resume', at: at(segments.at(-1)?.[0] ?? '') }];
}

/** A row of `timers` as the domain would have left it. @returns its id */
export async function storeTimer(http: Http, userId: string, timer: StoredTimer): Promise<string> {
  const { status = 'completed', title = null, description = null, tagIds = [], todoId = null } = timer;
  const id = timer.id ?? uuidv7();
  const history = historyOfTimer(timer);
  const [started = 0, last = 0] = [history[0]?.at, history.at(-1)?.at];
  const ended = status === 'completed' || status === 'cancelled';
  const elapsed = history.findLast((entry) => entry.elapsed !== undefined)?.elapsed ?? 0;
  const createdAt = timer.createdAt === undefined ? started : at(timer.createdAt);
  const values = [id, userId, title, description, status, elapsed, started, JSON.stringify(history), createdAt];
  await http.query(
    `INSERT INTO timers (id, user_id, title, description, status, elapsed_time, started_at, history, created_at,
       updated_at, ended_at, running_since, paused_at, tag_ids, todo_id, schedule_id, origin, allocated_duration, revision)
     VALUES ($1, $2, $3, $4, $5, $6, to_timestamp($7), $8, to_timestamp($9), to_timestamp($10), to_timestamp($11),
       to_timestamp($12), to_timestamp($13), $14, $15, $16, 'v1', 1500, 1)`,
    [
      ...values,
      Math.max(createdAt, last),
      ended ? last : null,
      status === 'running' ? last : null,
      status === 'paused' ? last : null,
      tagIds,
      todoId,
      timer.scheduleId ?? null,
    ],
  );
  return id;
}

/** A tag in a group of its own. @returns its id */
export async function storeTag(http: Http, ownerId: string, name: string): Promise<string> {
  const [group, id] = [uuidv7(), uuidv7()];
  await http.query(
    `WITH g AS (INSERT INTO tag_groups (id, owner_id, name, color, created_at, updated_at)
       VALUES ($1, $2, 'group', '#000', now(), now()))
     INSERT INTO tags (id, owner_id, group_id, name, color, created_at, updated_at)
       VALUES ($3, $2, $1, $4, '#FFF', now(), now())`,
    [group, ownerId, id, name],
  );
  return id;
}

export interface StoredSchedule {
  readonly title?: string;
  readonly description?: string | null;
  readonly start: string;
  readonly end: string;
  readonly rule?: string | null;
  readonly recurrenceEnd?: string | null;
  readonly state?: 'PLANNED' | 'CONFIRMED' | 'CANCELLED';
}

const STORED_AT = '2026-01-01T00:00:00Z';

export async function storeSchedule(http: Http, ownerId: string, schedule: StoredSchedule): Promise<string> {
  const { title = 'Plan', description = null, start, end, rule = null, recurrenceEnd = null, state } = schedule;
  const id = uuidv7();
  await http.query(
    `INSERT INTO schedules (id, owner_id, title, description, start_time, end_time, recurrence_rule, recurrence_end,
       state, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)`,
    [id, ownerId, title, description, start, end, rule, recurrenceEnd, state ?? 'PLANNED', STORED_AT],
  );
  return id;
}

export interface StoredException {
  readonly original: string;
  readonly deleted?: boolean;
  readonly title?: string;
  readonly description?: string;
  readonly start?: string;
  readonly end?: string;
}

export async function storeException(http: Http, masterId: string, exception: StoredException): Promise<void> {
  const { original, deleted = false, title = null, description = null, start = null, end = null } = exception;
  await http.query(
    `INSERT INTO schedule_exceptions (master_id, original_start, deleted, title, description, start_time, end_time)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [masterId, original, deleted, title, description, start, end],
  );
}
