import { v7 as uuidv7 } from 'uuid';

import { LegacyTokens } from '../../src/identity/legacy-tokens/legacy-tokens.js';
import { startTestApp } from '../support/app.js';
import { LegacyClient } from '../support/legacy-client.js';
import { AT_NOON } from '../support/domain.js';
import {
  befriend,
  failure,
  invalid,
  NOON,
  OK,
  type Person,
  type Planning,
  putBack,
  type Reply,
  share,
  startPlanning,
  UNKNOWN_ID,
} from '../support/planning.js';
import {
  addSchedule,
  addTag,
  addTodo,
  at,
  ID,
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
const scheduleNotFound = failure(404, 'ScheduleNotFoundError', 'Schedule not found');
const todoNotFound = failure(404, 'TodoNotFoundError', 'Todo not found');
const noTag = (id: string) => failure(404, 'TagNotFoundError', `Tag not found: ${id}`);
const wrongStatus = (verb: string, status: string) =>
  failure(400, 'InvalidTimerStatusError', `Cannot ${verb} timer with status ${status}`);
const timersOf = (person: Person) =>
  planning.dataSource.query<unknown[]>(`SELECT id FROM timers WHERE user_id = $1`, [person.id]);

const METHODS = { pause: 'patch', resume: 'patch', stop: 'post', cancel: 'post' } as const;
type Verb = keyof typeof METHODS;
const command = (person: Person, verb: Verb, id: string, query = ''): Promise<Reply> =>
  person[METHODS[verb]](`/v1/timers/${id}/${verb}${query}`);

describe('creating', () => {
  it('answers with every key, in order, nothing linked', async () => {
    const made = await ada.post('/v1/timers', {
      allocated_duration: 3_600,
      title: '작업 타이머',
      visibility: 'public',
    });
    const expected = timerOf(ada, { allocated_duration: 3_600, title: '작업 타이머' });
    expect(made).toEqual(ok(expected, 201));
    expect(Object.keys(made.body)).toEqual(Object.keys(expected));
    expect(await ada.get(`/v1/timers/${(made.body as Item).id}`)).toEqual(ok(made.body));
  });

  it('begins at the next whole second, which the reply shows as nothing worked yet', async () => {
    planning.clock.ms = AT_NOON + 1;
    const second = { started_at: at(1), created_at: at(1), updated_at: at(1), running_since: at(1) };
    const pause_history = [{ action: 'start', at: at(1) }];
    expect(await ada.post('/v1/timers', { allocated_duration: 1 })).toEqual(
      ok(timerOf(ada, { ...second, pause_history, allocated_duration: 1 }), 201),
    );
  });

  it('takes null for every optional field, the empty title, and the largest duration', async () => {
    const nothing = { title: null, description: null, schedule_id: null, todo_id: null, tag_ids: null };
    const body = { allocated_duration: 2_147_483_647, ...nothing };
    expect(await ada.post('/v1/timers', body)).toEqual(ok(timerOf(ada, { allocated_duration: 2_147_483_647 }), 201));
    expect(await ada.post('/v1/timers', { allocated_duration: 1.0, title: '', description: '' })).toEqual(
      ok(timerOf(ada, { allocated_duration: 1, title: '', description: '' }), 201),
    );
  });

  it('brings a schedule’s todo along, and a todo’s earliest schedule', async () => {
    const todo = await addTodo(ada);
    const later = await addSchedule(ada, { source_todo_id: todo.id });
    const times = { start_time: '2026-03-02T09:00:00Z', end_time: '2026-03-02T10:00:00Z' };
    const earlier = await addSchedule(ada, { source_todo_id: todo.id, ...times });
    const links = async (own: Record<string, unknown>) => {
      const { schedule_id, todo_id } = await start(ada, own);
      return [schedule_id, todo_id];
    };
    expect(await links({ schedule_id: later.id })).toEqual([later.id, todo.id]);
    expect(await links({ todo_id: todo.id })).toEqual([earlier.id, todo.id]);
    // Given both: neither looked for nor compared.
    const [plain, other] = [await addSchedule(ada), await addTodo(ada)];
    expect(await links({ schedule_id: plain.id, todo_id: todo.id })).toEqual([plain.id, todo.id]);
    expect(await links({ schedule_id: later.id, todo_id: other.id })).toEqual([later.id, other.id]);
    expect(await links({ schedule_id: plain.id })).toEqual([plain.id, null]);
    expect(await links({ todo_id: other.id })).toEqual([null, other.id]);
    expect(await links({ schedule_id: plain.id.toUpperCase(), todo_id: null })).toEqual([plain.id, null]);
    // Null said aloud stays null; only what is absent is looked for.
    expect(await links({ schedule_id: null, todo_id: todo.id })).toEqual([null, todo.id]);
    expect(await links({ schedule_id: later.id, todo_id: null })).toEqual([later.id, null]);
  });

  it('links a master by its id and no occurrence by its own', async () => {
    const master = await addSchedule(ada, { recurrence_rule: 'FREQ=DAILY' });
    const [first] = (await ada.get('/v1/schedules?start_date=2026-03-03&end_date=2026-03-04')).body as Item[];
    expect(first?.['parent_id']).toBe(master.id);
    expect(await ada.post('/v1/timers', { allocated_duration: 1, schedule_id: first?.id })).toEqual(scheduleNotFound);
    expect((await start(ada, { schedule_id: master.id }))['schedule_id']).toBe(master.id);
  });

  it('shows on request what it is linked to', async () => {
    const tag = await addTag(ada, 'x');
    const todo = await addTodo(ada, { tag_ids: [tag.id] });
    const schedule = await addSchedule(ada, { source_todo_id: todo.id });
    const query = '?include_schedule=YES&include_todo=1&tag_include_mode=timer_only&timezone=Asia/Seoul';
    const made = await ada.post(`/v1/timers${query}`, {
      allocated_duration: 60,
      todo_id: todo.id,
      tag_ids: [tag.id, tag.id.toUpperCase()],
    });
    const seoul = '2026-03-02T21:00:00+09:00';
    const times = { started_at: seoul, created_at: seoul, updated_at: seoul, running_since: seoul };
    const expected = timerOf(ada, {
      ...times,
      allocated_duration: 60,
      schedule_id: schedule.id,
      todo_id: todo.id,
      pause_history: [{ action: 'start', at: seoul }],
      schedule: (await ada.get(`/v1/schedules/${schedule.id}?timezone=Asia/Seoul`)).body,
      todo: (await ada.get(`/v1/todos/${todo.id}?timezone=Asia/Seoul`)).body,
      tags: [{ ...tag, created_at: seoul, updated_at: seoul }],
    });
    expect(made).toEqual(ok(expected, 201));
    expect((made.body as { todo: { schedules: Item[] } }).todo.schedules.map(({ id }) => id)).toEqual([schedule.id]);
  });

  it('refuses what is not the caller’s and leaves nothing behind', async () => {
    const [schedule, todo, tag] = [await addSchedule(eve), await addTodo(eve), await addTag(eve, 'x')];
    const own = await addTag(ada, 'own');
    const post = (body: Record<string, unknown>) => ada.post('/v1/timers', { allocated_duration: 1, ...body });
    for (const id of [schedule.id, UNKNOWN_ID]) expect(await post({ schedule_id: id })).toEqual(scheduleNotFound);
    for (const id of [todo.id, UNKNOWN_ID]) expect(await post({ todo_id: id })).toEqual(todoNotFound);
    for (const id of [tag.id, UNKNOWN_ID]) expect(await post({ tag_ids: [own.id, id] })).toEqual(noTag(id));
    await share(planning, 'schedule', schedule, 'public');
    expect(await post({ schedule_id: schedule.id })).toEqual(scheduleNotFound);
    expect(await timersOf(ada)).toEqual([]);
  });

  it('refuses bodies that do not fit, every problem named', async () => {
    const post = (body?: unknown) => ada.post('/v1/timers', body);
    const duration = (type: string) => invalid([type, 'body', 'allocated_duration']);
    expect(await post({})).toEqual(duration('missing'));
    for (const value of [0, -100]) expect(await post({ allocated_duration: value })).toEqual(duration('greater_than'));
    expect(await post({ allocated_duration: 1.5 })).toEqual(duration('int_from_float'));
    expect(await post({ allocated_duration: 2_147_483_648 })).toEqual(duration('less_than_equal'));
    for (const value of ['3600', true, null, [60]]) {
      expect(await post({ allocated_duration: value })).toEqual(duration('int_type'));
    }
    expect(await post()).toEqual(invalid(['missing', 'body']));
    expect(await post('[]')).toEqual(invalid(['model_attributes_type', 'body']));
    expect(await post('{"allocated_duration": 1')).toEqual(invalid(['json_invalid', 'body']));
    const many = {
      allocated_duration: 0,
      title: 5,
      description: 'x'.repeat(10_001),
      schedule_id: 'x',
      todo_id: 7,
      tag_ids: ['y'],
    };
    expect(await ada.post('/v1/timers?tag_include_mode=all&include_todo=maybe&include_schedule=', many)).toEqual(
      invalid(
        ['bool_parsing', 'query', 'include_schedule'],
        ['bool_parsing', 'query', 'include_todo'],
        ['enum', 'query', 'tag_include_mode'],
        ['greater_than', 'body', 'allocated_duration'],
        ['string_type', 'body', 'title'],
        ['string_too_long', 'body', 'description'],
        ['uuid_parsing', 'body', 'schedule_id'],
        ['uuid_parsing', 'body', 'todo_id'],
        ['uuid_parsing', 'body', 'tag_ids', 0],
      ),
    );
    const tags = Array.from({ length: 201 }, () => uuidv7());
    expect(await post({ allocated_duration: 1, tag_ids: tags })).toEqual(invalid(['too_long', 'body', 'tag_ids']));
    for (const title of ['a\u0000', '\ud800', '😀'.repeat(256)])
      expect((await post({ allocated_duration: 1, title })).status).toBe(422);
    expect((await post({ allocated_duration: 1, title: '😀'.repeat(255) })).status).toBe(201);
    expect(await ada.post('/v1/timers?timezone=Mars', { allocated_duration: 1 })).toEqual(
      failure(400, 'InvalidTimezoneError', 'Invalid timezone: Mars'),
    );
    expect(await timersOf(ada)).toHaveLength(1);
  });

  it('touches no other timer and is told as start', async () => {
    const first = await start(ada);
    const before = await storedRow(planning, first.id);
    planning.told.splice(0);
    const second = await start(ada, { title: 'second' });
    expect(await storedRow(planning, first.id)).toEqual(before);
    expect(planning.told).toEqual([
      expect.objectContaining({
        action: 'start',
        actor: ada.id,
        timer: expect.objectContaining({ id: second.id }) as unknown,
      }),
    ]);
  });
});

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

describe('reading one', () => {
  it('counts up while it runs, cut to whole seconds, beyond its plan, and stores nothing', async () => {
    const timer = await start(ada, { allocated_duration: 2 });
    const before = await storedRow(planning, timer.id);
    for (const [seconds, elapsed] of [
      [0.9, 0],
      [0.1, 1],
      [1.999, 2],
      [7_200, 7_202],
    ] as const) {
      planning.later(seconds);
      expect(await ada.get(`/v1/timers/${timer.id}`)).toEqual(ok({ ...timer, elapsed_time: elapsed }));
    }
    expect(await storedRow(planning, timer.id)).toEqual(before);
  });

  it('never shows less than nothing, a second before it begins', async () => {
    planning.later(0.5);
    const timer = await start(ada);
    expect(timer['started_at']).toBe(at(1));
    expect(await ada.get(`/v1/timers/${timer.id}`)).toEqual(ok({ ...timer, elapsed_time: 0 }));
  });

  it('changes nothing: a hundred reads, alone, in lists, by friends', async () => {
    const [schedule, todo] = [await addSchedule(ada), await addTodo(ada)];
    const timer = await start(ada, { schedule_id: schedule.id, todo_id: todo.id });
    await ada.patch(`/v1/timers/${timer.id}`, { title: 'x' });
    await shareTimer(planning, timer, 'friends');
    await befriend(planning, ada, eve);
    const before = await storedRow(planning, timer.id);
    planning.told.splice(0);
    for (let n = 0; n < 100; n += 1) {
      planning.later(1);
      const shown = (await ada.get(`/v1/timers/${timer.id}`)).body as Item;
      expect(shown).toMatchObject({ elapsed_time: n + 1, revision: 2, updated_at: NOON });
    }
    const lists = [
      '/v1/timers',
      '/v1/timers/active',
      `/v1/schedules/${schedule.id}/timers`,
      `/v1/todos/${todo.id}/timers`,
    ];
    for (const path of lists) expect((await ada.get(path)).status).toBe(200);
    expect(await eve.get(`/v1/timers/${timer.id}`)).toMatchObject({ status: 200, body: { elapsed_time: 100 } });
    expect(await eve.get('/v1/timers?scope=shared')).toMatchObject({ body: [{ id: timer.id, elapsed_time: 100 }] });
    expect(await storedRow(planning, timer.id)).toEqual(before);
    expect(planning.told).toEqual([]);
    expect(await logOf(planning, timer.id)).toHaveLength(2);
  });

  it('is refused without a timer, without leave, and with a bad id', async () => {
    const timer = await start(ada);
    expect(await eve.get(`/v1/timers/${timer.id}`)).toEqual(
      failure(403, 'AccessDeniedError', `You don't have permission to access this resource`),
    );
    expect(await ada.get(`/v1/timers/${UNKNOWN_ID}`)).toEqual(timerNotFound);
    expect(await ada.get('/v1/timers/x')).toEqual(invalid(['uuid_parsing', 'path', 'id']));
  });

  it('knows the newest active one, running or paused', async () => {
    const none = failure(404, 'TimerNotFoundError', 'No active timer found');
    expect(await ada.get('/v1/timers/active')).toEqual(none);
    const [first, second, third] = [await start(ada), await start(ada), await start(ada)];
    expect(await ada.get('/v1/timers/active')).toEqual(ok(third));
    await command(ada, 'cancel', third.id);
    await command(ada, 'pause', second.id);
    expect(await ada.get('/v1/timers/active')).toMatchObject({ body: { id: second.id, status: 'PAUSED' } });
    await command(ada, 'stop', second.id);
    expect(await ada.get('/v1/timers/active/?timezone=Z')).toEqual(ok(first));
    expect(await eve.get('/v1/timers/active')).toEqual(none);
  });
});

describe('changing', () => {
  it('keeps what is absent, sets what is given, clears what is null', async () => {
    const [tag, other] = [await addTag(ada, 'b'), await addTag(ada, 'a')];
    const [schedule, todo] = [await addSchedule(ada), await addTodo(ada)];
    const timer = await start(ada, { title: 't', description: 'd', tag_ids: [tag.id] });
    planning.later(60);
    const query = '?tag_include_mode=timer_only';
    const patch = (body: unknown) => ada.patch(`/v1/timers/${timer.id}${query}`, body);
    let shown: Item = { ...timer, tags: [tag], elapsed_time: 60, updated_at: at(60), revision: 2 };
    expect(await patch({ title: 'new' })).toEqual(ok((shown = { ...shown, title: 'new' })));
    const links = { schedule_id: schedule.id, todo_id: todo.id };
    shown = { ...shown, ...links, tags: [other, tag], revision: 3 };
    expect(await patch({ ...links, tag_ids: [tag.id, other.id, tag.id] })).toEqual(ok(shown));
    const cleared = { title: null, description: null, schedule_id: null, todo_id: null, tag_ids: null };
    shown = { ...shown, ...cleared, tags: [], revision: 4 };
    delete shown['tag_ids'];
    expect(await patch(cleared)).toEqual(ok(shown));
    expect(await ada.get(`/v1/timers/${timer.id}`)).toEqual(ok(shown));
    expect(await logOf(planning, timer.id)).toEqual([
      [1, 'start', ada.id],
      [2, 'update', ada.id],
      [3, 'update', ada.id],
      [4, 'update', ada.id],
    ]);
  });

  it('links nothing by itself', async () => {
    const todo = await addTodo(ada);
    const schedule = await addSchedule(ada, { source_todo_id: todo.id });
    const timer = await start(ada);
    expect(await ada.patch(`/v1/timers/${timer.id}`, { schedule_id: schedule.id })).toMatchObject({
      body: { schedule_id: schedule.id, todo_id: null },
    });
    expect(await ada.patch(`/v1/timers/${timer.id}`, { schedule_id: null, todo_id: todo.id })).toMatchObject({
      body: { schedule_id: null, todo_id: todo.id },
    });
  });

  it('of nothing is no revision and is told to nobody', async () => {
    const [one, other] = [await addTag(ada, 'b'), await addTag(ada, 'a')];
    const timer = await start(ada, { title: 't', tag_ids: [one.id, other.id] });
    const before = await storedRow(planning, timer.id);
    planning.told.splice(0);
    planning.later(1);
    const ignored = { status: 'COMPLETED', elapsed_time: 5, allocated_duration: 9, started_at: NOON, nonsense: 1 };
    for (const body of [{}, { title: 't' }, { tag_ids: [other.id, one.id] }, ignored, { description: null }]) {
      expect(await ada.patch(`/v1/timers/${timer.id}`, body)).toEqual(ok({ ...timer, elapsed_time: 1 }));
    }
    expect({ ...(await storedRow(planning, timer.id)), xmax: '', ctid: '' }).toEqual({ ...before, xmax: '', ctid: '' });
    expect(planning.told).toEqual([]);
  });

  it('goes for timers of any status, is told as update, and leaves the clock alone', async () => {
    const timer = await start(ada);
    for (const verb of ['pause', 'stop'] as const) {
      planning.later(10);
      const before = (await command(ada, verb, timer.id)).body as Item;
      planning.later(10);
      planning.told.splice(0);
      const title = `after ${verb}`;
      const now = at((planning.clock.ms - AT_NOON) / 1_000);
      const expected = { ...before, title, updated_at: now, revision: Number(before['revision']) + 1 };
      expect(await ada.patch(`/v1/timers/${timer.id}`, { title })).toEqual(ok(expected));
      expect(planning.told.map(({ action }) => action)).toEqual(['update']);
    }
  });

  it('refuses links to what is not the caller’s, and strangers', async () => {
    const [schedule, todo, tag] = [await addSchedule(eve), await addTodo(eve), await addTag(eve, 'x')];
    const timer = await start(ada);
    const patch = (body: unknown, person = ada) => person.patch(`/v1/timers/${timer.id}`, body);
    for (const id of [schedule.id, UNKNOWN_ID]) expect(await patch({ schedule_id: id })).toEqual(scheduleNotFound);
    for (const id of [todo.id, UNKNOWN_ID]) expect(await patch({ todo_id: id })).toEqual(todoNotFound);
    for (const id of [tag.id, UNKNOWN_ID]) expect(await patch({ title: 'x', tag_ids: [id] })).toEqual(noTag(id));
    expect(await patch({ title: 'x' }, eve)).toEqual(timerNotFound);
    expect(await ada.patch(`/v1/timers/${UNKNOWN_ID}`, { schedule_id: schedule.id })).toEqual(timerNotFound);
    expect(await patch({ title: 5, tag_ids: 'x' })).toEqual(
      invalid(['string_type', 'body', 'title'], ['list_type', 'body', 'tag_ids']),
    );
    expect(await patch(undefined)).toEqual(invalid(['missing', 'body']));
    expect((await storedRow(planning, timer.id))?.revision).toBe(1);
  });

  it('of several at once loses nothing', async () => {
    const timer = await start(ada);
    const tags = await Promise.all(['a', 'b', 'c'].map((name) => addTag(ada, name)));
    const replies = await Promise.all([
      ada.patch(`/v1/timers/${timer.id}`, { title: 't' }),
      ada.patch(`/v1/timers/${timer.id}`, { description: 'd' }),
      ada.patch(`/v1/timers/${timer.id}`, { tag_ids: tags.map(({ id }) => id) }),
      command(ada, 'pause', timer.id),
    ]);
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect((await ada.get(`/v1/timers/${timer.id}?tag_include_mode=timer_only`)).body).toMatchObject({
      title: 't',
      description: 'd',
      tags,
      status: 'PAUSED',
      revision: 5,
    });
  });
});

describe('deleting', () => {
  it.each(['running', 'paused', 'ended'] as const)('takes a %s timer and its visibility away', async (status) => {
    const timer = await start(ada);
    if (status !== 'running') await command(ada, status === 'paused' ? 'pause' : 'stop', timer.id);
    const level = { level: 'public' };
    expect((await fetchPut(`/v1/visibility/timer/${timer.id}`, level)).status).toBe(200);
    const { revision } = (await storedRow(planning, timer.id)) ?? { revision: 0 };
    planning.told.splice(0);
    expect(await eve.delete(`/v1/timers/${timer.id}`)).toEqual(timerNotFound);
    expect(await ada.delete(`/v1/timers/${timer.id}`)).toEqual(OK);
    expect(planning.told).toEqual([
      expect.objectContaining({
        action: 'delete',
        timer: expect.objectContaining({ revision: revision + 1 }) as unknown,
      }),
    ]);
    expect(await ada.delete(`/v1/timers/${timer.id}`)).toEqual(timerNotFound);
    expect(await ada.get(`/v1/timers/${timer.id}`)).toEqual(timerNotFound);
    expect(await command(ada, 'pause', timer.id)).toEqual(timerNotFound);
    expect(await ada.patch(`/v1/timers/${timer.id}`, { title: 'x' })).toEqual(timerNotFound);
    expect(await ada.get(`/v1/timers/${timer.id}/revisions`)).toEqual(timerNotFound);
    expect(await ada.get('/v1/timers')).toEqual(ok([]));
    const left = await planning.dataSource.query<unknown[]>(`SELECT FROM visibility_settings WHERE resource_id = $1`, [
      timer.id,
    ]);
    expect(left).toHaveLength(0);
  });

  const fetchPut = async (path: string, body: unknown) => {
    const token = await tokenOf();
    return fetch(planning.url + path, {
      method: 'PUT',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  };
  const tokenOf = async () => {
    const [row] = await planning.dataSource.query<{ email: string }[]>(`SELECT email FROM users WHERE id = $1`, [
      ada.id,
    ]);
    const response = await fetch(`${planning.url}/v1/auth/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email: row?.email, password: 'correct horse' }),
    });
    return ((await response.json()) as { access_token: string }).access_token;
  };
});

it('makes ids that sort by creation', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 20; n += 1) ids.push((await start(ada)).id);
  expect(ids).toEqual([...ids].sort());
  expect(ids).toEqual(Array(20).fill(ID));
});

it('checks in the order of v1.md 1.1', async () => {
  const { id } = await start(ada);
  await command(ada, 'stop', id);
  const big = { title: 'x'.repeat(300_000) };
  const stranger = (method: string, path: string) =>
    fetch(planning.url + path, { method }).then(({ status, headers }) => ({ status, allow: headers.get('allow') }));
  // The route, before who asks.
  expect(await stranger('GET', '/v1/timers/x/y')).toEqual({ status: 404, allow: null });
  expect(await stranger('PUT', `/v1/timers/${id}`)).toEqual({ status: 405, allow: 'DELETE, GET, HEAD, PATCH' });
  expect(await stranger('POST', `/v1/timers/${id}/pause`)).toEqual({ status: 405, allow: 'PATCH' });
  // Who asks, before what is sent.
  expect(await stranger('POST', '/v1/timers?timezone=Mars')).toMatchObject({ status: 401 });
  // Its size, its values, the zone, what it names, and last whether that may be.
  const zone = failure(400, 'InvalidTimezoneError', 'Invalid timezone: Mars');
  const tooLarge = { status: 413, body: { detail: 'Request body too large' } };
  expect(await ada.patch('/v1/timers/x?timezone=Mars', big)).toEqual(tooLarge);
  expect(await ada.patch('/v1/timers/x?timezone=Mars', { title: 5 })).toEqual(
    invalid(['uuid_parsing', 'path', 'id'], ['string_type', 'body', 'title']),
  );
  expect(await ada.patch(`/v1/timers/${UNKNOWN_ID}?timezone=Mars`, { todo_id: UNKNOWN_ID })).toEqual(zone);
  expect(await ada.patch(`/v1/timers/${UNKNOWN_ID}`, { todo_id: UNKNOWN_ID })).toEqual(timerNotFound);
  expect(await command(ada, 'pause', id, '?timezone=Mars')).toEqual(zone);
  expect(await command(eve, 'pause', id)).toEqual(timerNotFound);
  expect(await command(ada, 'pause', id)).toEqual(wrongStatus('pause', 'completed'));
});

it('fixed segments win over ids', async () => {
  expect(await ada.get('/v1/timers/active')).toEqual(failure(404, 'TimerNotFoundError', 'No active timer found'));
  expect(await ada.get('/v1/timers/export?format=json')).toEqual({ status: 200, body: [] });
  expect(await ada.post('/v1/timers/manual', {})).toEqual(invalid(['missing', 'body', 'segments']));
});
