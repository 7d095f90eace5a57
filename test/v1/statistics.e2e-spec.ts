import { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';

import { RoomHistory } from '../../src/v1/statistics/room-history.js';
import type { Segment } from '../../src/timer-domain/rules/segments.js';
import { domainError, type Http, invalid, reply, unauthorized } from '../support/http.js';
import { at, type SignedUp, signUp, startAt, storeSchedule, storeTag, storeTimer } from '../support/stored.js';
import type { HandClock } from '../support/domain.js';

const NOW = '2026-03-31T12:00:00Z';

/** What rooms will tell, by person. */
class Rooms extends RoomHistory {
  readonly sessions = new Map<string, Segment[][]>();

  async *segmentsOf(userId: string): AsyncGenerator<readonly Segment[]> {
    yield* await Promise.resolve(this.sessions.get(userId) ?? []);
  }
}

let http: Http & { clock: HandClock };
let me: SignedUp;
const rooms = new Rooms();

beforeAll(async () => {
  http = await startAt(NOW, { override: (builder) => builder.overrideProvider(RoomHistory).useValue(rooms) });
});
afterAll(() => http.close());
beforeEach(async () => {
  me = await signUp(http);
  http.clock.ms = at(NOW) * 1_000;
});

const get = (query: string) => http.get(`/v1/statistics?${query}`, me.token);
const store = (timer: Parameters<typeof storeTimer>[2]) => storeTimer(http, me.id, timer);
const minutes = (start: string, end: string): [string, string] => [`2026-03-${start}:00Z`, `2026-03-${end}:00Z`];

describe('GET /v1/statistics', () => {
  it('is empty for somebody who did nothing, in UTC by day', async () => {
    expect(await get('from=2026-03-01&to=2026-03-31')).toEqual(
      reply(200, {
        from: '2026-03-01',
        to: '2026-03-31',
        timezone: 'UTC',
        group_by: 'day',
        total_seconds: 0,
        timers: 0,
        groups: [],
      }),
    );
  });

  it('counts own timers of every status on the days the time was spent, a running one up to now', async () => {
    await store({ segments: [minutes('29T23:50', '30T00:10')] });
    await store({ status: 'cancelled', segments: [minutes('30T01:00', '30T01:01')] });
    await store({ status: 'paused', segments: [minutes('30T02:00', '30T02:01')] });
    await store({ status: 'running', segments: [minutes('30T03:00', '30T03:01'), ['2026-03-31T11:59:00Z']] });
    await storeTimer(http, (await signUp(http)).id, { segments: [minutes('30T05:00', '30T06:00')] });
    http.clock.ms += 1_900;
    expect(await get('from=2026-03-29&to=2026-03-31')).toEqual(
      reply(200, {
        from: '2026-03-29',
        to: '2026-03-31',
        timezone: 'UTC',
        group_by: 'day',
        total_seconds: 600 + 600 + 180 + 61,
        timers: 4,
        groups: [
          { key: '2026-03-29', label: '2026-03-29', seconds: 600, timers: 1 },
          { key: '2026-03-30', label: '2026-03-30', seconds: 780, timers: 4 },
          { key: '2026-03-31', label: '2026-03-31', seconds: 61, timers: 1 },
        ],
      }),
    );
  });

  it('finds what overlaps the range however it was entered: long ago, by hand, corrected', async () => {
    await store({ segments: [['2026-01-01T00:00:00Z', '2026-03-10T00:00:30Z']] });
    await store({ segments: [minutes('10T10:00', '10T10:01')], createdAt: '2026-03-31T00:00:00Z' });
    await store({ segments: [minutes('10T11:00', '10T11:02')], createdAt: '2026-03-01T00:00:00Z' });
    await store({ segments: [['2026-03-09T00:00:00Z', '2026-03-10T00:00:00Z']] });
    await store({ segments: [['2026-03-11T00:00:00Z', '2026-03-12T00:00:00Z']] });
    expect((await get('from=2026-03-10&to=2026-03-10')).body).toMatchObject({ total_seconds: 210, timers: 3 });
  });

  it.each([
    ['Europe/Berlin', '2026-03-29', 82_800],
    ['Europe/Berlin', '2025-10-26', 90_000],
    ['Asia/Seoul', '2026-03-29', 86_400],
    ['%2B05:30', '2026-03-29', 86_400],
    ['Asia/Kolkata', '2026-03-29', 86_400],
  ])('a day of %s on %s has %d seconds', async (zone, date, seconds) => {
    await store({ segments: [['2025-01-01T00:00:00Z', '2026-03-31T00:00:00Z']] });
    const { body } = await get(`from=${date}&to=${date}&timezone=${zone}`);
    expect(body).toEqual({
      from: date,
      to: date,
      timezone: decodeURIComponent(zone),
      group_by: 'day',
      total_seconds: seconds,
      timers: 1,
      groups: [{ key: date, label: date, seconds, timers: 1 }],
    });
  });

  it('speaks of days in the zone of the person when none is named', async () => {
    await http.query(`UPDATE users SET timezone = 'Asia/Seoul' WHERE id = $1`, [me.id]);
    await store({ segments: [minutes('10T14:59', '10T15:01')] });
    const days = (first: number, second: number) => ({
      total_seconds: first + second,
      groups: [
        { key: '2026-03-10', label: '2026-03-10', seconds: first, timers: 1 },
        { key: '2026-03-11', label: '2026-03-11', seconds: second, timers: 1 },
      ],
    });
    const range = 'from=2026-03-10&to=2026-03-11';
    expect((await get(range)).body).toMatchObject({ timezone: 'Asia/Seoul', ...days(60, 60) });
    expect((await get(`${range}&timezone=`)).body).toMatchObject({ timezone: 'Asia/Seoul' });
    expect((await get(`${range}&timezone=UTC`)).body).toMatchObject({ timezone: 'UTC', total_seconds: 120, timers: 1 });
  });

  it('puts weeks under their Monday and months under their first', async () => {
    await store({ segments: [minutes('01T23:59', '02T00:02')] });
    expect((await get('from=2026-02-28&to=2026-03-31&group_by=week')).body).toMatchObject({
      group_by: 'week',
      groups: [
        { key: '2026-02-23', label: '2026-02-23', seconds: 60, timers: 1 },
        { key: '2026-03-02', label: '2026-03-02', seconds: 120, timers: 1 },
      ],
    });
    expect((await get('from=2026-02-28&to=2026-03-31&group_by=month')).body).toMatchObject({
      group_by: 'month',
      groups: [{ key: '2026-03-01', label: '2026-03-01', seconds: 180, timers: 1 }],
    });
  });

  it('counts a timer under each of its tags and once in the total; groups by seconds, then name', async () => {
    const [zoo, art, gone] = [await storeTag(http, me.id, 'zoo'), await storeTag(http, me.id, 'art'), uuidv7()];
    const hour = minutes('10T10:00', '10T11:00');
    await store({ segments: [hour], tagIds: [zoo, art] });
    await store({ segments: [hour], tagIds: [art, gone] });
    await store({ segments: [hour], tagIds: [zoo] });
    await store({ segments: [hour, minutes('10T12:00', '10T14:00')], tagIds: [gone] });
    await store({ segments: [hour] });
    expect(await get('from=2026-03-01&to=2026-03-31&group_by=tag&timezone=Europe/Berlin')).toEqual(
      reply(200, {
        from: '2026-03-01',
        to: '2026-03-31',
        timezone: 'Europe/Berlin',
        group_by: 'tag',
        total_seconds: 7 * 3_600,
        timers: 5,
        groups: [
          { key: null, label: 'none', seconds: 14_400, timers: 2 },
          { key: art, label: 'art', seconds: 7_200, timers: 2 },
          { key: zoo, label: 'zoo', seconds: 7_200, timers: 2 },
        ],
      }),
    );
  });

  it('names schedules by their current title and puts deleted ones under null', async () => {
    const times = { start: '2026-03-01T00:00:00Z', end: '2026-03-01T01:00:00Z' };
    const plan = await storeSchedule(http, me.id, { title: 'Plan', ...times });
    const others = await storeSchedule(http, (await signUp(http)).id, { title: 'Secret', ...times });
    await http.query(`UPDATE schedules SET title = 'Renamed' WHERE id = $1`, [plan]);
    await store({ segments: [minutes('10T10:00', '10T11:00')], scheduleId: plan });
    await store({ segments: [minutes('10T10:00', '10T10:30')], scheduleId: uuidv7() });
    await store({ segments: [minutes('10T10:00', '10T10:01')], scheduleId: others });
    const groups = (name: string) => get(`from=2026-03-01&to=2026-03-31&group_by=${name}`);
    expect((await groups('schedule')).body).toMatchObject({
      groups: [
        { key: plan, label: 'Renamed', seconds: 3_600, timers: 1 },
        { key: null, label: 'none', seconds: 1_860, timers: 2 },
      ],
    });
    expect((await groups('todo')).body).toMatchObject({
      groups: [{ key: null, label: 'none', seconds: 5_460, timers: 3 }],
    });
  });

  it('counts sessions of rooms only when asked to, on their days or as the group room', async () => {
    rooms.sessions.set(me.id, [[{ start: at('2026-03-10T23:59:00Z'), end: at('2026-03-11T00:05:00Z') }]]);
    await store({ segments: [minutes('10T10:00', '10T10:01')] });
    const range = 'from=2026-03-10&to=2026-03-11';
    expect((await get(range)).body).toMatchObject({ total_seconds: 60, timers: 1 });
    expect((await get(`${range}&include=rooms`)).body).toMatchObject({
      total_seconds: 420,
      timers: 2,
      groups: [
        { key: '2026-03-10', label: '2026-03-10', seconds: 120, timers: 2 },
        { key: '2026-03-11', label: '2026-03-11', seconds: 300, timers: 1 },
      ],
    });
    for (const group of ['tag', 'todo', 'schedule']) {
      expect((await get(`${range}&include=ROOMS&group_by=${group}`)).body).toMatchObject({
        groups: [
          { key: 'room', label: 'room', seconds: 360, timers: 1 },
          { key: null, label: 'none', seconds: 60, timers: 1 },
        ],
      });
    }
  });

  it('adds up thousands of timers in pages, the event loop free between them', async () => {
    const history = `[{"action":"start","at":1773136800},{"action":"stop","at":1773136807,"elapsed":7}]`;
    await http.query(
      `INSERT INTO timers (id, user_id, status, elapsed_time, started_at, history, created_at, updated_at, ended_at,
         origin, allocated_duration, revision)
       SELECT gen_random_uuid(), $1, 'completed', 7, to_timestamp(1773136800), $2, to_timestamp(1773136800 + n / 3),
         now(), to_timestamp(1773136807), 'v1', 1500, 1 FROM generate_series(1, 12345) n`,
      [me.id, history],
    );
    const statements = countQueries(http.app.get(Pool));
    let turns = 0;
    const ticking = setInterval(() => (turns += 1), 1);
    expect((await get('from=2026-03-10&to=2026-03-10')).body).toMatchObject({
      total_seconds: 12_345 * 7,
      timers: 12_345,
    });
    clearInterval(ticking);
    // Seven pages of 2,000 and their batches of 500, none of them larger.
    expect(statements.largest()).toBe(2_000);
    expect(statements.restore()).toBeGreaterThan(7 + 24);
    expect(turns).toBeGreaterThan(10);
  });
});

describe('GET /v1/statistics refuses', () => {
  const date = (input: string, name: string) => ({
    type: 'date_from_datetime_parsing',
    loc: ['query', name],
    msg: 'Input should be a valid date or datetime',
    input,
    ctx: { error: 'not a date from 1970-01-01 to 9999-12-31' },
  });
  const missing = (name: string) => ({ type: 'missing', loc: ['query', name], msg: 'Field required' });
  const wrongEnd = (reason: string, input: string) => ({
    type: 'value_error',
    loc: ['query', 'to'],
    msg: `Value error, ${reason}`,
    input,
    ctx: { error: {} },
  });

  it('strangers', async () => {
    expect(await http.get('/v1/statistics?from=2026-03-01&to=2026-03-31')).toEqual(
      unauthorized('Authorization header missing'),
    );
  });

  it('missing and unreadable dates, all at once', async () => {
    expect(await get('')).toEqual(invalid(missing('from'), missing('to')));
    expect(await get('from=2026-02-30&to=yesterday')).toEqual(
      invalid(date('2026-02-30', 'from'), date('yesterday', 'to')),
    );
  });

  it('a range that ends before it begins or has more than 400 days', async () => {
    expect(await get('from=2026-03-02&to=2026-03-01')).toEqual(
      invalid(wrongEnd('to must not be before from', '2026-03-01')),
    );
    expect((await get('from=2026-03-01&to=2026-03-01')).status).toBe(200);
    expect(await get('from=2025-01-01&to=2026-02-05')).toEqual(
      invalid(wrongEnd('from and to must span 400 days at most', '2026-02-05')),
    );
    expect((await get('from=2025-01-01&to=2026-02-04')).status).toBe(200);
  });

  it('unknown groupings and things to include', async () => {
    const expected = `'day', 'week', 'month', 'tag', 'todo' or 'schedule'`;
    expect(await get('from=2026-03-01&to=2026-03-01&group_by=year&include=friends')).toEqual(
      invalid(
        {
          type: 'enum',
          loc: ['query', 'group_by'],
          msg: `Input should be ${expected}`,
          input: 'year',
          ctx: { expected },
        },
        {
          type: 'enum',
          loc: ['query', 'include', 0],
          msg: `Input should be 'rooms'`,
          input: 'friends',
          ctx: { expected: `'rooms'` },
        },
      ),
    );
  });

  it('an unknown zone', async () => {
    expect(await get('from=2026-03-01&to=2026-03-01&timezone=Mars/Base')).toEqual(
      domainError(400, 'InvalidTimezoneError', 'Invalid timezone: Mars/Base', '/v1/statistics'),
    );
  });
});

/** Counts the pool's statements and how many rows the largest of them gave. */
function countQueries(pool: Pool) {
  let statements = 0;
  let largest = 0;
  const original = pool.query.bind(pool) as (...all: unknown[]) => Promise<{ rows: unknown[] }>;
  const counted: unknown = async (...all: unknown[]) => {
    const result = await original(...all);
    statements += 1;
    largest = Math.max(largest, result.rows.length);
    return result;
  };
  const spy = jest.spyOn(pool, 'query').mockImplementation(counted as () => void);
  return {
    largest: () => largest,
    restore: () => {
      spy.mockRestore();
      return statements;
    },
  };
}
