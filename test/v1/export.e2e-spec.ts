import { once } from 'node:events';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { parse } from 'csv-parse/sync';
import { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';

import { allHeaders, domainError, type Http, invalid, type Reply, unauthorized } from '../support/http.js';
import { until } from '../support/server.js';
import type { HandClock } from '../support/domain.js';
import { type SignedUp, signUp, startAt, storeSchedule, storeTag, storeTimer } from '../support/stored.js';

const HEADER =
  '\uFEFF"id","origin","title","description","status","started_at","ended_at","elapsed_time","allocated_duration",' +
  '"tags","schedule_id","todo_id"';
const CSV_HEADERS = {
  'content-type': 'text/csv; charset=utf-8; header=present',
  'content-disposition': 'attachment; filename="timers.csv"',
};
const JSON_HEADERS = {
  'content-type': 'application/json; charset=utf-8',
  'content-disposition': 'attachment; filename="timers.json"',
};

let http: Http & { clock: HandClock };
let me: SignedUp;

beforeAll(async () => {
  http = await startAt('2026-03-31T12:00:00Z');
});
afterAll(() => http.close());
beforeEach(async () => {
  me = await signUp(http);
});
afterEach(() => jest.restoreAllMocks());

const get = (query = '') => http.get(`/v1/timers/export${query}`, me.token);
const store = (timer: Parameters<typeof storeTimer>[2]) => storeTimer(http, me.id, timer);
const file = (headers: object, body: unknown): Reply => ({
  status: 200,
  headers: { ...headers, 'transfer-encoding': 'chunked' },
  body,
});

/** So many timers, a second apart, with a description of so many characters. */
async function storeMany(count: number, description = ''): Promise<void> {
  const history = `[{"action":"start","at":1773136800},{"action":"stop","at":1773136807,"elapsed":7}]`;
  await http.query(
    `INSERT INTO timers (id, user_id, title, description, status, elapsed_time, started_at, history, created_at,
       updated_at, ended_at, origin, allocated_duration, revision)
     SELECT gen_random_uuid(), $1, 'n' || n, $3, 'completed', 7, to_timestamp(1773136800), $2,
       to_timestamp(1773136800 + n), now(), to_timestamp(1773136807), 'v1', 1500, 1 FROM generate_series(1, $4::int) n`,
    [me.id, history, description, count],
  );
}

describe('GET /v1/timers/export', () => {
  it('is no timer with the id export, and is CSV with nothing but a header for who has no timers', async () => {
    expect(await get()).toEqual(file(CSV_HEADERS, `${HEADER}\r\n`));
    expect(await get('?format=json')).toEqual(file(JSON_HEADERS, []));
  });

  it('writes RFC 4180: lines end in CRLF, every text is quoted, own timers newest first', async () => {
    const [art, zoo] = [await storeTag(http, me.id, 'art'), await storeTag(http, me.id, 'zoo, "big"')];
    const times = { start: '2026-03-01T00:00:00Z', end: '2026-03-01T01:00:00Z' };
    const scheduleId = await storeSchedule(http, me.id, times);
    const done = await store({
      title: 'Line one\nline "two"',
      description: 'a, b\rc',
      segments: [['2026-03-10T23:00:00Z', '2026-03-10T23:30:00Z']],
      tagIds: [zoo, art],
      scheduleId,
      todoId: '0190a1b2-0000-7000-8000-000000000001',
    });
    const running = await store({ status: 'running', segments: [['2026-03-31T11:59:00Z']] });
    await storeTimer(http, (await signUp(http)).id, { segments: [['2026-03-10T23:00:00Z', '2026-03-10T23:30:00Z']] });
    const links = `"${scheduleId}","0190a1b2-0000-7000-8000-000000000001"`;
    const lines = [
      HEADER,
      `"${running}","v1",,,"RUNNING","2026-03-31T13:59:00+02:00",,60,1500,"",,`,
      `"${done}","v1","Line one\nline ""two""","a, b\rc","COMPLETED","2026-03-11T00:00:00+01:00","2026-03-11T00:30:00+01:00",` +
        `1800,1500,"art; zoo, ""big""",${links}`,
    ];
    expect(await get('?format=csv&timezone=Europe/Berlin')).toEqual(
      file(CSV_HEADERS, lines.map((line) => `${line}\r\n`).join('')),
    );
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', '\nx'])('puts an apostrophe before %j', async (text) => {
    const id = await store({
      title: text,
      description: `x${text}`,
      segments: [['2026-03-10T23:00:00Z', '2026-03-10T23:30:00Z']],
    });
    const { body } = await get();
    const [record] = parse(String(body), { columns: true, bom: true });
    expect(record).toMatchObject({ id, title: `'${text}`, description: `x${text}` });
    expect(String(body)).toContain(`"'${text}","x${text}"`);
  });

  it('is an array of the very objects that the list has, as JSON', async () => {
    const tagIds = [await storeTag(http, me.id, 'art')];
    await store({ title: 'one', segments: [['2026-03-10T23:00:00Z', '2026-03-10T23:30:00Z']], tagIds });
    await store({ status: 'paused', segments: [['2026-03-11T23:00:00Z', '2026-03-11T23:30:00Z']] });
    const { body: list } = await http.get('/v1/timers?tag_include_mode=timer_only&timezone=Asia/Seoul', me.token);
    expect(list).toHaveLength(2);
    expect(await get('?format=json&timezone=Asia/Seoul')).toEqual(file(JSON_HEADERS, list));
  });

  it('has those that started on the days from and to, in the zone', async () => {
    for (const start of [
      '2026-03-28T22:59:59Z',
      '2026-03-28T23:00:00Z',
      '2026-03-29T21:59:59Z',
      '2026-03-29T22:00:00Z',
    ]) {
      await store({ title: start, segments: [[start, '2026-03-30T12:00:00Z']], createdAt: '2026-03-30T12:00:00Z' });
    }
    const titles = async (query: string) =>
      ((await get(`?format=json${query}`)).body as { title: string }[]).map(({ title }) => title.slice(8, 13)).sort();
    expect(await titles('&from=2026-03-29&to=2026-03-29&timezone=Europe/Berlin')).toEqual(['28T23', '29T21']);
    expect(await titles('&from=2026-03-29')).toEqual(['29T21', '29T22']);
    expect(await titles('&to=2026-03-28')).toEqual(['28T22', '28T23']);
  });

  it('has each of thousands once, in order, across pages with equal times', async () => {
    await storeMany(5_001);
    await http.query(`UPDATE timers SET created_at = date_trunc('minute', created_at) WHERE user_id = $1`, [me.id]);
    const { body } = await get();
    const records: { id: string }[] = parse(String(body), { columns: true, bom: true });
    const stored = await http.query<{ id: string }>(
      `SELECT id FROM timers WHERE user_id = $1 ORDER BY created_at DESC, id DESC`,
      [me.id],
    );
    // Not as lists: to show how thousands differ takes minutes.
    expect(records.map(({ id }) => id).join() === stored.map(({ id }) => id).join()).toBe(true);
    expect(((await get('?format=json')).body as unknown[]).length).toBe(5_001);
  });

  it('is not read faster than it is taken, in small batches, and no further when the client hangs up', async () => {
    await storeMany(4_000, 'x'.repeat(9_000));
    const loaded = loadedRows();
    expect(((await get('?format=json')).body as unknown[]).length).toBe(4_000);
    // 2 MB at most, of 36.
    expect(Math.max(...loaded)).toBeLessThan(2_000_000 / 9_000);
    expect(loaded.length).toBeLessThan(25);
    loaded.splice(0);
    const answer = await open('?format=json');
    answer.pause();
    await standsStill(() => loaded.length);
    const read = loaded.length;
    // The connection takes a few MB before it is full.
    expect(read).toBeLessThan(10);
    answer.destroy();
    const aborted = /"msg":"request aborted".*"route":"\/v1\/timers\/export"/;
    await until(() => http.lines.some((line) => aborted.test(line)), 3_000);
    await standsStill(() => loaded.length);
    expect(loaded.length - read).toBeLessThan(3);
    expect(http.lines.filter((line) => line.includes('unexpected error'))).toEqual([]);
  });

  it('looks no further for a client that is gone, though nothing was found yet', async () => {
    await storeMany(30_000);
    const statements = jest.spyOn(http.app.get(Pool), 'query');
    const call = httpGet(`${http.url}/v1/timers/export?to=1999-12-31`, {
      headers: { Authorization: `Bearer ${me.token}` },
      agent: false,
    });
    call.on('error', () => undefined);
    await until(() => statements.mock.calls.length > 3, 3_000);
    call.destroy();
    await standsStill(() => statements.mock.calls.length);
    // Fifteen pages would be all.
    expect(statements.mock.calls.length).toBeLessThan(12);
  });

  it('does not grow in memory with what it sends', async () => {
    await storeMany(6_000, 'é'.repeat(4_000));
    const before = process.memoryUsage().rss;
    let [bytes, most] = [0, 0];
    const answer = await open('?format=csv');
    answer.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      most = Math.max(most, process.memoryUsage().rss);
    });
    await once(answer, 'end');
    expect(bytes).toBeGreaterThan(48_000_000);
    // Held whole it would be these 48 MB as bytes, twice as much as text, and the objects.
    expect(most - before).toBeLessThan(96_000_000);
  });

  it('cuts the connection when it fails on the way, so that nobody takes the rest for the whole', async () => {
    await storeMany(4_000, 'x'.repeat(9_000));
    const pool = http.app.get(Pool);
    const query = pool.query.bind(pool) as (...all: unknown[]) => unknown;
    let statements = 0;
    const failing: unknown = (...all: unknown[]) => {
      statements += 1;
      return statements > 6 ? Promise.reject(new Error('secret detail')) : query(...all);
    };
    jest.spyOn(pool, 'query').mockImplementation(failing as () => void);
    const answer = await open('?format=json');
    expect(answer.statusCode).toBe(200);
    await expect(textOf(answer)).rejects.toThrow('aborted');
    expect(http.lines.some((line) => line.includes('unexpected error'))).toBe(true);
    http.lines.splice(0);
  });

  it('answers what fails before the first byte like any other call', async () => {
    await storeMany(1);
    const failing: unknown = () => Promise.reject(new Error('secret detail'));
    jest.spyOn(http.app.get(Pool), 'query').mockImplementation(failing as () => void);
    expect(await get()).toEqual(domainError(500, 'InternalServerError', 'Internal server error', '/v1/timers/export'));
  });
});

describe('GET /v1/timers/export refuses', () => {
  it('strangers', async () => {
    expect(await http.get('/v1/timers/export')).toEqual(unauthorized('Authorization header missing'));
  });

  it('other formats, unreadable dates, a range that ends before it begins, unknown zones', async () => {
    expect(await get('?format=xml&from=x')).toEqual(
      invalid(
        {
          type: 'enum',
          loc: ['query', 'format'],
          msg: `Input should be 'csv' or 'json'`,
          input: 'xml',
          ctx: { expected: `'csv' or 'json'` },
        },
        {
          type: 'date_from_datetime_parsing',
          loc: ['query', 'from'],
          msg: 'Input should be a valid date or datetime',
          input: 'x',
          ctx: { error: 'not a date from 1970-01-01 to 9999-12-31' },
        },
      ),
    );
    expect(await get('?from=2026-03-02&to=2026-03-01')).toEqual(
      invalid({
        type: 'value_error',
        loc: ['query', 'to'],
        msg: 'Value error, to must not be before from',
        input: '2026-03-01',
        ctx: { error: {} },
      }),
    );
    expect(await get('?timezone=Mars/Base')).toEqual(
      domainError(400, 'InvalidTimezoneError', 'Invalid timezone: Mars/Base', '/v1/timers/export'),
    );
  });

  it('other methods', async () => {
    const answer = await http.call({ method: 'PUT', path: '/v1/timers/export', token: me.token });
    expect([answer.status, answer.body]).toEqual([405, { detail: 'Method Not Allowed' }]);
    expect(allHeaders(answer).allow).toContain('GET');
    expect((await http.get(`/v1/timers/${uuidv7()}`, me.token)).status).toBe(404);
  });
});

/** The answer as soon as it begins. */
function open(query: string): Promise<IncomingMessage> {
  const headers = { Authorization: `Bearer ${me.token}` };
  return new Promise((resolve, reject) => {
    httpGet(`${http.url}/v1/timers/export${query}`, { headers, agent: false }, resolve).on('error', reject);
  });
}

/** How many whole timers each statement gave, as they are sent. */
function loadedRows(): number[] {
  const pool = http.app.get(Pool);
  const query = pool.query.bind(pool) as (...all: unknown[]) => Promise<{ rows: object[] }>;
  const loaded: number[] = [];
  const watched: unknown = async (...all: unknown[]) => {
    const result = await query(...all);
    if (result.rows.some((row) => 'history' in row)) loaded.push(result.rows.length);
    return result;
  };
  jest.spyOn(pool, 'query').mockImplementation(watched as () => void);
  return loaded;
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  return text;
}

/** Waits until a number has not changed for 200 ms. */
async function standsStill(count: () => number): Promise<void> {
  let [seen, since] = [count(), Date.now()];
  await until(() => {
    if (count() !== seen) [seen, since] = [count(), Date.now()];
    return Date.now() - since > 200;
  }, 5_000);
}
