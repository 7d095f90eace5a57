import { LegacyTokens } from '../../src/identity/legacy-tokens/legacy-tokens.js';
import { startTestApp } from '../support/app.js';
import { LegacyClient } from '../support/legacy-client.js';
import { AT_NOON } from '../support/domain.js';
import {
  befriend,
  failure,
  invalid,
  NOON,
  type Person,
  type Planning,
  putBack,
  type Reply,
  startPlanning,
  UNKNOWN_ID,
} from '../support/planning.js';
import {
  addSchedule,
  addTag,
  at,
  type Item,
  logOf,
  ok,
  shareTimer,
  start,
  storedRow,
  timerOf,
} from '../support/timers.js';

let planning: Planning;
let ada: Person;
let eve: Person;

beforeAll(async () => {
  planning = await startPlanning();
});
afterAll(() => planning.close());
beforeEach(async () => {
  putBack(planning);
  [ada, eve] = [await planning.signUp(), await planning.signUp()];
});

const timerNotFound = failure(404, 'TimerNotFoundError', 'Timer not found');
const wrongStatus = (verb: string, status: string) =>
  failure(400, 'InvalidTimerStatusError', `Cannot ${verb} timer with status ${status}`);

const METHODS = { pause: 'patch', resume: 'patch', stop: 'post', cancel: 'post' } as const;
type Verb = keyof typeof METHODS;
const command = (person: Person, verb: Verb, id: string, query = ''): Promise<Reply> =>
  person[METHODS[verb]](`/v1/timers/${id}/${verb}${query}`);

describe('control', () => {
  it('goes through all of guide 28’s history, which adds up to what was worked', async () => {
    const timer = await start(ada, { allocated_duration: 60 });
    const history: unknown[] = [{ action: 'start', at: NOON }];
    let expected = { ...timer };
    const step = async (verb: Verb, minute: number, own: Record<string, unknown>) => {
      planning.clock.ms = AT_NOON + minute * 60_000;
      const adds = verb === 'resume' ? {} : { elapsed: own['elapsed_time'] ?? expected['elapsed_time'] };
      history.push({ action: verb, at: at(minute * 60), ...adds });
      const [updated_at, revision] = [at(minute * 60), history.length];
      expected = { ...expected, ...own, updated_at, revision, pause_history: [...history] };
      expect(await command(ada, verb, timer.id)).toEqual(ok(expected));
      expect(await ada.get(`/v1/timers/${timer.id}`)).toEqual(ok(expected));
    };
    const paused = (minute: number, elapsed: number) => ({
      status: 'PAUSED',
      elapsed_time: elapsed,
      paused_at: at(minute * 60),
      running_since: null,
    });
    const running = (minute: number) => ({ status: 'RUNNING', paused_at: null, running_since: at(minute * 60) });
    await step('pause', 30, paused(30, 1_800));
    await step('resume', 35, running(35));
    await step('pause', 50, paused(50, 2_700));
    await step('resume', 60, running(60));
    await step('stop', 90, { status: 'COMPLETED', elapsed_time: 4_500, ended_at: at(5_400), running_since: null });
    expect(history).toEqual([
      { action: 'start', at: NOON },
      { action: 'pause', at: at(1_800), elapsed: 1_800 },
      { action: 'resume', at: at(2_100) },
      { action: 'pause', at: at(3_000), elapsed: 2_700 },
      { action: 'resume', at: at(3_600) },
      { action: 'stop', at: at(5_400), elapsed: 4_500 },
    ]);
  });

  it.each(['stop', 'cancel'] as const)('%ss from PAUSED, keeping when it was paused', async (verb) => {
    const timer = await start(ada);
    planning.later(10);
    await command(ada, 'pause', timer.id);
    planning.later(90);
    const expected = timerOf(ada, {
      id: timer.id,
      status: verb === 'stop' ? 'COMPLETED' : 'CANCELLED',
      elapsed_time: 10,
      paused_at: at(10),
      ended_at: at(100),
      running_since: null,
      updated_at: at(100),
      revision: 3,
      pause_history: [
        { action: 'start', at: NOON },
        { action: 'pause', at: at(10), elapsed: 10 },
        { action: verb, at: at(100), elapsed: 10 },
      ],
    });
    expect(await command(ada, verb, timer.id)).toEqual(ok(expected));
  });

  it('cancels from RUNNING as it stops', async () => {
    const timer = await start(ada);
    planning.later(10.2);
    const expected = timerOf(ada, {
      id: timer.id,
      status: 'CANCELLED',
      elapsed_time: 11,
      ended_at: at(11),
      running_since: null,
      updated_at: at(11),
      revision: 2,
      pause_history: [
        { action: 'start', at: NOON },
        { action: 'cancel', at: at(11), elapsed: 11 },
      ],
    });
    expect(await command(ada, 'cancel', timer.id)).toEqual(ok(expected));
  });

  const VERBS = ['pause', 'resume', 'stop', 'cancel'] as const;
  const REFUSED: [Verb[], Verb[], string][] = [
    [[], ['resume'], 'running'],
    [['pause'], ['pause'], 'paused'],
    [['stop'], [...VERBS], 'completed'],
    [['pause', 'cancel'], [...VERBS], 'cancelled'],
  ];

  it.each(REFUSED)('after %p refuses %p with status %s, and changes nothing', async (before, refused, status) => {
    const timer = await start(ada);
    for (const verb of before) expect((await command(ada, verb, timer.id)).status).toBe(200);
    const row = await storedRow(planning, timer.id);
    planning.later(5);
    for (const verb of refused) expect(await command(ada, verb, timer.id)).toEqual(wrongStatus(verb, status));
    expect(await storedRow(planning, timer.id)).toEqual(row);
  });

  it('is the owner’s alone, also of what is shared', async () => {
    const timer = await start(ada);
    await befriend(planning, ada, eve);
    await shareTimer(planning, timer, 'public');
    for (const verb of VERBS) {
      expect(await command(eve, verb, timer.id)).toEqual(timerNotFound);
      expect(await command(ada, verb, UNKNOWN_ID)).toEqual(timerNotFound);
      expect(await command(ada, verb, 'x')).toEqual(invalid(['uuid_parsing', 'path', 'id']));
    }
    expect((await storedRow(planning, timer.id))?.revision).toBe(1);
  });

  it('takes the queries of 5.4, any UUID text, and ignores a body', async () => {
    const [tag, schedule] = [await addTag(ada, 'x'), await addSchedule(ada)];
    const timer = await start(ada, { tag_ids: [tag.id], schedule_id: schedule.id });
    const id = timer.id.replaceAll('-', '').toUpperCase();
    const query = '?include_schedule=true&tag_include_mode=timer_only&timezone=%2B09:00';
    for (const verb of ['pause', 'resume', 'stop'] as const) {
      const reply = await ada[METHODS[verb]](`/v1/timers/${id}/${verb}/${query}`, '{"nonsense');
      const seoul = '2026-03-02T21:00:00+09:00';
      expect(reply).toMatchObject({
        status: 200,
        body: { id: timer.id, started_at: seoul, updated_at: seoul, tags: [{ id: tag.id, created_at: seoul }] },
      });
      expect((reply.body as Item)['schedule']).toEqual({ ...schedule, ...inSeoul(schedule) });
      expect((reply.body as { pause_history: { at: string }[] }).pause_history.at(-1)?.at).toBe(seoul);
    }
    const bad = await ada.patch(`/v1/timers/${id}/pause?timezone=Nowhere/Land`);
    expect(bad).toEqual(failure(400, 'InvalidTimezoneError', 'Invalid timezone: Nowhere/Land'));
  });

  const inSeoul = ({ start_time, end_time, created_at }: Item) => ({
    start_time: String(start_time).replace('T09:00:00Z', 'T18:00:00+09:00'),
    end_time: String(end_time).replace('T10:00:00Z', 'T19:00:00+09:00'),
    created_at: String(created_at).replace('T12:00:00Z', 'T21:00:00+09:00'),
  });

  it('of two devices that pause at once one succeeds', async () => {
    for (let round = 0; round < 10; round += 1) {
      const timer = await start(ada);
      const replies = await Promise.all(Array.from({ length: 8 }, () => command(ada, 'pause', timer.id)));
      const [first, ...others] = replies.sort((one, other) => one.status - other.status);
      expect(first).toMatchObject({ status: 200, body: { status: 'PAUSED', revision: 2 } });
      for (const other of others) expect(other).toEqual(wrongStatus('pause', 'paused'));
      expect(await logOf(planning, timer.id)).toEqual([
        [1, 'start', ada.id],
        [2, 'pause', ada.id],
      ]);
    }
  });

  it('controls what an old app has started, and the other way round', async () => {
    const { token } = await planning.app.get(LegacyTokens).issue(ada.id);
    const legacy = new LegacyClient(planning.url, token);
    await legacy.start('수학');
    const found = (await ada.get('/v1/timers/active')).body as Item;
    const expected = timerOf(ada, { id: found.id, title: '수학', allocated_duration: 0, origin: 'legacy' });
    expect(found).toEqual(expected);
    expect((await command(ada, 'pause', found.id)).status).toBe(200);
    expect(await command(ada, 'stop', found.id)).toMatchObject({ body: { status: 'COMPLETED', origin: 'legacy' } });
    const own = await start(ada);
    await legacy.stop();
    expect(await ada.get(`/v1/timers/${own.id}`)).toMatchObject({ body: { status: 'COMPLETED', origin: 'v1' } });
  });
});

describe('what control over REST tells of its age', () => {
  const docs = '<http://localhost:0/docs>';
  const HEADERS = {
    deprecation: '@1769558400',
    link: `${docs}; rel="successor-version", ${docs}; rel="deprecation"`,
  };
  const ageOf = ({ headers }: { headers: Headers }) => ({
    deprecation: headers.get('deprecation'),
    link: headers.get('link'),
  });
  const five = (id: string): ['POST' | 'PATCH', string][] => [
    ['POST', '/v1/timers'],
    ['PATCH', `/v1/timers/${id}/pause`],
    ['PATCH', `/v1/timers/${id}/resume`],
    ['POST', `/v1/timers/${id}/stop`],
    ['POST', `/v1/timers/${id}/cancel`],
  ];
  const call = (
    url: string,
    [method, path]: ['POST' | 'PATCH', string],
    headers: Record<string, string> = {},
    body?: string,
  ) =>
    fetch(url + path, {
      method,
      headers: { 'Content-Type': 'application/json', ...headers },
      ...(body ? { body } : {}),
    });

  it('all five, whatever they answer', async () => {
    const { id } = await start(ada);
    const made = await ada.post('/v1/timers', { allocated_duration: 1 });
    const answers: [number, Reply][] = [
      [201, made],
      [422, await ada.post('/v1/timers', {})],
      [404, await ada.post('/v1/timers', { allocated_duration: 1, schedule_id: UNKNOWN_ID })],
      [400, await ada.post('/v1/timers?timezone=x', { allocated_duration: 1 })],
      [413, await ada.post('/v1/timers', { title: 'x'.repeat(2_000_000) })],
      [400, await command(ada, 'resume', id)],
      [200, await command(ada, 'pause', id)],
      [200, await command(ada, 'resume', id)],
      [200, await command(ada, 'stop', id)],
      [200, await command(ada, 'cancel', (made.body as Item).id)],
      ...(await Promise.all(
        (['pause', 'resume', 'stop', 'cancel'] as const).flatMap((verb) => [
          command(ada, verb, UNKNOWN_ID).then((reply): [number, Reply] => [404, reply]),
          command(ada, verb, 'x').then((reply): [number, Reply] => [422, reply]),
          command(ada, verb, id).then((reply): [number, Reply] => [400, reply]),
        ]),
      )),
    ];
    for (const [status, reply] of answers)
      expect({ status: reply.status, ...ageOf(reply) }).toEqual({ status, ...HEADERS });
    for (const route of five(id)) {
      const response = await call(planning.url, route);
      expect({ status: response.status, ...ageOf(response) }).toEqual({ status: 401, ...HEADERS });
    }
  });

  it('says so when there is too much of it, too', async () => {
    const limited = await startTestApp();
    try {
      const signUp = { email: 'much@example.com', password: 'correct horse' };
      const response = await call(limited.url, ['POST', '/v1/auth/signup'], {}, JSON.stringify(signUp));
      const { access_token: token } = (await response.json()) as { access_token: string };
      const auth = { Authorization: `Bearer ${token}` };
      const pause = () => call(limited.url, ['PATCH', `/v1/timers/${UNKNOWN_ID}/pause`], auth);
      for (let n = 0; n < 120; n += 1) expect((await pause()).status).toBe(404);
      for (const route of five(UNKNOWN_ID)) {
        const refused = await call(limited.url, route, auth, '{"allocated_duration": 1}');
        expect({ status: refused.status, ...ageOf(refused) }).toEqual({ status: 429, ...HEADERS });
        const { retry_after: wait } = (await refused.json()) as { retry_after: number };
        expect(refused.headers.get('retry-after')).toBe(String(wait));
      }
      const read = await fetch(`${limited.url}/v1/timers`, { headers: auth });
      expect({ status: read.status, ...ageOf(read) }).toEqual({ status: 200, deprecation: null, link: null });
    } finally {
      await limited.close();
    }
  });

  it('is not said of anything else', async () => {
    const { id } = await start(ada);
    for (const reply of [
      await ada.get('/v1/timers'),
      await ada.get('/v1/timers/active'),
      await ada.get(`/v1/timers/${id}`),
      await ada.patch(`/v1/timers/${id}`, { title: 'x' }),
      await ada.delete(`/v1/timers/${id}`),
    ]) {
      expect({ status: reply.status, ...ageOf(reply) }).toEqual({ status: 200, deprecation: null, link: null });
    }
  });
});
