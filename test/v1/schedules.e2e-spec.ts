import { occurrenceId } from '../../src/v1/schedules/recurrence/occurrence-id.js';
import {
  befriend,
  countStatements,
  failure,
  invalid,
  NOON,
  OK,
  type Person,
  type Planning,
  putBack,
  type Reply,
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
const DAILY = { ...BASE, recurrence_rule: 'FREQ=DAILY' };
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
const starts = (items: Item[]) => items.map(({ start_time: start }) => start);
const titles = (items: Item[]) => items.map(({ title }) => title);
const notFound = failure(404, 'ScheduleNotFoundError', 'Schedule not found');
const badTime = failure(400, 'InvalidScheduleTimeError', 'Invalid schedule time: end_time must be after start_time');
const badRule = failure(400, 'InvalidRecurrenceRuleError', 'Invalid recurrence rule: RRULE format is invalid');
const badEnd = failure(
  400,
  'InvalidRecurrenceEndError',
  'Invalid recurrence end: recurrence_end must be after start_time',
);

/** All pages of a list. */
async function pages(path: string, person = ada): Promise<Item[][]> {
  const found: Item[][] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const reply: Reply = await person.get(next);
    expect(reply.status).toBe(200);
    found.push(reply.body);
    const [, link] = /<([^>]+)>; rel="next"/.exec(reply.headers.get('link') ?? '') ?? [];
    next = link === undefined ? undefined : link.replace(/^https?:\/\/[^/]+/, '');
  }
  return found;
}

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

describe('the calendar', () => {
  it('needs both dates', async () => {
    expect(await ada.get('/v1/schedules')).toEqual(
      invalid(['missing', 'query', 'start_date'], ['missing', 'query', 'end_date']),
    );
    expect(await ada.get('/v1/schedules?start_date=x&end_date=2026-03-01&scope=ours')).toEqual(
      invalid(['datetime_from_date_parsing', 'query', 'start_date'], ['enum', 'query', 'scope']),
    );
  });

  it('has what overlaps, ends included, by start', async () => {
    await add({ title: 'later', start_time: '2026-03-05T09:00:00Z', end_time: '2026-03-05T10:00:00Z' });
    await add({ title: 'sooner' });
    const between = (start: string, end: string) => ada.get(`/v1/schedules?start_date=${start}&end_date=${end}`);
    const found = async (start: string, end: string) => titles((await between(start, end)).body);
    expect(await found('2026-03-03T10:00:00Z', '2026-03-05T09:00:00Z')).toEqual(['sooner', 'later']);
    expect(await found('2026-03-03T10:00:01Z', '2026-03-05T08:59:59Z')).toEqual([]);
    expect(await found('2026-03-03T09:30:00Z', '2026-03-03T09:20:00Z')).toEqual([]);
    expect(await found('2026-03-03T19:00:00+09:00', '2026-03-03T19:00:00 09:00')).toEqual(['sooner']);
  });

  it('shows occurrences in place of their master', async () => {
    const tag = await addTag('x');
    const master = await add({ ...DAILY, description: 'd', tag_ids: [tag.id], state: 'CONFIRMED' });
    const { body } = await ada.get(
      '/v1/schedules?start_date=2026-03-04T10:00:00Z&end_date=2026-03-06T09:00:00Z&timezone=%2B01',
    );
    expect(body).toHaveLength(3);
    const time = (day: number, hour: number) => `2026-03-0${day}T${hour}:00:00+01:00`;
    expect(body[0]).toEqual({
      ...master,
      id: occurrenceId(master.id, Date.parse('2026-03-04T09:00:00Z') / 1_000),
      start_time: time(4, 10),
      end_time: time(4, 11),
      recurrence_rule: null,
      parent_id: master.id,
      created_at: '2026-03-02T13:00:00+01:00',
      tags: [{ ...tag, created_at: '2026-03-02T13:00:00+01:00', updated_at: '2026-03-02T13:00:00+01:00' }],
    });
    expect(await ada.get(`/v1/schedules/${(body[0] as Item).id}`)).toEqual(notFound);
    expect(await ada.get(`/v1/schedules/${master.id}`)).toEqual({ status: 200, body: master });
  });

  it('ends a series at recurrence_end, at UNTIL over it, and after COUNT', async () => {
    await add({ ...DAILY, title: 'end', recurrence_end: '2026-03-04T09:00:00Z' });
    await add({
      ...DAILY,
      title: 'until',
      recurrence_rule: 'FREQ=DAILY;UNTIL=20260305T090000Z',
      recurrence_end: '2026-03-03T09:00:00Z',
    });
    await add({ ...DAILY, title: 'count', recurrence_rule: 'FREQ=DAILY;COUNT=4' });
    const items = await list();
    const count = (title: string) => items.filter((item) => item['title'] === title).length;
    expect(['end', 'until', 'count'].map(count)).toEqual([2, 3, 4]);
  });

  it('has no start that the rule does not have', async () => {
    await add({ ...DAILY, recurrence_rule: 'FREQ=WEEKLY;BYDAY=FR' });
    expect(starts(await list())).toEqual(['2026-03-06T09:00:00Z']);
  });

  it('filters by all tags, by any of the groups, and by both', async () => {
    const [a, b] = [await addTag('a'), await addTag('b')];
    await add({ title: 'a', tag_ids: [a.id] });
    await add({ title: 'ab', tag_ids: [a.id, b.id] });
    const master = await add({ ...DAILY, recurrence_rule: 'FREQ=DAILY;COUNT=2', title: 'm', tag_ids: [a.id] });
    const instance = `/v1/schedules/${master.id}?instance_start=2026-03-04T09:00:00Z`;
    await ada.patch(instance, { tag_ids: [b.id], title: 'mb' });
    const found = async (query: string) => titles(await list(query)).sort();
    expect(await found(`&tag_ids=${a.id}`)).toEqual(['a', 'ab', 'm']);
    expect(await found(`&tag_ids=${a.id},${b.id}`)).toEqual(['ab']);
    expect(await found(`&tag_ids=${a.id}&tag_ids=${b.id}`)).toEqual(['ab']);
    expect(await found(`&tag_ids=${b.id}`)).toEqual(['ab', 'mb']);
    const [groupA, groupB] = [String(a['group_id']), String(b['group_id'])];
    expect(await found(`&group_ids=${groupB}`)).toEqual(['ab', 'mb']);
    expect(await found(`&group_ids=${groupA},${groupB}`)).toEqual(['a', 'ab', 'm', 'mb']);
    expect(await found(`&group_ids=${groupB}&tag_ids=${a.id}`)).toEqual(['ab']);
    expect(await found(`&tag_ids=${UNKNOWN_ID}`)).toEqual([]);
    expect(await found(`&group_ids=${UNKNOWN_ID}`)).toEqual([]);
    expect(await ada.get('/v1/schedules?start_date=2026-03-01&end_date=2026-03-08&tag_ids=x')).toEqual(
      invalid(['uuid_parsing', 'query', 'tag_ids', 0]),
    );
  });

  it('shows what is shared by friendship, expanded and filtered alike, behind one’s own', async () => {
    await befriend(planning, ada, eve);
    const tag = await addTag('x');
    const shared = await add({ ...DAILY, recurrence_rule: 'FREQ=DAILY;COUNT=2', title: 'shared', tag_ids: [tag.id] });
    const plain = await add({ title: 'plain', start_time: '2026-03-02T09:00:00Z' });
    await add({ title: 'private' });
    await share(planning, 'schedule', shared, 'friends');
    await share(planning, 'schedule', plain, 'friends');
    await add({ title: 'own', start_time: '2026-03-03T08:00:00Z' }, eve);
    expect(titles(await list('', eve))).toEqual(['own']);
    const items = await list('&scope=shared', eve);
    expect(titles(items)).toEqual(['plain', 'shared', 'shared']);
    expect(items[1]).toEqual({
      ...shared,
      id: expect.any(String) as string,
      recurrence_rule: null,
      parent_id: shared.id,
      visibility_level: 'friends',
      is_shared: true,
    });
    expect(titles(await list('&scope=all', eve))).toEqual(['own', 'plain', 'shared', 'shared']);
    expect(titles(await list(`&scope=all&tag_ids=${tag.id}`, eve))).toEqual(['shared', 'shared']);
    expect(titles(await list(`&scope=all&group_ids=${String(tag['group_id'])}`, eve))).toEqual(['shared', 'shared']);
    expect(titles(await list('&scope=all'))).toEqual(['plain', 'private', 'shared', 'shared']);
  });

  it('is read page by page, own first, without gaps and repeats', async () => {
    await befriend(planning, ada, eve);
    for (let n = 0; n < 5; n += 1) await add({ title: `own ${n}` });
    for (let n = 0; n < 6; n += 1) await add({ ...DAILY, title: `daily ${n}` });
    const theirs = await add({ ...DAILY, title: 'theirs', start_time: '2026-03-01T09:00:00Z' }, eve);
    await share(planning, 'schedule', theirs, 'friends');
    const query = '/v1/schedules?start_date=2026-03-01&end_date=2026-03-08&scope=all';
    const whole = (await ada.get(query)).body as Item[];
    expect(whole).toHaveLength(5 + 6 * 5 + 7);
    const cut = await pages(`${query}&limit=4`);
    expect(cut.map(({ length }) => length)).toEqual([...Array<number>(10).fill(4), 2]);
    expect(cut.flat()).toEqual(whole);
    expect(await ada.get(`${query}&limit=0`)).toEqual(invalid(['greater_than_equal', 'query', 'limit']));
    const bad = Buffer.from('[0,1e300,"x"]').toString('base64url');
    expect(await ada.get(`${query}&cursor=${bad}`)).toEqual(invalid(['value_error', 'query', 'cursor']));
    const huge = Buffer.from(JSON.stringify([9e15, 9e15, UNKNOWN_ID])).toString('base64url');
    expect(await ada.get(`${query}&cursor=${huge}`)).toEqual({ status: 200, body: [] });
  });

  it('tells what changed since, by itself, by a tag or by an exception', async () => {
    const [tag, other] = [await addTag('x'), await addTag('y')];
    await add({ title: 'old' });
    const plain = await add({ title: 'plain' });
    await add({ title: 'tagged', tag_ids: [tag.id] });
    const master = await add({ ...DAILY, recurrence_rule: 'FREQ=DAILY;COUNT=2', title: 'master' });
    const tagged = await add({ ...DAILY, recurrence_rule: 'FREQ=DAILY;COUNT=1', title: 'exception' });
    await ada.patch(`/v1/schedules/${tagged.id}?instance_start=${BASE.start_time}`, { tag_ids: [other.id] });
    planning.later(60);
    await ada.patch(`/v1/schedules/${plain.id}`, { description: 'x' });
    await ada.patch(`/v1/tags/${tag.id}`, { name: 'z' });
    await ada.patch(`/v1/tags/${other.id}`, { name: 'z' });
    await ada.delete(`/v1/schedules/${master.id}?instance_start=2026-03-03T09:00:00Z`);
    const since = '&updated_since=2026-03-02T12:01:00Z';
    expect(titles(await list(since)).sort()).toEqual(['exception', 'master', 'plain', 'tagged']);
    planning.later(60);
    await ada.patch(`/v1/schedules/${plain.id}`, { description: 'x' });
    expect(await list('&updated_since=2026-03-02T12:02:00Z')).toEqual([]);
    await ada.delete(`/v1/tags/${tag.id}`);
    expect(titles(await list('&updated_since=2026-03-02T12:02:00Z'))).toEqual(['tagged']);
  });

  it('takes as many statements for sixty as for two', async () => {
    await befriend(planning, ada, eve);
    const tag = await addTag('x');
    const query = '&scope=all';
    const fill = async () => {
      const theirs = await add({}, eve);
      await share(planning, 'schedule', theirs, 'friends');
      await add({ tag_ids: [tag.id] });
      const { id } = await add({ ...DAILY, tag_ids: [tag.id] });
      await ada.patch(`/v1/schedules/${id}?instance_start=2026-03-04T09:00:00Z`, { title: 'x' });
    };
    await fill();
    const few = await countStatements(() => list(query));
    for (let n = 0; n < 9; n += 1) await fill();
    const many = await countStatements(() => list(query));
    expect([few, many]).toEqual([5, 5]);
  });

  it('stays quick with hostile rules', async () => {
    const rule = 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;BYHOUR=1,2,3;INTERVAL=1';
    for (let n = 0; n < 30; n += 1) await add();
    // As older versions took them.
    await planning.dataSource.query(`UPDATE schedules SET recurrence_rule = $2 WHERE owner_id = $1`, [ada.id, rule]);
    const began = performance.now();
    await ada.get('/v1/schedules?start_date=1970-01-01&end_date=9999-12-31');
    expect(performance.now() - began).toBeLessThan(3 * 3_000);
  });
});

describe('one occurrence', () => {
  let master: Item;
  let path: string;
  beforeEach(async () => {
    master = await add({ ...DAILY, description: 'd', recurrence_end: '2026-03-05T09:00:00Z' });
    path = `/v1/schedules/${master.id}`;
  });
  const at = (time: string) => `${path}?instance_start=${time}`;
  const occurrence = (original: string, own: Record<string, unknown>) => ({
    ...master,
    id: occurrenceId(master.id, Date.parse(original) / 1_000),
    start_time: original,
    end_time: original.replace('T09', 'T10'),
    recurrence_rule: null,
    recurrence_end: null,
    parent_id: master.id,
    ...own,
  });
  const FOURTH = '2026-03-04T09:00:00Z';

  it('is changed by itself; changes merge, and what is cleared is the master’s again', async () => {
    const tag = await addTag('x');
    const ignored = { state: 'CANCELLED', recurrence_rule: 'x', source_todo_id: UNKNOWN_ID, recurrence_end: null };
    const titled = occurrence(FOURTH, { title: 'own' });
    expect(await ada.patch(at(FOURTH), { title: 'own', ...ignored })).toEqual({ status: 200, body: titled });
    const whole = { ...titled, description: 'e', tags: [tag] };
    expect(await ada.patch(at('2026-03-04T09:01:00Z'), { description: 'e', tag_ids: [tag.id] })).toEqual({
      status: 200,
      body: whole,
    });
    expect((await list())[1]).toEqual(whole);
    const within = '/v1/schedules?start_date=2026-03-04T09:30:00Z&end_date=2026-03-04T09:40:00Z';
    expect(await ada.get(within)).toEqual({ status: 200, body: [whole] });
    expect(await ada.patch(at(FOURTH), {})).toEqual({ status: 200, body: whole });
    const nulls = { title: null, description: null, start_time: null, end_time: null, tag_ids: null };
    expect(await ada.patch(at(FOURTH), nulls)).toEqual({ status: 200, body: occurrence(FOURTH, {}) });
    await ada.patch(at(FOURTH), { title: 'own' });
    expect(await ada.patch(at(FOURTH), { title: '' })).toEqual({ status: 200, body: occurrence(FOURTH, {}) });
    expect(await ada.get(path)).toEqual({ status: 200, body: master });
  });

  it('moves with its duration, and is found by where it was and where it is', async () => {
    const moved = occurrence(FOURTH, { start_time: '2026-03-07T09:00:00Z', end_time: '2026-03-07T10:00:00Z' });
    expect(await ada.patch(at(FOURTH), { start_time: '2026-03-07T09:00:00Z' })).toEqual({ status: 200, body: moved });
    expect(starts(await list())).toEqual(['2026-03-03T09:00:00Z', '2026-03-05T09:00:00Z', '2026-03-07T09:00:00Z']);
    expect(await ada.get('/v1/schedules?start_date=2026-03-07&end_date=2026-03-08')).toEqual({
      status: 200,
      body: [moved],
    });
    expect(await ada.get('/v1/schedules?start_date=2026-03-04&end_date=2026-03-04T23:00:00')).toEqual({
      status: 200,
      body: [],
    });
    expect(await ada.patch(at('2026-03-07T08:59:00Z'), { end_time: '2026-03-07T11:00:00Z' })).toEqual({
      status: 200,
      body: { ...moved, end_time: '2026-03-07T11:00:00Z' },
    });
    expect(await ada.patch(at(FOURTH), { start_time: '2026-03-07T12:00:00Z' })).toEqual({
      status: 200,
      body: { ...moved, start_time: '2026-03-07T12:00:00Z', end_time: '2026-03-07T14:00:00Z' },
    });
  });

  it('never ends before it starts', async () => {
    for (const times of [
      { start_time: '2026-03-04T11:00:00Z', end_time: '2026-03-04T11:00:00Z' },
      { end_time: '2026-03-04T08:00:00Z' },
    ]) {
      expect(await ada.patch(at(FOURTH), times)).toEqual(badTime);
    }
    expect(await list()).toHaveLength(3);
  });

  it('never ends after the year 9999', async () => {
    const end = '9999-12-30T23:59:59Z';
    expect(await ada.patch(at(FOURTH), { start_time: '9999-12-31T23:30:00Z' })).toMatchObject({
      status: 200,
      body: { start_time: end, end_time: end },
    });
    await ada.patch(at(FOURTH), { start_time: FOURTH, end_time: '2026-03-04T10:00:00Z' });
    expect(await ada.patch(at(FOURTH), { start_time: '9999-12-30T23:30:00Z' })).toMatchObject({
      body: { start_time: '9999-12-30T23:30:00Z', end_time: '9999-12-30T23:59:59Z' },
    });
    await ada.patch(at(FOURTH), { start_time: FOURTH });
    const last = { start_time: '9999-12-30T12:00:00Z', end_time: '9999-12-30T23:00:00Z' };
    await add({ ...last, recurrence_rule: 'FREQ=DAILY' });
    await add({ start_time: '9999-12-30T12:00:00Z', end_time: '9999-12-31T13:00:00Z', recurrence_rule: 'FREQ=DAILY' });
    const { body } = await ada.get('/v1/schedules?start_date=9999-12-30&end_date=9999-12-31T23:59:59');
    expect(starts(body)).toEqual(['9999-12-30T12:00:00Z', '9999-12-30T12:00:00Z']);
  });

  it('must exist, of an own master', async () => {
    for (const time of ['2026-03-04T09:01:01Z', '2026-03-04T08:58:59Z', '2026-03-06T09:00:00Z']) {
      expect(await ada.patch(at(time), { title: 'x' })).toEqual(notFound);
      expect(await ada.delete(at(time))).toEqual(notFound);
    }
    expect(await eve.patch(at(FOURTH), { title: 'x' })).toEqual(notFound);
    expect(await eve.delete(at(FOURTH))).toEqual(notFound);
    expect(await ada.patch(at('x'), {})).toEqual(invalid(['datetime_from_date_parsing', 'query', 'instance_start']));
    expect(await ada.patch(at(FOURTH), { tag_ids: [UNKNOWN_ID] })).toEqual(
      failure(404, 'TagNotFoundError', `Tag not found: ${UNKNOWN_ID}`),
    );
    const plain = await add();
    const recurring = failure(400, 'RecurringScheduleError', 'This schedule is not a recurring schedule');
    const instance = `/v1/schedules/${plain.id}?instance_start=${BASE.start_time}`;
    expect(await ada.patch(instance, { title: 'x' })).toEqual(recurring);
    expect(await ada.delete(instance)).toEqual(recurring);
    const rows: unknown = await planning.dataSource.query(`SELECT FROM schedule_exceptions WHERE master_id = $1`, [
      master.id,
    ]);
    expect(rows).toEqual([]);
  });

  it('is deleted, and revived with what was its own', async () => {
    await ada.patch(at(FOURTH), { title: 'own' });
    expect(await ada.delete(at(FOURTH))).toEqual(OK);
    expect(starts(await list())).toEqual(['2026-03-03T09:00:00Z', '2026-03-05T09:00:00Z']);
    const revived = occurrence(FOURTH, { title: 'own', description: 'e' });
    expect(await ada.patch(at(FOURTH), { description: 'e' })).toEqual({ status: 200, body: revived });
    expect((await list())[1]).toEqual(revived);
  });

  it('is the one that is there, when another once was', async () => {
    await ada.patch(at(FOURTH), { start_time: '2026-03-07T09:00:00Z' });
    await ada.patch(at('2026-03-03T09:00:00Z'), { start_time: FOURTH });
    expect(await ada.patch(at(FOURTH), { title: 'x' })).toMatchObject({
      body: { id: occurrence('2026-03-03T09:00:00Z', {}).id, title: 'x' },
    });
    await ada.delete(at(FOURTH));
    expect(starts(await list())).toEqual(['2026-03-05T09:00:00Z', '2026-03-07T09:00:00Z']);
  });

  it('takes its master along when it was the last of a series that ends', async () => {
    const timer = await startLinkedTimer(planning, ada, { scheduleId: master.id });
    for (const day of [5, 3]) await ada.delete(at(`2026-03-0${day}T09:00:00Z`));
    await ada.patch(at(FOURTH), { start_time: '2026-03-07T09:00:00Z' });
    expect(await ada.get(path)).toMatchObject({ status: 200 });
    expect(await ada.delete(at('2026-03-07T09:00:00Z'))).toEqual(OK);
    expect(await ada.get(path)).toEqual(notFound);
    expect(await timerRow(planning, timer)).toMatchObject({ schedule_id: null, revision: 2 });
  });

  it.each(['COUNT=2', 'UNTIL=20260304T090000Z', 'UNTIL=20260305', 'COUNT=9;UNTIL=20260304T090000Z'])(
    'takes its master along when it was the last under %s',
    async (bound) => {
      const { id } = await add({ ...DAILY, recurrence_rule: `FREQ=DAILY;${bound}` });
      const occurrenceAt = (time: string) => `/v1/schedules/${id}?instance_start=${time}`;
      expect(await ada.delete(occurrenceAt(FOURTH))).toEqual(OK);
      expect(await ada.get(`/v1/schedules/${id}`)).toMatchObject({ status: 200 });
      expect(await ada.delete(occurrenceAt(BASE.start_time))).toEqual(OK);
      expect(await ada.get(`/v1/schedules/${id}`)).toEqual(notFound);
    },
  );

  it('leaves a master without an end, however many are deleted', async () => {
    const { id } = await add({ ...DAILY });
    for (const day of [3, 4, 5]) await ada.delete(`/v1/schedules/${id}?instance_start=2026-03-0${day}T09:00:00Z`);
    expect(await ada.get(`/v1/schedules/${id}`)).toMatchObject({ status: 200 });
  });

  describe('moves along with its master', () => {
    const later = { start_time: '2026-03-03T09:15:00Z', end_time: '2026-03-03T10:15:00Z' };
    const times = (items: Item[]) => items.map(({ start_time: start, end_time: end }) => [start, end]);

    it('deleted, moved and renamed ones alike', async () => {
      const endless = await add({ ...DAILY, recurrence_rule: 'FREQ=DAILY;COUNT=5', title: 'moving' });
      const of = (time: string) => `/v1/schedules/${endless.id}?instance_start=${time}`;
      await ada.delete(of('2026-03-04T09:00:00Z'));
      await ada.patch(of('2026-03-05T09:00:00Z'), { start_time: '2026-03-05T15:00:00Z' });
      await ada.patch(of('2026-03-06T09:00:00Z'), { title: 'own' });
      await ada.delete(path);
      expect((await ada.patch(`/v1/schedules/${endless.id}`, later)).status).toBe(200);
      const moved = await list();
      expect(times(moved)).toEqual([
        ['2026-03-03T09:15:00Z', '2026-03-03T10:15:00Z'],
        ['2026-03-05T15:15:00Z', '2026-03-05T16:15:00Z'],
        ['2026-03-06T09:15:00Z', '2026-03-06T10:15:00Z'],
        ['2026-03-07T09:15:00Z', '2026-03-07T10:15:00Z'],
      ]);
      expect(titles(moved)).toEqual(['moving', 'moving', 'own', 'moving']);
      expect(await ada.patch(of('2026-03-04T09:15:00Z'), { title: 'back' })).toMatchObject({ status: 200 });
    });

    it('by a whole period, onto each other’s place', async () => {
      await ada.patch(path, { recurrence_end: '2026-03-07T09:00:00Z' });
      await ada.delete(at('2026-03-04T09:00:00Z'));
      await ada.patch(at('2026-03-05T09:00:00Z'), { title: 'own' });
      await ada.patch(path, { start_time: '2026-03-04T09:00:00Z', end_time: '2026-03-04T10:00:00Z' });
      expect(starts(await list())).toEqual(['2026-03-04T09:00:00Z', '2026-03-06T09:00:00Z', '2026-03-07T09:00:00Z']);
      expect(titles(await list())).toEqual(['s', 'own', 's']);
    });

    it('and goes where the rule has it no more', async () => {
      await ada.delete(at(FOURTH));
      await ada.patch(at('2026-03-05T09:00:00Z'), { title: 'own' });
      await ada.patch(path, { ...later, recurrence_rule: 'FREQ=DAILY;INTERVAL=2' });
      expect(starts(await list())).toEqual(['2026-03-03T09:15:00Z']);
      const rows: unknown = await planning.dataSource.query(`SELECT FROM schedule_exceptions WHERE master_id = $1`, [
        master.id,
      ]);
      expect(rows).toEqual([]);
    });

    it('when a todo’s deadline moves it', async () => {
      const group = await addGroup();
      const todo = await ada.make('/v1/todos', { title: 't', tag_group_id: group.id, deadline: BASE.start_time });
      await ada.delete(path);
      const [linked] = await list();
      const linkedPath = `/v1/schedules/${linked?.id ?? ''}`;
      await ada.patch(linkedPath, { recurrence_rule: 'FREQ=DAILY;COUNT=3' });
      await ada.delete(`${linkedPath}?instance_start=${FOURTH}`);
      expect((await ada.patch(`/v1/todos/${todo.id}`, { deadline: '2026-03-03T11:00:00Z' })).status).toBe(200);
      expect(starts(await list())).toEqual(['2026-03-03T11:00:00Z', '2026-03-05T11:00:00Z']);
    });
  });

  describe('a series without one', () => {
    it.each([
      ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', null],
      ['FREQ=DAILY;UNTIL=20260302', null],
      // The first second of the day (v1.md 6.3).
      ['FREQ=DAILY;UNTIL=20260303', null],
      ['FREQ=WEEKLY;BYDAY=MO', '2026-03-08T00:00:00Z'],
      ['FREQ=WEEKLY;BYDAY=MO;COUNT=3;UNTIL=20260308', null],
    ])('%s until %s is refused', async (rule, end) => {
      const body = { ...BASE, recurrence_rule: rule, recurrence_end: end };
      expect(await ada.post('/v1/schedules', body)).toEqual(badRule);
      const plain = await add();
      expect(await ada.patch(`/v1/schedules/${plain.id}`, { recurrence_rule: rule, recurrence_end: end })).toEqual(
        badRule,
      );
      expect(await ada.get(`/v1/schedules/${plain.id}`)).toEqual({ status: 200, body: plain });
    });

    it('cannot be made by cutting off what is not deleted, or by moving it', async () => {
      await ada.delete(at('2026-03-03T09:00:00Z'));
      expect(await ada.patch(path, { recurrence_end: '2026-03-03T09:00:00Z' })).toEqual(badRule);
      expect(await ada.patch(path, { recurrence_rule: 'FREQ=DAILY;COUNT=1' })).toEqual(badRule);
      expect(starts(await list())).toEqual([FOURTH, '2026-03-05T09:00:00Z']);
      expect(await ada.patch(path, { recurrence_rule: 'FREQ=DAILY;COUNT=2' })).toMatchObject({ status: 200 });
    });

    it('UNTIL as a date is its first second', async () => {
      await ada.delete(path);
      const { id } = await add({ ...DAILY, recurrence_rule: 'FREQ=DAILY;UNTIL=20260305' });
      expect(starts(await list())).toEqual([BASE.start_time, FOURTH]);
      expect(await ada.get(`/v1/schedules/${id}`)).toMatchObject({
        body: { recurrence_rule: 'FREQ=DAILY;UNTIL=20260305' },
      });
    });
  });

  it('is gone with its exception when the series no longer has it', async () => {
    await ada.patch(at(FOURTH), { start_time: '2026-03-07T09:00:00Z' });
    await ada.patch(path, { recurrence_rule: 'FREQ=DAILY;INTERVAL=2' });
    expect(starts(await list())).toEqual(['2026-03-03T09:00:00Z', '2026-03-05T09:00:00Z']);
    expect(await ada.patch(at('2026-03-07T09:00:00Z'), { title: 'x' })).toEqual(notFound);
    await ada.patch(path, { recurrence_rule: null });
    await ada.patch(path, { recurrence_rule: 'FREQ=DAILY' });
    expect(starts(await list())).toEqual(['2026-03-03T09:00:00Z', FOURTH, '2026-03-05T09:00:00Z']);
  });

  it('changes with its master in what it does not have of its own', async () => {
    await ada.patch(at(FOURTH), { description: 'e' });
    await ada.patch(path, { title: 'all', description: 'all', state: 'CONFIRMED', end_time: '2026-03-03T09:30:00Z' });
    expect(await list()).toMatchObject([
      { title: 'all', description: 'all', state: 'CONFIRMED', end_time: '2026-03-03T09:30:00Z' },
      { title: 'all', description: 'e', state: 'CONFIRMED', end_time: '2026-03-04T09:30:00Z' },
      { title: 'all', description: 'all', state: 'CONFIRMED', end_time: '2026-03-05T09:30:00Z' },
    ]);
  });
});
