import { randomUUID } from 'node:crypto';
import { Client, Pool } from 'pg';
import { PostgresQueryRunner } from 'typeorm/driver/postgres/PostgresQueryRunner.js';

import { clientConfig } from '../../src/database/connection.js';
import { ForgottenRooms } from '../../src/rooms/rooms/forgotten-rooms.js';
import { RoomRemoval } from '../../src/room-people/room-removal.js';
import { type Frame, hangUpAll, type Person } from '../support/sockets.js';
import { AT_NOON } from '../support/domain.js';
import { type House, startHouse, type TestRoom } from '../support/rooms.js';

/**
 * What grows with what is answered and not with what there is: a member's history, a room's deletion, guests.
 * `npm run lab -- rooms` makes the rooms as large as that, and prints what it took and each plan.
 */

const SESSIONS = Number(process.env['ROOM_SESSIONS'] ?? '300');
const MEMBERS = 20;
const NOON = AT_NOON / 1_000;

let house: House;
let person: Person;

beforeAll(async () => {
  house = await startHouse();
});
beforeEach(async () => {
  person = await house.signUp();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await hangUpAll();
});
afterAll(() => house.close());

interface Stretch {
  readonly room: string;
  readonly from: number;
  readonly to: number;
}

async function addSessions(sessions: readonly (Stretch & { id: string })[]): Promise<void> {
  for (let at = 0; at < sessions.length; at += 1_000) {
    const slice = sessions.slice(at, at + 1_000);
    await house.dataSource.query(
      `INSERT INTO timers (id, room_id, origin, session_type, title, tag_ids, allocated_duration, status, elapsed_time,
         started_at, ended_at, history, revision, created_at, updated_at)
       SELECT s.id, s.room, 'room', 'work', 'grown', '{}', 60, 'completed', (s.till - s.began)::int, to_timestamp(s.began),
         to_timestamp(s.till), jsonb_build_array(jsonb_build_object('action', 'start', 'at', s.began),
           jsonb_build_object('action', 'stop', 'at', s.till, 'elapsed', s.till - s.began)),
         1, to_timestamp(s.began), to_timestamp(s.till)
       FROM unnest($1::uuid[], $2::uuid[], $3::float8[], $4::float8[]) AS s (id, room, began, till)`,
      [
        slice.map(({ id }) => id),
        slice.map(({ room }) => room),
        slice.map(({ from }) => from),
        slice.map(({ to }) => to),
      ],
    );
  }
}

async function addStays(userId: string | null, stays: readonly Stretch[]): Promise<void> {
  for (let at = 0; at < stays.length; at += 5_000) {
    const slice = stays.slice(at, at + 5_000);
    await house.dataSource.query(
      `INSERT INTO room_presence (id, room_id, participant_id, user_id, instance, came_at, seen_at, went_at)
       SELECT gen_random_uuid(), s.room, 'user-grown', $1, gen_random_uuid(), to_timestamp(s.came), to_timestamp(s.went),
         to_timestamp(s.went)
       FROM unnest($2::uuid[], $3::float8[], $4::float8[]) AS s (room, came, went)`,
      [userId, slice.map(({ room }) => room), slice.map(({ from }) => from), slice.map(({ to }) => to)],
    );
  }
}

interface Shown {
  readonly id: string;
  readonly started_at: string;
  readonly elapsed_time: number;
}

/** Page after page. */
async function wholeHistory(limit: number): Promise<Shown[]> {
  const shown: Shown[] = [];
  let path = `/v1/timers?type=room&limit=${limit}`;
  for (;;) {
    const response = await fetch(`${house.url}${path}`, { headers: { Authorization: `Bearer ${person.token}` } });
    expect(response.status).toBe(200);
    const page = (await response.json()) as Shown[];
    shown.push(...page);
    const next = /<([^>]*)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
    if (next === undefined) return shown;
    path = next.slice(next.indexOf('/v1/'));
  }
}

/** The same, slowly: each session with each stay. */
function expected(sessions: readonly (Stretch & { id: string })[], stays: readonly Stretch[]): unknown[] {
  return sessions
    .flatMap(({ id, room, from, to }) => {
      const seconds = new Set<number>();
      for (const stay of stays.filter((one) => one.room === room)) {
        for (let at = Math.max(from, stay.from); at < Math.min(to, stay.to); at += 1) seconds.add(at);
      }
      return seconds.size === 0 ? [] : [{ id, at: Math.min(...seconds), seconds: seconds.size }];
    })
    .sort((one, other) => other.at - one.at || (one.id < other.id ? 1 : -1))
    .map(({ id, at, seconds }) => [id, at, seconds]);
}

describe('a member’s history', () => {
  it('is the same page by page as session by session with stay by stay, sessions of one second included', async () => {
    const rooms = await Promise.all([1, 2, 3].map(async () => (await house.create()).id));
    let seed = 7;
    const random = (max: number) => (seed = (seed * 48_271) % 2_147_483_647) % max;
    const sessions = rooms.flatMap((room) => {
      let at = NOON - 20_000;
      return Array.from({ length: 60 }, () => {
        const from = at + random(3) * 60;
        at = from + 60 * (1 + random(4));
        return { id: randomUUID(), room, from, to: at };
      });
    });
    const stays = rooms.flatMap((room) =>
      Array.from({ length: 150 }, () => {
        const from = NOON - 20_000 + random(18_000);
        return { room, from, to: from + 1 + random(random(10) === 0 ? 5_000 : 90) };
      }),
    );
    await addSessions(sessions);
    await addStays(person.id, stays);
    const wanted = expected(sessions, stays);
    for (const limit of [1, 7, 200]) {
      const shown = (await wholeHistory(limit)).map((one) => [
        one.id,
        Date.parse(one.started_at) / 1_000,
        one.elapsed_time,
      ]);
      expect(shown).toEqual(wanted);
    }
  });

  it('two sessions of one second, one on each side of a page, are both there', async () => {
    const rooms = await Promise.all([1, 2, 3].map(async () => (await house.create()).id));
    const sessions = rooms.map((room) => ({ id: randomUUID(), room, from: NOON - 60, to: NOON }));
    await addSessions(sessions);
    await addStays(person.id, sessions);
    const ids = (await wholeHistory(1)).map(({ id }) => id);
    expect(ids).toEqual(
      sessions
        .map(({ id }) => id)
        .sort()
        .reverse(),
    );
  });

  it('a page costs the same few statements and looks at few sessions, however many there are', async () => {
    const room = (await house.create()).id;
    const sessions = Array.from({ length: SESSIONS }, (_, nth) => {
      const from = NOON - (SESSIONS - nth) * 60;
      return { id: randomUUID(), room, from, to: from + 60 };
    });
    await addSessions(sessions);
    // Ten sessions a stay, and many stays in one session, as with a bad network.
    await addStays(person.id, [
      ...Array.from({ length: SESSIONS / 10 }, (_, nth) => ({
        room,
        from: (sessions[nth * 10]?.from ?? 0) + 5,
        to: (sessions[nth * 10 + 9]?.to ?? 0) - 5,
      })),
      ...Array.from({ length: SESSIONS / 10 }, (_, nth) => {
        const from = (sessions[Math.floor(SESSIONS / 2)]?.from ?? 0) + (nth % 50);
        return { room, from, to: from + 5 };
      }),
    ]);
    await house.dataSource.query('ANALYZE timers, room_presence');
    const query = jest.spyOn(house.app.get(Pool), 'query');
    const times: number[] = [];
    const counts = new Set<number>();
    const middle = new Date((sessions[Math.floor(SESSIONS / 4)]?.from ?? 0) * 1_000).toISOString();
    for (const end of ['', `&end_date=${middle}`]) {
      query.mockClear();
      const began = performance.now();
      const { body } = await person.call('GET', `/v1/timers?type=room&limit=50${end}`);
      times.push(performance.now() - began);
      expect(body).toHaveLength(50);
      counts.add(
        query.mock.calls.filter(([one]) => String((one as { name?: string }).name).startsWith('attendance')).length,
      );
    }
    expect(Math.max(...counts)).toBeLessThanOrEqual(8);
    if (SESSIONS > 300) {
      process.stdout.write(
        `history over ${SESSIONS} sessions: ${times.map((ms) => ms.toFixed(1)).join(' and ')} ms a page\n`,
      );
      await explain(query.mock.calls.map(([one]) => one as unknown as Named));
    }
  });
});

interface Named {
  readonly name?: string;
  readonly text: string;
  readonly values: unknown[];
}

async function explain(statements: readonly Named[]): Promise<void> {
  for (const { name, text, values } of statements.filter((one) => one.name?.startsWith('attendance') === true)) {
    const plan = await house.app.get(Pool).query<Frame>(`EXPLAIN (ANALYZE, BUFFERS) ${text}`, values);
    process.stdout.write(`${String(name)}\n${plan.rows.map((row) => `  ${String(row['QUERY PLAN'])}`).join('\n')}\n`);
  }
}

/** Explains each statement of a slice the first time that it is sent: it is tried first, and taken back. */
function plansOfSlices(): Map<string, string> {
  const plans = new Map<string, string>();
  type Query = (this: PostgresQueryRunner, text: string, values?: unknown) => Promise<unknown>;
  const query = Reflect.get(PostgresQueryRunner.prototype, 'query') as Query;
  jest.spyOn(PostgresQueryRunner.prototype, 'query').mockImplementation(async function (
    this: PostgresQueryRunner,
    text: string,
    values?: unknown,
  ) {
    if (!/room_id = \$1|owner = \$1|ANY\(\$1::uuid|kept_attendances/.test(text) || !this.isTransactionActive) {
      return query.call(this, text, values);
    }
    if (!plans.has(text)) {
      plans.set(text, '');
      await query.call(this, 'SAVEPOINT explained');
      const rows = (await query.call(this, `EXPLAIN (ANALYZE, BUFFERS) ${text}`, values)) as Frame[];
      await query.call(this, 'ROLLBACK TO SAVEPOINT explained');
      plans.set(text, rows.map((row) => `  ${String(row['QUERY PLAN'])}`).join('\n'));
    }
    return query.call(this, text, values);
  });
  return plans;
}

describe('a room’s deletion', () => {
  const left = async ({ id }: TestRoom): Promise<number> => {
    const [row] = await house.dataSource.query<{ count: number }[]>(
      `SELECT (SELECT count(*) FROM timers WHERE room_id = $1) + (SELECT count(*) FROM room_presence WHERE room_id = $1)
         + (SELECT count(*) FROM deleted_rooms WHERE room_id = $1) AS count`,
      [id],
    );
    return Number(row?.count);
  };

  /** All that its members have kept; the counting is this test's own and may take as long as it does. */
  const keptOf = async ({ id }: TestRoom): Promise<number> => {
    const client = new Client({ ...clientConfig(house.connection), query_timeout: 0 });
    await client.connect();
    const text = `SELECT count(*)::int AS count FROM kept_attendances WHERE room_id = $1`;
    const { rows } = await client.query<{ count: number }>(text, [id]);
    await client.end();
    return rows[0]?.count ?? 0;
  };

  it('is answered before all of it is taken apart; what members took part in stays theirs, before, meanwhile and after', async () => {
    const room = await house.create();
    const sessions = Array.from({ length: SESSIONS * 2 }, (_, nth) => {
      const from = NOON - (SESSIONS * 2 - nth) * 60;
      return { id: randomUUID(), room: room.id, from, to: from + 60 };
    });
    await addSessions(sessions);
    const whole = { room: room.id, from: sessions[0]?.from ?? 0, to: NOON };
    const others = Array.from({ length: MEMBERS - 1 }, () => randomUUID());
    await house.dataSource.query(`INSERT INTO users (id) SELECT unnest($1::text[])`, [others]);
    for (const id of [person.id, ...others]) await addStays(id, [whole]);
    const first = async () => (await person.call('GET', '/v1/timers?type=room&limit=200')).body;
    const before = await first();
    const removal = house.app.get(RoomRemoval);
    const began = performance.now();
    expect((await room.call('DELETE', '', room.asHost)).status).toBe(204);
    const answered = performance.now() - began;
    expect(await first()).toEqual(before);
    const plans = SESSIONS > 300 ? plansOfSlices() : new Map<string, string>();
    for (let rest = await left(room); rest > 0; rest = await left(room)) await removal.sweep();
    const took = performance.now() - began;
    expect(await first()).toEqual(before);
    expect(await keptOf(room)).toBe(sessions.length * MEMBERS);
    if (SESSIONS > 300) {
      process.stdout.write(
        `deleting ${sessions.length} sessions of ${MEMBERS} members: answered after ${answered.toFixed(0)} ms, taken apart after ${took.toFixed(0)} ms\n`,
      );
      for (const [text, plan] of plans) process.stdout.write(`${text.trim()}\n${plan}\n`);
    }
  }, 300_000);
});

it('guests and their entries go a day after them; their room was in use until then', async () => {
  const room = await house.create();
  const { participant_id: id } = await room.join('Guest');
  await addStays(null, [{ room: room.id, from: NOON - 90_000, to: NOON - 86_401 }]);
  await addStays(null, [{ room: room.id, from: NOON - 90_000, to: NOON - 86_399 }]);
  await addStays(person.id, [{ room: room.id, from: NOON - 90_000, to: NOON - 86_401 }]);
  await house.dataSource.query(`UPDATE rooms SET used_at = '2020-01-01' WHERE id = $1`, [room.id]);
  house.clock.ms = AT_NOON;
  await house.app.get(ForgottenRooms).forgetGuests();
  const rows = await house.dataSource.query<Frame[]>(
    `SELECT user_id, went_at FROM room_presence WHERE room_id = $1 ORDER BY went_at`,
    [room.id],
  );
  expect(rows.map(({ user_id: user }) => user)).toEqual([person.id, null]);
  const [used] = await house.dataSource.query<{ at: number }[]>(
    `SELECT extract(epoch from used_at)::float8 AS at FROM rooms WHERE id = $1`,
    [room.id],
  );
  expect(used?.at).toBe(NOON - 86_401);
  const remembered = () => house.dataSource.query<unknown[]>(`SELECT FROM participants WHERE id = $1`, [id]);
  expect(await remembered()).toHaveLength(1);
  await house.later(86_401);
  await house.app.get(ForgottenRooms).forgetGuests();
  expect(await remembered()).toHaveLength(0);
});
