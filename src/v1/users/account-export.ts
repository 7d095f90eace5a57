import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import { Friendships } from '../../access/friendships.js';
import { Visibility } from '../../access/visibility.js';
import { UTC } from '../../common/time/time-zone.js';
import { Profiles } from '../../identity/users/profiles.js';
import { TimerExport } from '../export/timer-export.js';
import { presentFriendship } from '../friends/friends.presenter.js';
import { ScheduleReader } from '../schedules/schedule-reader.js';
import { presentVisibility } from '../sharing/visibility.presenter.js';
import { TodoReader } from '../todos/todo-reader.js';
import { presentProfile } from './user.presenter.js';

const PAGE = 500;
const ALWAYS = { start: -Infinity, end: Infinity };

/** v1.md 1.4; these are read as whole rows and never pass a presenter. */
const instant = (column: string): string => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;
const times = (...columns: string[]): string =>
  columns.map((column) => `'${column.split('.')[1] ?? column}', ${instant(column)}`).join(', ');

/** Rows of a person's tables that are shown as they are; none of them holds a secret. `$2` is the last key seen. */
const TABLES = {
  schedule_exceptions: `SELECT e.master_id || ' ' || extract(epoch from e.original_start)::bigint AS key,
      to_jsonb(e) || jsonb_build_object(${times('e.original_start', 'e.start_time', 'e.end_time')}) AS row
    FROM schedule_exceptions e JOIN schedules s ON s.id = e.master_id WHERE s.owner_id = $1`,
  tag_groups: `SELECT g.id::text AS key,
      to_jsonb(g) - 'owner_id' || jsonb_build_object(${times('g.created_at', 'g.updated_at')}) AS row
    FROM tag_groups g WHERE g.owner_id = $1`,
  tags: `SELECT t.id::text AS key,
      to_jsonb(t) - 'owner_id' || jsonb_build_object(${times('t.created_at', 't.updated_at')}) AS row
    FROM tags t WHERE t.owner_id = $1`,
  timer_corrections: `SELECT e.timer_id || ' ' || lpad(e.revision::text, 10, '0') AS key, jsonb_build_object(
      'timer_id', e.timer_id, 'revision', e.revision, ${times('e.at')}, 'former', e.snapshot - 'user_id') AS row
    FROM timer_edits e JOIN timers t ON t.id = e.timer_id WHERE t.user_id = $1`,
  room_presence: `SELECT p.id::text AS key,
      jsonb_build_object('room_id', p.room_id, ${times('p.came_at', 'p.went_at')}) AS row
    FROM room_presence p WHERE p.user_id = $1`,
  // Sessions of rooms that are deleted; of the others presence tells.
  room_sessions: `SELECT k.session_id::text AS key, jsonb_build_object('id', k.session_id, 'room_id', k.room_id,
      'room_name', k.room_name, ${times('k.started_at')}, 'segments', k.segments) AS row
    FROM kept_attendances k WHERE k.user_id = $1`,
  friend_requests_by_email: `SELECT e.id::text AS key,
      jsonb_build_object('id', e.id, 'email', e.email, ${times('e.created_at')}) AS row
    FROM requests_by_email e WHERE e.requester_id = $1`,
  sessions: `SELECT s.id::text AS key, jsonb_build_object('id', s.id, 'user_agent', s.user_agent,
      ${times('s.created_at', 's.last_used_at')}) AS row
    FROM sessions s WHERE s.user_id = $1`,
  legacy_tokens: `SELECT l.id::text AS key, jsonb_build_object('id', l.id, 'label', l.label, 'calls', l.calls,
      ${times('l.created_at', 'l.last_used_at')}) AS row
    FROM legacy_tokens l WHERE l.user_id = $1`,
} as const;

type Page = readonly object[];

/** Everything of a person as one JSON object, made piece by piece (v1.md 9, `/v1/users/me/export`). */
@Injectable()
export class AccountExport {
  constructor(
    private readonly database: Database,
    private readonly profiles: Profiles,
    private readonly timers: TimerExport,
    private readonly schedules: ScheduleReader,
    private readonly todos: TodoReader,
    private readonly friendships: Friendships,
    private readonly visibility: Visibility,
  ) {}

  /** @param signal whoever wanted it has gone; nothing more is read */
  async *pieces(userId: string, signal: AbortSignal): AsyncGenerator<string> {
    const profile = await this.profiles.get(userId);
    yield `{"profile":${JSON.stringify(profile ? presentProfile(profile) : null)}`;
    yield* section('timers', this.timers.pages({ userId, zone: UTC }, ALWAYS, signal));
    yield* section(
      'schedules',
      this.owned('schedules', userId, (ids) => this.schedules.presentMany(ids, userId, UTC)),
    );
    yield* section(
      'todos',
      this.owned('todos', userId, (ids) => this.todos.presentMany(ids, userId, UTC)),
    );
    for (const table of Object.keys(TABLES) as (keyof typeof TABLES)[]) yield* section(table, this.rows(table, userId));
    yield* section('friendships', once((await this.friendships.exportOf(userId)).map(presentFriendship)));
    yield* section('visibility_settings', once((await this.visibility.exportOf(userId)).map(presentVisibility)));
    yield `,"has_calendar":${JSON.stringify(await this.hasCalendar(userId))}}`;
  }

  private async *owned(
    table: 'schedules' | 'todos',
    userId: string,
    present: (ids: string[]) => Promise<Map<string, object>>,
  ): AsyncGenerator<Page> {
    const text = `SELECT id FROM ${table} WHERE owner_id = $1 AND id > $2 ORDER BY id LIMIT ${PAGE}`;
    let last = '00000000-0000-0000-0000-000000000000';
    for (;;) {
      const rows = await this.database.query<{ id: string }>(text, [userId, last]);
      const ids = rows.map(({ id }) => id);
      const objects = await present(ids);
      yield ids.flatMap((id) => objects.get(id) ?? []);
      if (ids.length < PAGE) return;
      last = ids.at(-1) ?? last;
    }
  }

  private async *rows(table: keyof typeof TABLES, userId: string): AsyncGenerator<Page> {
    const text = `SELECT * FROM (${TABLES[table]}) r WHERE r.key COLLATE "C" > $2 ORDER BY r.key COLLATE "C" LIMIT ${PAGE}`;
    let last = '';
    for (;;) {
      const rows = await this.database.query<{ key: string; row: object }>(text, [userId, last]);
      yield rows.map(({ row }) => row);
      if (rows.length < PAGE) return;
      last = rows.at(-1)?.key ?? last;
    }
  }

  private async hasCalendar(userId: string): Promise<boolean> {
    const rows = await this.database.query(`SELECT FROM users WHERE id = $1 AND calendar_secret_hash IS NOT NULL`, [
      userId,
    ]);
    return rows.length > 0;
  }
}

async function* once(items: Page): AsyncGenerator<Page> {
  yield await Promise.resolve(items);
}

async function* section(name: string, pages: AsyncIterable<Page>): AsyncGenerator<string> {
  yield `,${JSON.stringify(name)}:[`;
  let separator = '';
  for await (const page of pages) {
    if (page.length === 0) continue;
    yield separator + page.map((item) => JSON.stringify(item)).join(',');
    separator = ',';
  }
  yield ']';
}
