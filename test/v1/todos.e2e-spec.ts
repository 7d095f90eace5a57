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

type Item = Record<string, unknown> & { readonly id: string };

let planning: Planning;
let ada: Person;
let eve: Person;
let group: Item;

beforeAll(async () => {
  planning = await startPlanning();
});
afterAll(() => planning.close());
beforeEach(async () => {
  putBack(planning);
  [ada, eve] = [await planning.signUp(), await planning.signUp()];
  group = await addGroup();
});

const addGroup = (person = ada) => person.make('/v1/tags/groups', { name: 'g', color: '#abc' });
const addTag = (name: string, groupId = group.id) => ada.make('/v1/tags', { name, color: '#fff', group_id: groupId });
const add = async (own: Record<string, unknown> = {}): Promise<Item> =>
  ada.make('/v1/todos', { title: 't', tag_group_id: group.id, ...own });
const list = async (query = '', person = ada) => {
  const reply = await person.get(`/v1/todos?${query}`);
  expect(reply.status).toBe(200);
  return reply.body as Item[];
};
const schedulesOf = async ({ id }: Item) => ((await ada.get(`/v1/todos/${id}`)).body as Item)['schedules'] as Item[];

/** The Todo object with what most tests leave as it is. */
const todo = (own: Record<string, unknown>) => ({
  id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/) as string,
  title: 't',
  description: null,
  deadline: null,
  tag_group_id: group.id,
  parent_id: null,
  status: 'UNSCHEDULED',
  created_at: NOON,
  tags: [],
  schedules: [],
  include_reason: 'MATCH',
  owner_id: ada.id,
  visibility_level: null,
  is_shared: false,
  ...own,
});

const notFound = failure(404, 'TodoNotFoundError', 'Todo not found');
const invalidParent = failure(400, 'TodoInvalidParentError', 'Invalid parent Todo: parent does not exist');
const cycle = failure(400, 'TodoCycleError', 'Cannot create cycle in Todo hierarchy');
const mismatch = failure(
  400,
  'TodoParentGroupMismatchError',
  'Parent and child Todo must belong to the same tag group',
);

const DEADLINE = '2026-03-05T09:00:00Z';
const madeBy = (item: Record<string, unknown>, own: Record<string, unknown> = {}) => ({
  id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/) as string,
  title: item['title'],
  description: item['description'],
  start_time: DEADLINE,
  end_time: '2026-03-05T10:00:00Z',
  recurrence_rule: null,
  recurrence_end: null,
  parent_id: null,
  tag_group_id: null,
  source_todo_id: item['id'],
  state: 'PLANNED',
  created_at: NOON,
  tags: item['tags'],
  owner_id: ada.id,
  visibility_level: null,
  is_shared: false,
  ...own,
});

describe('creating', () => {
  it('answers with every key in order', async () => {
    const made = await ada.post('/v1/todos', { title: 't', tag_group_id: group.id });
    expect(made).toEqual({ status: 201, body: todo({}) });
    expect(Object.keys(made.body)).toEqual(Object.keys(todo({})));
  });

  it('takes everything there is, and a deadline makes a schedule', async () => {
    const [b, a] = [await addTag('b'), await addTag('a')];
    const parent = await add();
    const made = await add({
      description: 'd',
      tag_ids: [b.id, a.id, b.id],
      deadline: '2026-03-05T18:00:00+09:00',
      parent_id: parent.id,
      status: 'DONE',
    });
    const expected = todo({
      description: 'd',
      deadline: DEADLINE,
      parent_id: parent.id,
      status: 'DONE',
      tags: [a, b],
    });
    expect(made).toEqual({ ...expected, schedules: [madeBy(made)] });
    expect(await ada.get(`/v1/todos/${made.id}`)).toEqual({ status: 200, body: made });
    const [schedule] = made['schedules'] as Item[];
    expect(await ada.get(`/v1/schedules/${schedule?.id ?? ''}`)).toEqual({ status: 200, body: schedule });
  });

  it('takes null for every optional field', async () => {
    const nothing = { description: null, tag_ids: null, deadline: null, parent_id: null, status: null };
    expect(await add(nothing)).toEqual(todo({}));
  });

  it('answers in the zone that was asked for, what is nested too', async () => {
    const tag = await addTag('x');
    const body = { title: 't', tag_group_id: group.id, deadline: DEADLINE, tag_ids: [tag.id] };
    const { body: made } = await ada.post('/v1/todos?timezone=Asia/Seoul', body);
    const times = JSON.stringify(made).match(/\d{4}-\d\d-\d\dT[^"]*/g) ?? [];
    expect(times).toHaveLength(2 + 2 + 3 + 2);
    expect(times.every((time) => time.endsWith('+09:00'))).toBe(true);
    const none = failure(400, 'InvalidTimezoneError', 'Invalid timezone: Mars');
    expect(await ada.post('/v1/todos?timezone=Mars', body)).toEqual(none);
    expect(await list()).toHaveLength(1);
  });

  it.each(['', '?timezone=Asia/Seoul', '?timezone=%2B23:59', '?timezone=-12:00'])(
    'takes the end of 9999 for never, in a shape that can be sent back: %s',
    async (query) => {
      const body = { title: 't', tag_group_id: group.id, deadline: '9999-12-31T23:59:59Z' };
      const { status, body: made } = await ada.post(`/v1/todos${query}`, body);
      expect(status).toBe(201);
      const { id, deadline, schedules } = made as Item & { deadline: string; schedules: Item[] };
      expect(JSON.stringify(made)).not.toMatch(/[+-]0\d{5}-/);
      expect(Date.parse(deadline)).toBe(Date.parse('9999-12-30T23:59:59Z'));
      expect(await ada.patch(`/v1/todos/${id}${query}`, { deadline })).toMatchObject({
        status: 200,
        body: { deadline },
      });
      const { id: scheduleId, start_time: start, end_time: end } = schedules[0] ?? { id: '' };
      expect([start, end]).toEqual([deadline, deadline]);
      const sent = { start_time: start, end_time: end };
      expect(await ada.patch(`/v1/schedules/${scheduleId}${query}`, sent)).toMatchObject({ status: 200, body: sent });
      const schedule = { title: 's', ...sent, recurrence_rule: 'FREQ=DAILY', recurrence_end: deadline };
      expect(await ada.post(`/v1/schedules${query}`, schedule)).toMatchObject({ status: 201, body: schedule });
    },
  );

  it('refuses what is no todo', async () => {
    expect(await ada.post('/v1/todos', {})).toEqual(
      invalid(['missing', 'body', 'title'], ['missing', 'body', 'tag_group_id']),
    );
    const body = { title: 1, tag_group_id: group.id, status: 'done', deadline: '10000-01-01T00:00:00Z', tag_ids: 'x' };
    expect(await ada.post('/v1/todos', body)).toEqual(
      invalid(
        ['string_type', 'body', 'title'],
        ['list_type', 'body', 'tag_ids'],
        ['datetime_from_date_parsing', 'body', 'deadline'],
        ['enum', 'body', 'status'],
      ),
    );
  });

  it('takes no group, tag or parent of somebody else, and leaves nothing behind', async () => {
    const foreign = await addGroup(eve);
    const theirs = await eve.make('/v1/todos', { title: 't', tag_group_id: foreign.id });
    for (const id of [foreign.id, UNKNOWN_ID]) {
      expect(await ada.post('/v1/todos', { title: 't', tag_group_id: id })).toEqual(
        failure(404, 'TagGroupNotFoundError', `Tag group not found: ${id}`),
      );
    }
    const body = { title: 't', tag_group_id: group.id };
    expect(await ada.post('/v1/todos', { ...body, tag_ids: [UNKNOWN_ID], deadline: NOON })).toEqual(
      failure(404, 'TagNotFoundError', `Tag not found: ${UNKNOWN_ID}`),
    );
    for (const id of [theirs.id, UNKNOWN_ID]) {
      expect(await ada.post('/v1/todos', { ...body, parent_id: id, deadline: NOON })).toEqual(invalidParent);
    }
    const other = await add({ tag_group_id: (await addGroup()).id });
    expect(await ada.post('/v1/todos', { ...body, parent_id: other.id })).toEqual(mismatch);
    expect(await list()).toEqual([other]);
    expect(await ada.get('/v1/schedules?start_date=2026-01-01&end_date=2027-01-01')).toEqual({ status: 200, body: [] });
  });

  it('ends at ten thousand', async () => {
    await planning.dataSource.query(
      `INSERT INTO todos (id, owner_id, title, tag_group_id, status, created_at, updated_at)
       SELECT gen_random_uuid(), $1, 'x', $2, 'DONE', now(), now() FROM generate_series(1, 9999)`,
      [ada.id, group.id],
    );
    const body = { title: 't', tag_group_id: group.id };
    const replies = await Promise.all([ada.post('/v1/todos', body), ada.post('/v1/todos', body)]);
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 400]);
    expect(replies).toContainEqual(failure(400, 'LimitReachedError', 'Limit reached: todos'));
    const full = failure(400, 'LimitReachedError', 'Limit reached: todos');
    const options = {
      title: 's',
      start_time: NOON,
      end_time: DEADLINE,
      create_todo_options: { tag_group_id: group.id },
    };
    expect(await ada.post('/v1/schedules', options)).toEqual(full);
    expect(await ada.get('/v1/schedules?start_date=2026-01-01&end_date=2027-01-01')).toEqual({ status: 200, body: [] });
  });
});

describe('changing', () => {
  it('is the owner’s; reading is also whom it is shared with', async () => {
    const made = await add({ deadline: DEADLINE });
    const path = `/v1/todos/${made.id}`;
    const denied = failure(403, 'AccessDeniedError', `You don't have permission to access this resource`);
    expect(await eve.get(path)).toEqual(denied);
    await share(planning, 'todo', made, 'public');
    const shared = { ...made, visibility_level: 'public', is_shared: true };
    expect(await eve.get(path)).toEqual({ status: 200, body: { ...shared, schedules: [] } });
    const [schedule] = made['schedules'] as Item[];
    await share(planning, 'schedule', schedule as Item, 'public');
    const nested = { ...schedule, visibility_level: 'public', is_shared: true };
    expect(await eve.get(path)).toEqual({ status: 200, body: { ...shared, schedules: [nested] } });
    expect(await eve.patch(path, { title: 'x' })).toEqual(notFound);
    expect(await eve.delete(path)).toEqual(notFound);
    expect(await ada.get(`/v1/todos/${UNKNOWN_ID}`)).toEqual(notFound);
  });

  it('keeps what is absent, clears what may be cleared, ignores null for the rest', async () => {
    const [tag, parent] = [await addTag('x'), await add({ title: 'p' })];
    const made = await add({ description: 'd', tag_ids: [tag.id], parent_id: parent.id, status: 'SCHEDULED' });
    const path = `/v1/todos/${made.id}`;
    expect(await ada.patch(path, {})).toEqual({ status: 200, body: made });
    expect(await ada.patch(path, { title: 'new' })).toEqual({ status: 200, body: { ...made, title: 'new' } });
    const nulls = {
      title: null,
      description: null,
      tag_group_id: null,
      tag_ids: null,
      parent_id: null,
      status: null,
      deadline: null,
    };
    const cleared = { ...made, title: 'new', description: null, tags: [], parent_id: null };
    expect(await ada.patch(path, nulls)).toEqual({ status: 200, body: cleared });
    expect(await ada.patch(path, { status: 'CANCELLED' })).toEqual({
      status: 200,
      body: { ...cleared, status: 'CANCELLED' },
    });
    expect(await ada.patch(path, { tag_ids: [UNKNOWN_ID], title: 'never' })).toMatchObject({ status: 404 });
    expect(await ada.patch(path, { tag_group_id: UNKNOWN_ID, title: 'never' })).toMatchObject({ status: 404 });
    expect(await ada.get(path)).toMatchObject({ body: { title: 'new' } });
  });

  it('refuses a parent that is itself, nobody, somebody else’s, below it, or in another group', async () => {
    const [top, elsewhere] = [await add(), await add({ tag_group_id: (await addGroup()).id })];
    const middle = await add({ parent_id: top.id });
    const bottom = await add({ parent_id: middle.id });
    const theirs = await eve.make('/v1/todos', { title: 't', tag_group_id: (await addGroup(eve)).id });
    const path = `/v1/todos/${top.id}`;
    expect(await ada.patch(path, { parent_id: top.id })).toEqual(
      failure(400, 'TodoSelfReferenceError', 'Cannot set Todo as its own parent'),
    );
    expect(await ada.patch(path, { parent_id: UNKNOWN_ID })).toEqual(invalidParent);
    expect(await ada.patch(path, { parent_id: theirs.id })).toEqual(invalidParent);
    expect(await ada.patch(path, { parent_id: middle.id })).toEqual(cycle);
    expect(await ada.patch(path, { parent_id: bottom.id })).toEqual(cycle);
    expect(await ada.patch(path, { parent_id: elsewhere.id })).toEqual(mismatch);
    expect(await ada.patch(path, { parent_id: 'x' })).toEqual(invalid(['uuid_parsing', 'body', 'parent_id']));
    const [own, other] = [await add(), await add()];
    expect(await ada.patch(`/v1/todos/${bottom.id}`, { parent_id: own.id })).toMatchObject({
      status: 200,
      body: { parent_id: own.id },
    });
    expect(await ada.patch(path, { parent_id: bottom.id })).toMatchObject({ status: 200 });
    expect(await ada.patch(`/v1/todos/${own.id}`, { parent_id: other.id })).toMatchObject({ status: 200 });
  });

  it('compares the groups of parent and children as they are afterwards', async () => {
    const other = await addGroup();
    const [parent, root] = [await add(), await add({ tag_group_id: other.id })];
    const child = await add({ parent_id: parent.id });
    const to = (id: string, patch: unknown) => ada.patch(`/v1/todos/${id}`, patch);
    expect(await to(parent.id, { tag_group_id: other.id })).toEqual(mismatch);
    expect(await to(child.id, { tag_group_id: other.id })).toEqual(mismatch);
    expect(await to(child.id, { tag_group_id: other.id, parent_id: root.id })).toEqual({
      status: 200,
      body: { ...child, tag_group_id: other.id, parent_id: root.id },
    });
    expect(await to(parent.id, { tag_group_id: other.id })).toMatchObject({ status: 200 });
    expect(await to(child.id, { tag_group_id: group.id, parent_id: null })).toMatchObject({ status: 200 });
  });

  it('never makes a cycle, with twenty changes at once', async () => {
    const ring = await Promise.all(Array.from({ length: 20 }, () => add()));
    const replies = await Promise.all(
      ring.map(({ id }, index) => ada.patch(`/v1/todos/${id}`, { parent_id: ring[(index + 1) % 20]?.id })),
    );
    const count = (status: number) => replies.filter((reply) => reply.status === status).length;
    expect([count(200), count(400)]).toEqual([19, 1]);
    expect(replies).toContainEqual(cycle);
    const parents = new Map((await list()).map(({ id, parent_id: parent }) => [id, parent as string | null]));
    for (const { id } of ring) {
      const seen = new Set<string>();
      for (let at: string | null = id; at !== null; at = parents.get(at) ?? null) {
        expect(seen.has(at)).toBe(false);
        seen.add(at);
      }
    }
  });
});

describe('a deadline', () => {
  it('that is set makes a schedule with the values after the change', async () => {
    const tag = await addTag('x');
    const { id } = await add();
    const patch = { deadline: DEADLINE, title: 'new', description: 'd', tag_ids: [tag.id] };
    const { body } = await ada.patch(`/v1/todos/${id}`, patch);
    const changed = todo({ id, title: 'new', description: 'd', deadline: DEADLINE, tags: [tag] });
    expect(body).toEqual({ ...changed, schedules: [madeBy(changed)] });
  });

  it('that moves takes the first schedule along, with the todo’s tags', async () => {
    const tag = await addTag('x');
    const made = await add({ deadline: DEADLINE, tag_ids: [tag.id] });
    const [first] = made['schedules'] as Item[];
    const times = { start_time: '2026-03-08T09:00:00Z', end_time: '2026-03-08T12:00:00Z' };
    const later = await ada.make('/v1/schedules', { title: 'later', ...times, source_todo_id: made.id });
    await ada.patch(`/v1/schedules/${first?.id ?? ''}`, {
      title: 'own',
      tag_ids: [],
      end_time: '2026-03-05T14:00:00Z',
    });
    const { body } = await ada.patch(`/v1/todos/${made.id}`, { deadline: '2026-03-09T09:00:00Z', title: 'new' });
    expect((body as Item)['schedules']).toEqual([
      later,
      {
        ...first,
        title: 'own',
        start_time: '2026-03-09T09:00:00Z',
        end_time: '2026-03-09T10:00:00Z',
        tags: [tag],
      },
    ]);
  });

  it('that moves makes no schedule when none is linked, and one that stays moves none', async () => {
    const made = await add({ deadline: DEADLINE });
    const [first] = made['schedules'] as Item[];
    await ada.patch(`/v1/schedules/${first?.id ?? ''}`, { end_time: '2026-03-05T14:00:00Z' });
    await ada.patch(`/v1/todos/${made.id}`, { deadline: DEADLINE });
    expect(await schedulesOf(made)).toMatchObject([{ end_time: '2026-03-05T14:00:00Z' }]);
    await ada.delete(`/v1/schedules/${first?.id ?? ''}`);
    expect(await ada.patch(`/v1/todos/${made.id}`, { deadline: NOON })).toMatchObject({
      status: 200,
      body: { deadline: NOON, schedules: [] },
    });
  });

  it('that is cleared deletes all schedules, also one the todo was made from; their timers stay', async () => {
    const schedule = await ada.make('/v1/schedules', { title: 's', start_time: NOON, end_time: DEADLINE });
    const { body } = await ada.post(`/v1/schedules/${schedule.id}/todo?tag_group_id=${group.id}`);
    const { id } = body as Item;
    await ada.make('/v1/schedules', { title: 's', start_time: NOON, end_time: DEADLINE, source_todo_id: id });
    const timer = await startLinkedTimer(planning, ada, { scheduleId: schedule.id, todoId: id });
    expect(await ada.patch(`/v1/todos/${id}`, { deadline: null })).toMatchObject({
      status: 200,
      body: { deadline: null, status: 'SCHEDULED', schedules: [] },
    });
    expect(await ada.get('/v1/schedules?start_date=2026-01-01&end_date=2027-01-01')).toEqual({ status: 200, body: [] });
    expect(await timerRow(planning, timer)).toEqual({ schedule_id: null, todo_id: id, tag_ids: [], revision: 2 });
  });

  it('leaves title, description and status to the schedules, but not the tags', async () => {
    const tag = await addTag('x');
    const made = await add({ deadline: DEADLINE });
    const patch = { title: 'new', description: 'd', status: 'DONE', tag_ids: [tag.id] };
    const { body } = await ada.patch(`/v1/todos/${made.id}`, patch);
    expect((body as Item)['schedules']).toEqual([madeBy(made, { tags: [tag] })]);
    await ada.patch(`/v1/todos/${made.id}`, { tag_ids: null });
    expect(await schedulesOf(made)).toEqual([madeBy(made)]);
  });
});

describe('deleting', () => {
  it('deletes the schedules, makes roots of the children, unlinks the timers', async () => {
    const made = await add({ deadline: DEADLINE });
    const [schedule] = made['schedules'] as Item[];
    const child = await add({ parent_id: made.id, deadline: DEADLINE });
    const grandchild = await add({ parent_id: child.id });
    await share(planning, 'todo', made, 'friends');
    const timer = await startLinkedTimer(planning, ada, { scheduleId: schedule?.id ?? '', todoId: made.id });
    planning.told.length = 0;

    expect(await ada.delete(`/v1/todos/${made.id}`)).toEqual(OK);

    expect(await ada.get(`/v1/todos/${made.id}`)).toEqual(notFound);
    expect(await ada.get(`/v1/schedules/${schedule?.id ?? ''}`)).toMatchObject({ status: 404 });
    expect(await ada.get(`/v1/todos/${child.id}`)).toEqual({ status: 200, body: { ...child, parent_id: null } });
    expect(await ada.get(`/v1/todos/${grandchild.id}`)).toEqual({ status: 200, body: grandchild });
    expect(await timerRow(planning, timer)).toMatchObject({ schedule_id: null, todo_id: null });
    expect(planning.told.map(({ action }) => action)).toEqual(['update', 'update']);
    const settings: unknown = await planning.dataSource.query(
      `SELECT FROM visibility_settings WHERE resource_id = $1`,
      [made.id],
    );
    expect(settings).toEqual([]);
  });
});
