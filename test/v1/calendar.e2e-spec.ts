import { rrulestr } from 'rrule';

import { allHeaders, domainError, type Http, NO_STORE, OK, type Reply, reply, unauthorized } from '../support/http.js';
import type { HandClock } from '../support/domain.js';
import { at, type SignedUp, signUp, startAt, storeException, storeSchedule, storeTimer } from '../support/stored.js';

const NOW = '2026-03-31T12:00:00Z';
const NOT_FOUND = reply(404, { detail: 'Not Found' });
const FEED_HEADERS = {
  'content-type': 'text/calendar; charset=utf-8',
  'content-disposition': 'inline; filename="metronome.ics"',
  'cache-control': 'private, no-cache',
  etag: expect.stringMatching(/^"[\w-]{43}"$/) as string,
};
const HEAD = [
  'BEGIN:VCALENDAR',
  'VERSION:2.0',
  'PRODID:-//Metronome//Metronome//EN',
  'METHOD:PUBLISH',
  'NAME:Metronome',
  'X-WR-CALNAME:Metronome',
  'REFRESH-INTERVAL;VALUE=DURATION:PT1H',
  'X-PUBLISHED-TTL:PT1H',
];
const STORED = ['CREATED:20260101T000000Z', 'LAST-MODIFIED:20260101T000000Z', 'END:VEVENT'];

let http: Http & { clock: HandClock };
let me: SignedUp;
let feed: string;

/** The path of a new feed. */
async function openFeed(of: Http, { token }: SignedUp): Promise<string> {
  const { body } = await of.post('/v1/users/me/calendar', undefined, token);
  return new URL((body as { url: string }).url).pathname;
}

beforeAll(async () => {
  http = await startAt(NOW);
});
afterAll(() => http.close());
beforeEach(async () => {
  http.clock.ms = at(NOW) * 1_000;
  me = await signUp(http);
  feed = await openFeed(http, me);
});

const calendar = (...lines: string[]): Reply => ({
  status: 200,
  headers: FEED_HEADERS,
  body: [...HEAD, ...lines, 'END:VCALENDAR', ''].join('\r\n'),
});
const begin = (uid: string, start: string, end: string, stamp = '20260101T000000Z'): string[] => [
  'BEGIN:VEVENT',
  `UID:${uid}`,
  'SEQUENCE:0',
  `DTSTAMP:${stamp}`,
  `DTSTART:${start}`,
  `DTEND:${end}`,
];
const linesOf = ({ body }: Reply): string[] => String(body).replaceAll('\r\n ', '').split('\r\n');
const MONDAY_HOUR = { start: '2026-03-02T09:00:00Z', end: '2026-03-02T10:00:00Z' };

describe('a calendar feed', () => {
  it('is opened with a new secret each time, of which only the hash is kept; the old one dies', async () => {
    const opened = await http.post('/v1/users/me/calendar', undefined, me.token);
    expect(opened).toEqual(
      reply(
        201,
        { url: expect.stringMatching(/^http:\/\/localhost:\d+\/v1\/calendar\/[\w-]{43}\.ics$/) as string },
        NO_STORE,
      ),
    );
    expect(await http.get(feed)).toEqual(NOT_FOUND);
    const path = new URL((opened.body as { url: string }).url).pathname;
    expect(await http.get(path)).toEqual(calendar());
    const [user] = await http.query<{ hash: Buffer }>(`SELECT calendar_secret_hash AS hash FROM users WHERE id = $1`, [
      me.id,
    ]);
    expect(user?.hash).toHaveLength(32);
  });

  it('is closed for good, however often', async () => {
    const close = () => http.call({ method: 'DELETE', path: '/v1/users/me/calendar', token: me.token });
    expect(await close()).toEqual(OK);
    expect(await http.get(feed)).toEqual(NOT_FOUND);
    expect(await close()).toEqual(OK);
  });

  it('is nobody else’s to open or close, and has no other methods', async () => {
    const missing = unauthorized('Authorization header missing');
    expect(await http.post('/v1/users/me/calendar')).toEqual(missing);
    expect(await http.call({ method: 'DELETE', path: '/v1/users/me/calendar' })).toEqual(missing);
    expect(await http.post(feed)).toEqual(reply(405, { detail: 'Method Not Allowed' }, { allow: 'GET, HEAD' }));
  });

  it('knows no other secrets, well-formed or not', async () => {
    const others = ['x'.repeat(43), 'x', '%00'.repeat(43), 'é', feed.slice('/v1/calendar/'.length, -5)];
    for (const secret of others) expect(await http.get(`/v1/calendar/${secret}.ics`)).toEqual(NOT_FOUND);
    expect(await http.get(feed.replace('.ics', ''))).toEqual(NOT_FOUND);
  });

  it('is not in the log, nor are wrong secrets: the route’s pattern is', async () => {
    const secret = feed.slice('/v1/calendar/'.length, -'.ics'.length);
    await http.get(feed);
    await http.get(`/v1/calendar/${secret}.ical`);
    await http.get(`/v1/calendar/${secret.toLowerCase()}.ics`);
    const log = http.lines.join('');
    expect(log).toContain('"route":"/v1/calendar/:secret.ics"');
    expect(log.toLowerCase()).not.toContain(secret.toLowerCase());
  });

  it('answers 304 as long as nothing has changed', async () => {
    const id = await storeSchedule(http, me.id, MONDAY_HOUR);
    const first = await http.get(feed);
    const etag = String(first.headers['etag']);
    const again = (tag: string) => http.call({ method: 'GET', path: feed, headers: { 'If-None-Match': tag } });
    http.clock.ms += 3_600_000;
    const headers = Object.fromEntries(Object.entries(first.headers).filter(([name]) => name !== 'content-type'));
    expect(await again(etag)).toEqual({ status: 304, headers, body: '' });
    expect((await again(`W/${etag}, "other"`)).status).toBe(304);
    expect((await again('*')).status).toBe(304);
    for (const wish of ['no-cache', 'max-age=0', 'max-age=0, no-cache']) {
      const wished = { 'If-None-Match': etag, 'Cache-Control': wish };
      expect([wish, (await http.call({ method: 'GET', path: feed, headers: wished })).status]).toEqual([wish, 304]);
    }
    expect(await again('"other"')).toEqual(first);
    await http.query(`UPDATE schedules SET title = 'New' WHERE id = $1`, [id]);
    const changed = await again(etag);
    expect(changed.status).toBe(200);
    expect(changed.headers['etag']).not.toBe(etag);
  });
});

describe('a calendar feed has', () => {
  it('own schedules, latest first, with text escaped and long lines folded between characters', async () => {
    const description = `${'é'.repeat(60)};\r\nsecond, line\\ \u0007${'😀'.repeat(30)}`;
    const first = await storeSchedule(http, me.id, { ...MONDAY_HOUR, title: 'A; b, c\nBEGIN:VEVENT', description });
    const later = { start: '2026-03-02T10:00:00Z', end: '2026-03-02T10:30:00Z' };
    const second = await storeSchedule(http, me.id, { ...later, title: 'Sure', state: 'CONFIRMED' });
    const third = await storeSchedule(http, me.id, { ...later, title: 'Off', state: 'CANCELLED' });
    await storeSchedule(http, (await signUp(http)).id, { ...MONDAY_HOUR, title: 'Not mine' });
    const answer = await http.get(feed);
    expect(
      String(answer.body)
        .split('\r\n')
        .every((line) => Buffer.byteLength(line) <= 75),
    ).toBe(true);
    expect({ ...answer, body: String(answer.body).replaceAll('\r\n ', '') }).toEqual(
      calendar(
        ...begin(third, '20260302T100000Z', '20260302T103000Z'),
        ...['SUMMARY:Off', 'STATUS:CANCELLED', ...STORED],
        ...begin(second, '20260302T100000Z', '20260302T103000Z'),
        ...['SUMMARY:Sure', 'STATUS:CONFIRMED', ...STORED],
        ...begin(first, '20260302T090000Z', '20260302T100000Z'),
        'SUMMARY:A\\; b\\, c\\nBEGIN:VEVENT',
        `DESCRIPTION:${'é'.repeat(60)}\\;\\nsecond\\, line\\\\ ${'😀'.repeat(30)}`,
        ...['STATUS:TENTATIVE', ...STORED],
      ),
    );
  });

  it('masters with their rule, deleted occurrences as EXDATE, moved ones under their RECURRENCE-ID', async () => {
    const rule = 'rrule:freq=daily;interval=2';
    const until = { rule, recurrenceEnd: '2026-03-10T09:00:00Z' };
    const id = await storeSchedule(http, me.id, { ...MONDAY_HOUR, title: 'Run', ...until });
    await storeException(http, id, { original: '2026-03-04T09:00:00Z', deleted: true });
    await storeException(http, id, { original: '2026-03-06T09:00:00Z', title: 'Swim' });
    const moved = { start: '2026-03-08T12:00:00Z', end: '2026-03-08T14:00:00Z' };
    await storeException(http, id, { original: '2026-03-08T09:00:00Z', ...moved });
    await storeException(http, id, { original: '2026-03-10T09:00:00Z', deleted: true });
    // Neither of these shows: not an occurrence any more, beyond the end, changed in its tags alone.
    await storeException(http, id, { original: '2026-03-07T09:00:00Z', title: 'Stale' });
    await storeException(http, id, { original: '2026-03-12T09:00:00Z', title: 'Beyond' });
    await storeException(http, id, { original: '2026-03-02T09:00:00Z' });
    expect(await http.get(feed)).toEqual(
      calendar(
        ...begin(id, '20260302T090000Z', '20260302T100000Z'),
        'RRULE:FREQ=DAILY;INTERVAL=2;UNTIL=20260310T090000Z',
        'EXDATE:20260304T090000Z,20260310T090000Z',
        ...['SUMMARY:Run', 'STATUS:TENTATIVE', ...STORED],
        ...begin(id, '20260306T090000Z', '20260306T100000Z'),
        ...['RECURRENCE-ID:20260306T090000Z', 'SUMMARY:Swim', 'STATUS:TENTATIVE', ...STORED],
        ...begin(id, '20260308T120000Z', '20260308T140000Z'),
        ...['RECURRENCE-ID:20260308T090000Z', 'SUMMARY:Run', 'STATUS:TENTATIVE', ...STORED],
      ),
    );
  });

  it('rules written anew, FREQ first and numbers ascending', async () => {
    await storeSchedule(http, me.id, { ...MONDAY_HOUR, rule: 'BYHOUR=9,6;BYDAY=we,MO;freq=WEEKLY;COUNT=3' });
    expect(linesOf(await http.get(feed))).toContain('RRULE:FREQ=WEEKLY;BYDAY=MO,WE;BYHOUR=6,9;COUNT=3');
  });

  it('single events for rules that cannot be read, and nothing of what never occurs', async () => {
    const id = await storeSchedule(http, me.id, { ...MONDAY_HOUR, rule: 'FREQ=SOMETIMES' });
    await storeSchedule(http, me.id, { ...MONDAY_HOUR, rule: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30' });
    await storeSchedule(http, me.id, { ...MONDAY_HOUR, rule: 'FREQ=DAILY;UNTIL=20260101' });
    expect(await http.get(feed)).toEqual(
      calendar(
        ...begin(id, '20260302T090000Z', '20260302T100000Z'),
        ...['SUMMARY:Plan', 'STATUS:TENTATIVE', ...STORED],
      ),
    );
  });

  it.each([
    ['FREQ=WEEKLY;COUNT=3', null],
    ['FREQ=WEEKLY;COUNT=30', '2026-04-01T00:00:00Z'],
    ['FREQ=WEEKLY;COUNT=3', '2026-06-01T00:00:00Z'],
    ['FREQ=WEEKLY;COUNT=4', '2026-04-01T00:00:00Z'],
    ['FREQ=WEEKLY;COUNT=5', '2026-03-30T09:00:00Z'],
    ['FREQ=WEEKLY;COUNT=9;UNTIL=20260401', '2027-06-01T00:00:00Z'],
    ['FREQ=WEEKLY;UNTIL=20260401T090000', null],
    ['FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR', '2027-06-01T00:00:00Z'],
    ['FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=5', null],
    ['FREQ=DAILY;BYHOUR=7,17;COUNT=5', null],
    ['FREQ=YEARLY;BYMONTH=6', '2031-01-01T00:00:00Z'],
    ['FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU;COUNT=7', null],
    ['FREQ=MONTHLY;BYDAY=TU,WE,TH;BYSETPOS=2;COUNT=6', null],
  ])('a series that means what the list of schedules says: %s until %s', async (rule, recurrenceEnd) => {
    await storeSchedule(http, me.id, { ...MONDAY_HOUR, rule, recurrenceEnd });
    const { body } = await http.get('/v1/schedules?start_date=2026-01-01&end_date=2032-01-01', me.token);
    const listed = (body as { start_time: string }[]).map(({ start_time }) => start_time);
    expect(listed.length).toBeGreaterThan(2);
    const lines = linesOf(await http.get(feed));
    const valueOf = (name: string) => lines.find((line) => line.startsWith(name))?.slice(name.length) ?? '';
    const text = `DTSTART:${valueOf('DTSTART:')}\nRRULE:${valueOf('RRULE:')}`;
    const starts = rrulestr(text).all();
    expect(starts.map((start) => start.toISOString().replace('.000', ''))).toEqual(listed);
    expect(text).not.toMatch(/COUNT=.*UNTIL=|UNTIL=.*COUNT=/);
    // To calendars the start is an occurrence whether or not the rule says so; so it has to be one.
    expect(starts[0]?.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')).toBe(valueOf('DTSTART:').slice(0, -1));
  });

  it('timers that were completed in the last 90 days, newest first, after the schedules', async () => {
    const plan = await storeSchedule(http, me.id, MONDAY_HOUR);
    const store = (timer: Parameters<typeof storeTimer>[2]) => storeTimer(http, me.id, timer);
    const old = await store({ title: 'Old', segments: [['2025-12-31T00:00:00Z', '2025-12-31T12:00:00Z']] });
    await store({ title: 'Too old', segments: [['2025-12-31T00:00:00Z', '2025-12-31T11:59:59Z']] });
    await store({
      title: 'Cancelled',
      status: 'cancelled',
      segments: [['2026-03-01T00:00:00Z', '2026-03-01T01:00:00Z']],
    });
    await store({ title: 'Paused', status: 'paused', segments: [['2026-03-01T00:00:00Z', '2026-03-01T01:00:00Z']] });
    await store({ title: 'Running', status: 'running', segments: [['2026-03-01T00:00:00Z']] });
    const untitled = await store({
      description: 'Two halves',
      segments: [
        ['2026-03-01T00:00:00Z', '2026-03-01T01:00:00Z'],
        ['2026-03-01T02:00:00Z', '2026-03-01T03:00:00Z'],
      ],
    });
    expect(await http.get(feed)).toEqual(
      calendar(
        ...begin(plan, '20260302T090000Z', '20260302T100000Z'),
        ...['SUMMARY:Plan', 'STATUS:TENTATIVE', ...STORED],
        ...begin(untitled, '20260301T000000Z', '20260301T030000Z', '20260301T030000Z'),
        ...['SUMMARY:Timer', 'TRANSP:TRANSPARENT', 'DESCRIPTION:Two halves', 'STATUS:CONFIRMED'],
        ...['CREATED:20260301T000000Z', 'LAST-MODIFIED:20260301T030000Z', 'END:VEVENT'],
        ...begin(old, '20251231T000000Z', '20251231T120000Z', '20251231T120000Z'),
        ...['SUMMARY:Old', 'TRANSP:TRANSPARENT', 'STATUS:CONFIRMED'],
        ...['CREATED:20251231T000000Z', 'LAST-MODIFIED:20251231T120000Z', 'END:VEVENT'],
      ),
    );
  });

  it('5,000 events at most: what recurs first, then the latest plans, then timers', async () => {
    await storeTimer(http, me.id, { title: 'No room', segments: [['2026-03-01T00:00:00Z', '2026-03-01T01:00:00Z']] });
    const master = await storeSchedule(http, me.id, { ...MONDAY_HOUR, title: 'Master', rule: 'FREQ=DAILY' });
    await storeException(http, master, { original: '2026-03-06T09:00:00Z', title: 'Swim' });
    await http.query(
      `INSERT INTO schedules (id, owner_id, title, start_time, end_time, state, created_at, updated_at)
       SELECT gen_random_uuid(), $1, 'plan ' || n, to_timestamp(1773136800 + n), to_timestamp(1773140400 + n), 'PLANNED',
         now(), now() FROM generate_series(1, 6000) n`,
      [me.id],
    );
    const titles = linesOf(await http.get(feed)).filter((line) => line.startsWith('SUMMARY:'));
    expect(titles).toHaveLength(5_000);
    expect(titles.slice(0, 3)).toEqual(['SUMMARY:Master', 'SUMMARY:Swim', 'SUMMARY:plan 6000']);
    expect(titles.at(-1)).toBe('SUMMARY:plan 1003');
  });

  it('leaves the event loop free while it is made, however long the texts are', async () => {
    await http.query(
      `INSERT INTO schedules (id, owner_id, title, description, start_time, end_time, state, created_at, updated_at)
       SELECT gen_random_uuid(), $1, repeat('é', 255), repeat('😀', 10000), to_timestamp(1773136800 + n),
         to_timestamp(1773140400 + n), 'PLANNED', now(), now() FROM generate_series(1, 5000) n`,
      [me.id],
    );
    const began = performance.now();
    let [last, longest] = [began, 0];
    const ticking = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    const answer = await http.get(feed);
    clearInterval(ticking);
    expect(linesOf(answer).filter((line) => line === `DESCRIPTION:${'😀'.repeat(1_000)}`)).toHaveLength(5_000);
    // At once it would be all of it.
    expect(longest).toBeLessThan((last - began) / 3);
  });
});

describe('a calendar feed is read', () => {
  let limited: Http & { clock: HandClock };

  beforeAll(async () => {
    limited = await startAt(NOW, { env: { RATE_LIMIT_ENABLED: 'true' } });
  });
  afterAll(() => limited.close());

  it('60 times an hour and secret, wherever from; a 304 is a read too', async () => {
    const [one, other] = [await signUp(limited), await signUp(limited)];
    const [mine, theirs] = [await openFeed(limited, one), await openFeed(limited, other)];
    const first = await limited.get(mine);
    expect(allHeaders(first)).toMatchObject({ 'x-ratelimit-limit': '60', 'x-ratelimit-remaining': '59' });
    const headers = { 'If-None-Match': String(first.headers['etag']) };
    for (let read = 2; read <= 60; read += 1) {
      const from = `127.0.0.${read}`;
      expect((await limited.call({ method: 'GET', path: mine, headers, from })).status).toBe(304);
    }
    const refused = await limited.get(mine);
    expect(refused).toEqual(
      reply(
        429,
        { detail: 'Too many requests', retry_after: expect.any(Number) as number },
        { 'retry-after': expect.stringMatching(/^35\d\d$|^3600$/) as string },
      ),
    );
    expect((await limited.get(theirs)).status).toBe(200);
    expect((await limited.get(await openFeed(limited, one))).status).toBe(200);
  });

  it('by guessers as often as anything else of their address', async () => {
    const guess = (from: string) => limited.call({ method: 'GET', path: `/v1/calendar/${'x'.repeat(43)}.ics`, from });
    for (let read = 1; read <= 600; read += 1) expect((await guess('127.0.1.1')).status).toBe(404);
    expect((await guess('127.0.1.1')).status).toBe(429);
    expect((await guess('127.0.1.2')).status).toBe(404);
  });
});

it('errors of the feed are this API’s', async () => {
  await http.query(`ALTER TABLE schedules RENAME TO schedules_away`);
  const answer = await http.get(feed);
  await http.query(`ALTER TABLE schedules_away RENAME TO schedules`);
  expect(answer).toEqual(domainError(500, 'InternalServerError', 'Internal server error', feed));
});
