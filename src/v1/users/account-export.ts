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

/** docs/spec/v1.md#14-date-times-out; these are read as whole rows and never pass a presenter. */
const instant = (column: string): string => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;
const times = (...columns: string[]): string =>
  columns.map((column) => `'${column.split('.')[1] ?? column}', ${instant(column)}`).join(', ');

/** Rows of one of a person's tables, which are shown as they are. */
interface OwnRows {
  readonly from: string;
  /** The column that says whose they are. */
  readonly owner: string;
  /** Columns of the primary key, and their types. */
  readonly key: Readonly<Record<string, 'uuid' | 'integer' | 'timestamptz'>>;
  readonly row: string;
}

/** None of them holds a secret. */
const TABLES = {
  schedule_exceptions: {
    from: 'schedule_exceptions e JOIN schedules s ON s.id = e.master_id',
    owner: 's.owner_id',
    key: { 'e.master_id': 'uuid', 'e.original_start': 'timestamptz' },
    row: `to_jsonb(e) || jsonb_build_object(${times('e.original_start', 'e.start_time', 'e.end_time')})`,
  },
  tag_groups: {
    from: 'tag_groups g',
    owner: 'g.owner_id',
    key: { 'g.id': 'uuid' },
    row: `to_jsonb(g) - 'owner_id' || jsonb_build_object(${times('g.created_at', 'g.updated_at')})`,
  },
  tags: {
    from: 'tags t',
    owner: 't.owner_id',
    key: { 't.id': 'uuid' },
    row: `to_jsonb(t) - 'owner_id' || jsonb_build_object(${times('t.created_at', 't.updated_at')})`,
  },
  timer_corrections: {
    from: 'timer_edits e JOIN timers t ON t.id = e.timer_id',
    owner: 't.user_id',
    key: { 'e.timer_id': 'uuid', 'e.revision': 'integer' },
    row: `jsonb_build_object('timer_id', e.timer_id, 'revision', e.revision, ${times('e.at')},
      'former', e.snapshot - 'user_id')`,
  },
  room_presence: {
    from: 'room_presence p',
    owner: 'p.user_id',
    key: { 'p.id': 'uuid' },
    row: `jsonb_build_object('room_id', p.room_id, ${times('p.came_at', 'p.went_at')})`,
  },
  // Sessions of rooms that are deleted; of the others presence tells.
  room_sessions: {
    from: 'kept_attendances k',
    owner: 'k.user_id',
    key: { 'k.session_id': 'uuid' },
    row: `jsonb_build_object('id', k.session_id, 'room_id', k.room_id, 'room_name', k.room_name,
      ${times('k.started_at')}, 'segments', k.segments)`,
  },
  friend_requests_by_email: {
    from: 'requests_by_email e',
    owner: 'e.requester_id',
    key: { 'e.id': 'uuid' },
    row: `jsonb_build_object('id', e.id, 'email', e.email, ${times('e.created_at')})`,
  },
  sessions: {
    from: 'sessions s',
    owner: 's.user_id',
    key: { 's.id': 'uuid' },
    row: `jsonb_build_object('id', s.id, 'user_agent', s.user_agent, ${times('s.created_at', 's.last_used_at')})`,
  },
  legacy_tokens: {
    from: 'legacy_tokens l',
    owner: 'l.user_id',
    key: { 'l.id': 'uuid' },
    row: `jsonb_build_object('id', l.id, 'label', l.label, 'calls', l.calls, ${times('l.created_at', 'l.last_used_at')})`,
  },
} satisfies Readonly<Record<string, OwnRows>>;

/** The keys of all rows of a person: in order once, where a page each would sort them anew for every page. */
function keysText({ from, owner, key }: OwnRows): string {
  const columns = Object.keys(key);
  const shown = columns.map((column, index) => `${column}::text AS k${index}`);
  return `SELECT ${shown.join(', ')} FROM ${from} WHERE ${owner} = $1 ORDER BY ${columns.join(', ')}`;
}

/** The rows with these keys, one by one by the primary key: never more of a table than is shown. */
function rowsText({ from, owner, key, row }: OwnRows): string {
  const types = Object.values(key);
  const arrays = types.map((type, index) => `$${index + 2}::${type}[]`).join(', ');
  const names = types.map((_, index) => `k${index}`).join(', ');
  const isKey = Object.keys(key).map((column, index) => `${column} = wanted.k${index}`);
  return `SELECT r.row FROM unnest(${arrays}) WITH ORDINALITY AS wanted (${names}, n)
    CROSS JOIN LATERAL (SELECT ${row} AS row FROM ${from} WHERE ${owner} = $1 AND ${isKey.join(' AND ')} LIMIT 1) r
    ORDER BY wanted.n`;
}

type Page = readonly object[];

/** Everything of a person as one JSON object, made piece by piece (docs/spec/v1.md#9-usersme, `/v1/users/me/export`). */
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
    const rows = await this.database.query<{ id: string }>(`SELECT id FROM ${table} WHERE owner_id = $1 ORDER BY id`, [
      userId,
    ]);
    for (const page of pagesOf(rows.map(({ id }) => id))) {
      const objects = await present(page);
      yield page.flatMap((id) => objects.get(id) ?? []);
    }
  }

  private async *rows(table: keyof typeof TABLES, userId: string): AsyncGenerator<Page> {
    const own: OwnRows = TABLES[table];
    const keys = await this.database.query<Record<string, string>>(keysText(own), [userId]);
    for (const page of pagesOf(keys)) {
      const columns = Object.keys(own.key).map((_, index) => page.map((key) => key[`k${index}`]));
      const rows = await this.database.query<{ row: object }>(rowsText(own), [userId, ...columns]);
      yield rows.map(({ row }) => row);
    }
  }

  private async hasCalendar(userId: string): Promise<boolean> {
    const rows = await this.database.query(`SELECT FROM users WHERE id = $1 AND calendar_secret_hash IS NOT NULL`, [
      userId,
    ]);
    return rows.length > 0;
  }
}

function* pagesOf<Item>(items: readonly Item[]): Generator<Item[]> {
  for (let start = 0; start < items.length; start += PAGE) yield items.slice(start, start + PAGE);
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
