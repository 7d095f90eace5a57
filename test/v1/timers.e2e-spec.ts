import { v7 as uuidv7 } from 'uuid';

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

it('makes ids that sort by creation', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 20; n += 1) ids.push((await start(ada)).id);
  expect(ids).toEqual([...ids].sort());
  expect(ids).toEqual(Array(20).fill(ID));
});

it('checks in the order of docs/spec/v1.md#11-requests-and-replies', async () => {
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
