import {
  failure,
  invalid,
  NOON,
  OK,
  type Person,
  type Planning,
  putBack,
  share,
  startLinkedTimer,
  startPlanning,
  timerRow,
  UNKNOWN_ID,
} from '../support/planning.js';

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

type Item = Record<string, unknown> & { readonly id: string };

/** The Schedule object with what most tests leave as it is. */
const schedule = (owner: Person, own: Record<string, unknown>) => ({
  id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/) as string,
  title: 's',
  description: null,
  start_time: '2026-03-03T09:00:00Z',
  end_time: '2026-03-03T10:00:00Z',
  recurrence_rule: null,
  recurrence_end: null,
  parent_id: null,
  tag_group_id: null,
  source_todo_id: null,
  state: 'PLANNED',
  created_at: NOON,
  tags: [],
  owner_id: owner.id,
  visibility_level: null,
  is_shared: false,
  ...own,
});

const BASE = { title: 's', start_time: '2026-03-03T09:00:00Z', end_time: '2026-03-03T10:00:00Z' };
const add = (own: Record<string, unknown> = {}, person = ada) => person.make('/v1/schedules', { ...BASE, ...own });
const addGroup = (person = ada) => person.make('/v1/tags/groups', { name: 'g', color: '#abc' });
const addTag = async (name: string, person = ada) => {
  const { id } = await addGroup(person);
  return person.make('/v1/tags', { name, color: '#fff', group_id: id });
};
const list = async (query = '', person = ada) => {
  const reply = await person.get(`/v1/schedules?start_date=2026-03-01&end_date=2026-03-08${query}`);
  expect(reply.status).toBe(200);
  return reply.body as Item[];
};
const notFound = failure(404, 'ScheduleNotFoundError', 'Schedule not found');
const badTime = failure(400, 'InvalidScheduleTimeError', 'Invalid schedule time: end_time must be after start_time');
const badRule = failure(400, 'InvalidRecurrenceRuleError', 'Invalid recurrence rule: RRULE format is invalid');
const badEnd = failure(
  400,
  'InvalidRecurrenceEndError',
  'Invalid recurrence end: recurrence_end must be after start_time',
);

describe('creating', () => {
  it('answers with every key in order, in the zone that was asked for', async () => {
    const [tag, group] = [await addTag('x'), await addGroup()];
    const todo = await ada.make('/v1/todos', { title: 't', tag_group_id: group.id });
    const body = {
      title: 's',
      description: 'd',
      start_time: '2026-03-03T18:00:00.9+09:00',
      end_time: 1_772_532_000,
      recurrence_rule: 'rrule:freq=weekly;byday=TU',
      recurrence_end: '2026-04-01',
      tag_group_id: group.id,
      source_todo_id: todo.id,
      tag_ids: [tag.id, tag.id.toUpperCase()],
      state: 'CONFIRMED',
      visibility: 'public',
    };
    const made = await ada.post('/v1/schedules?timezone=Asia/Seoul', body);
    const expected = schedule(ada, {
      description: 'd',
      start_time: '2026-03-03T18:00:00+09:00',
      end_time: '2026-03-03T19:00:00+09:00',
      recurrence_rule: 'rrule:freq=weekly;byday=TU',
      recurrence_end: '2026-04-01T09:00:00+09:00',
      tag_group_id: group.id,
      source_todo_id: todo.id,
      state: 'CONFIRMED',
      created_at: '2026-03-02T21:00:00+09:00',
      tags: [{ ...tag, created_at: '2026-03-02T21:00:00+09:00', updated_at: '2026-03-02T21:00:00+09:00' }],
    });
    expect(made).toEqual({ status: 201, body: expected });
    expect(Object.keys(made.body)).toEqual(Object.keys(expected));
    expect(await ada.get(`/v1/schedules/${(made.body as Item).id}?timezone=Asia/Seoul`)).toEqual({
      status: 200,
      body: made.body,
    });
  });

  it('takes null for every optional field', async () => {
    const nothing = {
      description: null,
      tag_ids: null,
      recurrence_rule: null,
      recurrence_end: null,
      tag_group_id: null,
      source_todo_id: null,
      state: null,
      create_todo_options: null,
    };
    expect(await ada.post('/v1/schedules', { ...BASE, ...nothing })).toEqual({ status: 201, body: schedule(ada, {}) });
  });

  it.each([
    [
      'nothing',
      {},
      [
        ['missing', 'body', 'title'],
        ['missing', 'body', 'start_time'],
        ['missing', 'body', 'end_time'],
      ],
    ],
    ['an end at the start', { ...BASE, end_time: BASE.start_time }, [['value_error', 'body', 'end_time']]],
    ['an end before the start', { ...BASE, end_time: '2026-03-02' }, [['value_error', 'body', 'end_time']]],
    ['no date', { ...BASE, start_time: 'soon' }, [['datetime_from_date_parsing', 'body', 'start_time']]],
    ['another state', { ...BASE, state: 'planned' }, [['enum', 'body', 'state']]],
    ['a rule that is no text', { ...BASE, recurrence_rule: 1 }, [['string_type', 'body', 'recurrence_rule']]],
    ['no id', { ...BASE, source_todo_id: '1' }, [['uuid_parsing', 'body', 'source_todo_id']]],
    [
      'options that are a list',
      { ...BASE, create_todo_options: [] },
      [['model_attributes_type', 'body', 'create_todo_options']],
    ],
    [
      'options that are a text',
      { ...BASE, create_todo_options: 'x' },
      [['model_attributes_type', 'body', 'create_todo_options']],
    ],
    [
      'empty options',
      { ...BASE, create_todo_options: {} },
      [['missing', 'body', 'create_todo_options', 'tag_group_id']],
    ],
  ] as const)('refuses %s', async (_, body, problems) => {
    expect(await ada.post('/v1/schedules', body)).toEqual(invalid(...(problems as unknown as [string, ...string[]][])));
    expect(await list()).toEqual([]);
  });

  it.each([
    ['no rule', { recurrence_rule: 'every day' }, badRule],
    ['an empty rule', { recurrence_rule: '' }, badRule],
    ['a rule for every minute', { recurrence_rule: 'FREQ=MINUTELY' }, badRule],
    ['an end before the start', { recurrence_rule: 'FREQ=DAILY', recurrence_end: '2026-03-03T08:59:59Z' }, badEnd],
  ])('refuses %s with 400', async (_, own, expected) => {
    expect(await ada.post('/v1/schedules', { ...BASE, ...own })).toEqual(expected);
  });

  it('takes a recurrence_end at the start, and any without a rule', async () => {
    await add({ recurrence_rule: 'FREQ=DAILY', recurrence_end: BASE.start_time });
    expect(await add({ recurrence_end: '2026-01-01' })).toEqual(
      schedule(ada, { recurrence_end: '2026-01-01T00:00:00Z' }),
    );
  });

  it('links nothing that is somebody else’s or nobody’s, and leaves nothing behind', async () => {
    const [tag, group] = [await addTag('x', eve), await addGroup(eve)];
    const todo = await eve.make('/v1/todos', { title: 't', tag_group_id: group.id });
    const own = await addTag('own');
    for (const id of [group.id, UNKNOWN_ID]) {
      const missing = failure(404, 'TagGroupNotFoundError', `Tag group not found: ${id}`);
      expect(await ada.post('/v1/schedules', { ...BASE, tag_group_id: id })).toEqual(missing);
      expect(await ada.post('/v1/schedules', { ...BASE, create_todo_options: { tag_group_id: id } })).toEqual(missing);
    }
    for (const id of [todo.id, UNKNOWN_ID]) {
      expect(await ada.post('/v1/schedules', { ...BASE, source_todo_id: id })).toEqual(
        failure(404, 'TodoNotFoundError', 'Todo not found'),
      );
    }
    for (const id of [tag.id, UNKNOWN_ID]) {
      expect(await ada.post('/v1/schedules', { ...BASE, tag_ids: [own.id, id] })).toEqual(
        failure(404, 'TagNotFoundError', `Tag not found: ${id}`),
      );
    }
    expect(await list()).toEqual([]);
    expect(await ada.get('/v1/todos')).toEqual({ status: 200, body: [] });
  });

  it('looks for what is missing before it looks at the rule', async () => {
    const body = { ...BASE, recurrence_rule: 'x', tag_ids: [UNKNOWN_ID] };
    expect(await ada.post('/v1/schedules', body)).toMatchObject({ status: 404 });
  });

  it('writes nothing in a zone that is none', async () => {
    const none = failure(400, 'InvalidTimezoneError', 'Invalid timezone: Mars');
    expect(await ada.post('/v1/schedules?timezone=Mars', BASE)).toEqual(none);
    expect(await list()).toEqual([]);
  });

  it('makes a todo along, over a given one', async () => {
    const [tag, group] = [await addTag('x'), await addGroup()];
    const given = await ada.make('/v1/todos', { title: 'given', tag_group_id: group.id });
    const made = await add({
      description: 'd',
      tag_ids: [tag.id],
      source_todo_id: given.id,
      create_todo_options: { tag_group_id: group.id },
    });
    expect(made['source_todo_id']).not.toBe(given.id);
    expect(await ada.get(`/v1/todos/${String(made['source_todo_id'])}`)).toEqual({
      status: 200,
      body: {
        id: made['source_todo_id'],
        title: 's',
        description: 'd',
        deadline: BASE.start_time,
        tag_group_id: group.id,
        parent_id: null,
        status: 'SCHEDULED',
        created_at: NOON,
        tags: [tag],
        schedules: [made],
        include_reason: 'MATCH',
        owner_id: ada.id,
        visibility_level: null,
        is_shared: false,
      },
    });
  });

  it('ends at ten thousand', async () => {
    await planning.dataSource.query(
      `INSERT INTO schedules (id, owner_id, title, start_time, end_time, state, created_at, updated_at)
       SELECT gen_random_uuid(), $1, 'x', now(), now() + interval '1 h', 'PLANNED', now(), now()
       FROM generate_series(1, 10000)`,
      [ada.id],
    );
    const full = failure(400, 'LimitReachedError', 'Limit reached: schedules');
    expect(await ada.post('/v1/schedules', BASE)).toEqual(full);
    const group = await addGroup();
    const todo = { title: 't', tag_group_id: group.id, deadline: NOON };
    expect(await ada.post('/v1/todos', todo)).toEqual(full);
    expect(await ada.get('/v1/todos')).toEqual({ status: 200, body: [] });
  });
});

describe('reading and writing', () => {
  it('is the owner’s, and reading whom it is shared with', async () => {
    const made = await add();
    const path = `/v1/schedules/${made.id}`;
    expect(await eve.get(path)).toEqual(
      failure(403, 'AccessDeniedError', `You don't have permission to access this resource`),
    );
    expect(await eve.get(`/v1/schedules/${UNKNOWN_ID}`)).toEqual(notFound);
    await share(planning, 'schedule', made, 'public');
    const shared = { ...made, visibility_level: 'public' };
    expect(await eve.get(path)).toEqual({ status: 200, body: { ...shared, is_shared: true } });
    expect(await ada.get(path)).toEqual({ status: 200, body: shared });
    expect(await eve.patch(path, { title: 'x' })).toEqual(notFound);
    expect(await eve.delete(path)).toEqual(notFound);
    expect(await eve.post(`${path}/todo?tag_group_id=${(await addGroup(eve)).id}`)).toEqual(notFound);
    expect(await ada.get('/v1/schedules/nonsense')).toEqual(invalid(['uuid_parsing', 'path', 'id']));
  });

  it('changes what is sent, clears what may be cleared, ignores null for the rest', async () => {
    const [tag, group] = [await addTag('x'), await addGroup()];
    const todo = await ada.make('/v1/todos', { title: 't', tag_group_id: group.id });
    const made = await add({ description: 'd' });
    const path = `/v1/schedules/${made.id}`;
    const set = {
      title: 'new',
      description: 'e',
      start_time: '2026-03-04T09:00:00Z',
      end_time: '2026-03-04T09:30:00Z',
      recurrence_rule: 'FREQ=DAILY',
      recurrence_end: '2026-03-05T09:00:00Z',
      tag_group_id: group.id,
      source_todo_id: todo.id,
      state: 'CANCELLED',
    };
    const changed = { ...made, ...set, tags: [tag] };
    expect(await ada.patch(path, { ...set, tag_ids: [tag.id], create_todo_options: 1 })).toEqual({
      status: 200,
      body: changed,
    });
    expect(await ada.patch(path, {})).toEqual({ status: 200, body: changed });
    const nulls = Object.fromEntries(Object.keys(set).map((key) => [key, null]));
    expect(await ada.patch(path, { ...nulls, tag_ids: null })).toEqual({
      status: 200,
      body: {
        ...changed,
        description: null,
        recurrence_rule: null,
        recurrence_end: null,
        tag_group_id: null,
        source_todo_id: null,
        tags: [],
      },
    });
  });

  it('judges times and recurrence by what they become', async () => {
    const made = await add({ recurrence_rule: 'FREQ=DAILY', recurrence_end: '2026-03-10' });
    const path = `/v1/schedules/${made.id}`;
    const both = { start_time: '2026-03-05T10:00:00Z', end_time: '2026-03-05T10:00:00Z' };
    expect(await ada.patch(path, both)).toEqual(invalid(['value_error', 'body', 'end_time']));
    expect(await ada.patch(`/v1/schedules/${UNKNOWN_ID}`, both)).toMatchObject({ status: 422 });
    expect(await ada.patch(path, { start_time: '2026-03-03T10:00:00Z' })).toEqual(badTime);
    expect(await ada.patch(path, { end_time: '2026-03-03T09:00:00Z' })).toEqual(badTime);
    expect(await ada.patch(path, { recurrence_rule: 'FREQ=SECONDLY' })).toEqual(badRule);
    expect(await ada.patch(path, { recurrence_end: '2026-03-01' })).toEqual(badEnd);
    expect(await ada.patch(path, { start_time: '2026-03-11', end_time: '2026-03-12' })).toEqual(badEnd);
    expect(await ada.patch(path, { tag_ids: [UNKNOWN_ID], recurrence_rule: 'x' })).toMatchObject({ status: 404 });
    expect(await ada.get(path)).toEqual({ status: 200, body: made });
    expect(
      await ada.patch(path, { start_time: '2026-03-11', end_time: '2026-03-12', recurrence_rule: null }),
    ).toMatchObject({ status: 200 });
  });

  it('leaves a stored rule that is invalid alone, as a single event', async () => {
    const made = await add();
    await planning.dataSource.query(`UPDATE schedules SET recurrence_rule = 'nonsense' WHERE id = $1`, [made.id]);
    const path = `/v1/schedules/${made.id}`;
    const single = { ...made, title: 'new', recurrence_rule: 'nonsense' };
    expect(await ada.patch(path, { title: 'new' })).toEqual({ status: 200, body: single });
    expect(await list()).toEqual([single]);
    expect(await ada.get('/v1/schedules?start_date=2026-03-04&end_date=2026-03-09')).toEqual({ status: 200, body: [] });
  });

  it('deletes with exceptions and visibility; timers and the todo stay', async () => {
    const group = await addGroup();
    const made = await add({ recurrence_rule: 'FREQ=DAILY', create_todo_options: { tag_group_id: group.id } });
    await share(planning, 'schedule', made, 'friends');
    await ada.patch(`/v1/schedules/${made.id}?instance_start=2026-03-04T09:00:00Z`, { title: 'x' });
    const todoId = String(made['source_todo_id']);
    const timer = await startLinkedTimer(planning, ada, { scheduleId: made.id, todoId });
    planning.told.length = 0;

    expect(await ada.delete(`/v1/schedules/${made.id}?timezone=Mars`)).toEqual(OK);

    expect(await ada.get(`/v1/schedules/${made.id}`)).toEqual(notFound);
    expect(await ada.delete(`/v1/schedules/${made.id}`)).toEqual(notFound);
    expect(await timerRow(planning, timer)).toEqual({ schedule_id: null, todo_id: todoId, tag_ids: [], revision: 2 });
    expect(planning.told).toMatchObject([{ action: 'update', timer: { id: timer, revision: 2 } }]);
    expect(await ada.get(`/v1/todos/${todoId}`)).toMatchObject({
      body: { deadline: BASE.start_time, status: 'SCHEDULED', schedules: [] },
    });
    const left: unknown = await planning.dataSource.query(
      `SELECT (SELECT count(*)::int FROM schedule_exceptions WHERE master_id = $1) AS exceptions,
         (SELECT count(*)::int FROM visibility_settings WHERE resource_id = $1) AS settings`,
      [made.id],
    );
    expect(left).toEqual([{ exceptions: 0, settings: 0 }]);
  });

  it('makes a todo from a schedule, once', async () => {
    const [tag, group] = [await addTag('x'), await addGroup()];
    const made = await add({ description: 'd', tag_ids: [tag.id] });
    const path = `/v1/schedules/${made.id}/todo`;
    expect(await ada.post(path)).toEqual(invalid(['missing', 'query', 'tag_group_id']));
    const unknown = failure(404, 'TagGroupNotFoundError', `Tag group not found: ${UNKNOWN_ID}`);
    expect(await ada.post(`${path}?tag_group_id=${UNKNOWN_ID}`)).toEqual(unknown);
    const todo = await ada.post(`${path}?tag_group_id=${group.id}&timezone=-03:30`);
    const zoned = (time: string) => `2026-03-0${time}-03:30`;
    expect(todo).toMatchObject({
      status: 201,
      body: {
        title: 's',
        description: 'd',
        deadline: zoned('3T05:30:00'),
        tag_group_id: group.id,
        parent_id: null,
        status: 'SCHEDULED',
        tags: [{ id: tag.id, created_at: zoned('2T08:30:00') }],
        schedules: [{ id: made.id, start_time: zoned('3T05:30:00'), source_todo_id: (todo.body as Item).id }],
        include_reason: 'MATCH',
      },
    });
    expect(await ada.post(`${path}?tag_group_id=${group.id}`)).toEqual(
      failure(
        400,
        'ScheduleAlreadyLinkedToTodoError',
        'This schedule is already linked to a Todo. Cannot create another Todo from it.',
      ),
    );
    expect(await ada.get('/v1/todos')).toMatchObject({ body: [{ id: (todo.body as Item).id }] });
  });
});
