import {
  countStatements,
  failure,
  invalid,
  NOON,
  OK,
  type Person,
  type Planning,
  putBack,
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

const addGroup = (name = 'Work', person = ada) => person.make('/v1/tags/groups', { name, color: '#abc' });
const addTag = (groupId: string, name: string, person = ada) =>
  person.make('/v1/tags', { name, color: '#00ff7f', group_id: groupId });
const names = (items: unknown) => (items as { name: string }[]).map(({ name }) => name);

describe('tag groups', () => {
  it('are made with every key, colours in upper case', async () => {
    const body = { name: 'Work', color: '#abCdef', description: 'Paid', goal_ratios: { a: 0.5, toString: 2 }, more: 1 };
    const made = await ada.post('/v1/tags/groups', body);
    expect(made.status).toBe(201);
    expect(made.body).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/) as string,
      name: 'Work',
      color: '#ABCDEF',
      description: 'Paid',
      goal_ratios: { a: 0.5, toString: 2 },
      created_at: NOON,
      updated_at: NOON,
    });
    expect(Object.keys(made.body)).toEqual([
      'id',
      'name',
      'color',
      'description',
      'goal_ratios',
      'created_at',
      'updated_at',
    ]);
  });

  it('need a name and a colour alone', async () => {
    const made = await ada.make('/v1/tags/groups', { name: '', color: '#fff', description: null });
    expect(made).toMatchObject({ name: '', color: '#FFF', description: null, goal_ratios: null });
    expect(await ada.post('/v1/tags/groups', {})).toEqual(
      invalid(['missing', 'body', 'name'], ['missing', 'body', 'color']),
    );
  });

  it.each([
    ['#ab', 'value_error'],
    ['#abcd', 'value_error'],
    ['abcdef', 'value_error'],
    ['#abcdeg', 'value_error'],
    ['#abc\n', 'value_error'],
    [1, 'string_type'],
    [null, 'string_type'],
  ])('have no colour %j', async (color, type) => {
    expect(await ada.post('/v1/tags/groups', { name: 'x', color })).toEqual(invalid([type, 'body', 'color']));
  });

  it.each([
    ['{"a": "1"}', 'float_type'],
    ['{"a": null}', 'float_type'],
    ['{"a": 1e999}', 'float_type'],
    ['{"\\u0000": 1}', 'value_error'],
    ['{"\\ud800": 1}', 'value_error'],
    ['[]', 'dict_type'],
    ['"a"', 'dict_type'],
    [JSON.stringify(Object.fromEntries(Array.from({ length: 201 }, (_, key) => [key, 1]))), 'too_long'],
  ])('have no goals %s', async (goals, type) => {
    const sent = `{"name": "x", "color": "#fff", "goal_ratios": ${goals}}`;
    expect(await ada.post('/v1/tags/groups', sent)).toEqual(invalid([type, 'body', 'goal_ratios']));
    expect(await ada.get('/v1/tags/groups')).toEqual({ status: 200, body: [] });
  });

  it('are listed by name, by code point, with their tags by name; the name may be another group’s', async () => {
    const [b, a, same] = [await addGroup('b'), await addGroup('B'), await addGroup('b')];
    const emoji = await addGroup('\u{1F600}');
    const wide = await addGroup('\uFFFD');
    for (const name of ['z', 'Z', 'é']) await addTag(b.id, name);
    const { body } = await ada.get('/v1/tags/groups');
    expect((body as { id: string }[]).map(({ id }) => id)).toEqual([a.id, b.id, same.id, wide.id, emoji.id]);
    expect(body[1]).toEqual({ ...b, tags: expect.anything() as unknown });
    expect(names((body as { tags: unknown }[])[1]?.tags)).toEqual(['Z', 'z', 'é']);
    expect(await ada.get(`/v1/tags/groups/${b.id}`)).toEqual({ status: 200, body: body[1] });
    expect((body as { tags: unknown }[])[0]?.tags).toEqual([]);
  });

  it('are listed page by page', async () => {
    for (const name of ['a', 'b', 'b', 'c']) await addGroup(name);
    const first = await ada.get('/v1/tags/groups?limit=2');
    expect(names(first.body)).toEqual(['a', 'b']);
    const [, next = ''] = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '') ?? [];
    const { pathname, search } = new URL(next);
    const second = await ada.get(`${pathname}${search}`);
    expect(names(second.body)).toEqual(['b', 'c']);
    expect(second.headers.get('link')).toBeNull();
  });

  it.each(['x', 'WzFd', 'WzEsMl0', 'WyJhIiwiYiJd', Buffer.from('["\\u0000", "x"]').toString('base64url')])(
    'go on after no cursor %s',
    async (cursor) => {
      expect(await ada.get(`/v1/tags/groups?cursor=${cursor}`)).toEqual(invalid(['value_error', 'query', 'cursor']));
    },
  );

  it('take null for what cannot be null as absent, and clear what can be', async () => {
    const group = await ada.make('/v1/tags/groups', {
      name: 'Work',
      color: '#abc',
      description: 'd',
      goal_ratios: { a: 1 },
    });
    planning.later(10);
    const patch = { name: null, color: null, description: null, goal_ratios: null };
    expect(await ada.patch(`/v1/tags/groups/${group.id}`, patch)).toEqual({
      status: 200,
      body: { ...group, description: null, goal_ratios: null, updated_at: '2026-03-02T12:00:10Z' },
    });
  });

  it('change by what is sent, and not by what changes nothing', async () => {
    const group = await ada.make('/v1/tags/groups', { name: 'Work', color: '#abc', goal_ratios: { a: 1, b: 2 } });
    planning.later(10);
    for (const patch of [{}, { name: 'Work' }, { color: '#ABC', goal_ratios: { b: 2, a: 1 } }]) {
      expect(await ada.patch(`/v1/tags/groups/${group.id}`, patch)).toEqual({ status: 200, body: group });
    }
    const changed = { ...group, name: 'Play', color: '#123456', goal_ratios: { b: 2 } };
    const { body } = await ada.patch(`/v1/tags/groups/${group.id}`, {
      name: 'Play',
      color: '#123456',
      goal_ratios: { b: 2 },
    });
    expect(body).toEqual({ ...changed, updated_at: '2026-03-02T12:00:10Z' });
  });

  it('are their owner’s alone', async () => {
    const { id } = await addGroup();
    const missing = failure(404, 'TagGroupNotFoundError', `Tag group not found: ${id}`);
    expect(await eve.get(`/v1/tags/groups/${id}`)).toEqual(missing);
    expect(await eve.patch(`/v1/tags/groups/${id}`, { name: 'x' })).toEqual(missing);
    expect(await eve.delete(`/v1/tags/groups/${id}`)).toEqual(missing);
    expect(await eve.get('/v1/tags/groups')).toMatchObject({ body: [] });
    expect(await ada.get('/v1/tags/groups/nonsense')).toEqual(invalid(['uuid_parsing', 'path', 'id']));
  });
});

describe('tags', () => {
  it('are made in an own group, with every key', async () => {
    const group = await addGroup();
    const made = await ada.post('/v1/tags', { name: 'Deep', color: '#0f7', group_id: group.id.toUpperCase() });
    expect(made.status).toBe(201);
    expect(Object.entries(made.body)).toEqual(
      Object.entries({
        id: (made.body as { id: string }).id,
        name: 'Deep',
        color: '#0F7',
        description: null,
        group_id: group.id,
        created_at: NOON,
        updated_at: NOON,
      }),
    );
    expect(await ada.get(`/v1/tags/${(made.body as { id: string }).id}`)).toEqual({
      status: 200,
      body: made.body,
    });
  });

  it('are made in nobody else’s and no unknown group', async () => {
    const foreign = await addGroup('Eve’s', eve);
    for (const groupId of [foreign.id, UNKNOWN_ID]) {
      expect(await ada.post('/v1/tags', { name: 'x', color: '#fff', group_id: groupId })).toEqual(
        failure(404, 'TagGroupNotFoundError', `Tag group not found: ${groupId}`),
      );
    }
    expect(await ada.post('/v1/tags', { name: 'x'.repeat(256), color: '#fff' })).toEqual(
      invalid(['string_too_long', 'body', 'name'], ['missing', 'body', 'group_id']),
    );
  });

  it('have names of their own within a group, by case, on create and on rename', async () => {
    const [one, other] = [await addGroup('1'), await addGroup('2')];
    const tag = await addTag(one.id, 'x');
    const capital = await addTag(one.id, 'X');
    await addTag(other.id, 'x');
    const taken = failure(409, 'DuplicateTagNameError', 'Tag name already exists in this group: x');
    expect(await ada.post('/v1/tags', { name: 'x', color: '#fff', group_id: one.id })).toEqual(taken);
    expect(await ada.patch(`/v1/tags/${capital.id}`, { name: 'x' })).toEqual(taken);
    expect(await ada.patch(`/v1/tags/${tag.id}`, { name: 'x' })).toEqual({ status: 200, body: tag });
  });

  it('are the same names however their letters are composed', async () => {
    const group = await addGroup('cafe\u0301s');
    expect(group.name).toBe('caf\u00e9s');
    const tag = await addTag(group.id, 'cafe\u0301');
    expect(tag.name).toBe('caf\u00e9');
    const taken = failure(409, 'DuplicateTagNameError', 'Tag name already exists in this group: caf\u00e9');
    for (const name of ['caf\u00e9', 'cafe\u0301']) {
      expect(await ada.post('/v1/tags', { name, color: '#fff', group_id: group.id })).toEqual(taken);
    }
  });

  it('come once when twenty of one name come at once', async () => {
    const { id } = await addGroup();
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => ada.post('/v1/tags', { name: 'x', color: '#fff', group_id: id })),
    );
    const count = (status: number) => replies.filter((reply) => reply.status === status).length;
    expect([count(201), count(409)]).toEqual([1, 19]);
  });

  it('are listed by name, in UTC whatever a timezone says', async () => {
    const [one, other] = [await addGroup('1'), await addGroup('2')];
    const b = await addTag(one.id, 'b');
    const a = await addTag(other.id, 'a');
    const b2 = await addTag(other.id, 'b');
    expect(await ada.get('/v1/tags?timezone=Nowhere/Land')).toEqual({ status: 200, body: [a, b, b2] });
    const page = await ada.get('/v1/tags?limit=1');
    expect(page.body).toEqual([a]);
    expect(page.headers.get('link')).toContain('rel="next"');
    expect(await eve.get('/v1/tags')).toMatchObject({ body: [] });
  });

  it('keep their group, and change by what is sent', async () => {
    const [one, other] = [await addGroup('1'), await addGroup('2')];
    const tag = await addTag(one.id, 'x');
    planning.later(5);
    expect(await ada.patch(`/v1/tags/${tag.id}`, { group_id: other.id, name: null, color: null })).toEqual({
      status: 200,
      body: tag,
    });
    expect(await ada.patch(`/v1/tags/${tag.id}`, { description: 'd', color: '#abc' })).toEqual({
      status: 200,
      body: { ...tag, description: 'd', color: '#ABC', updated_at: '2026-03-02T12:00:05Z' },
    });
  });

  it('are their owner’s alone', async () => {
    const { id } = await addTag((await addGroup()).id, 'x');
    const missing = failure(404, 'TagNotFoundError', `Tag not found: ${id}`);
    expect(await eve.get(`/v1/tags/${id}`)).toEqual(missing);
    expect(await eve.patch(`/v1/tags/${id}`, { name: 'y' })).toEqual(missing);
    expect(await eve.delete(`/v1/tags/${id}`)).toEqual(missing);
  });

  it('are at most ten thousand', async () => {
    const { id } = await addGroup();
    await planning.dataSource.query(
      `INSERT INTO tags (id, owner_id, group_id, name, color, created_at, updated_at)
       SELECT gen_random_uuid(), $1, $2, n::text, '#FFF', now(), now() FROM generate_series(1, 9999) n`,
      [ada.id, id],
    );
    const replies = await Promise.all(
      ['a', 'b'].map((name) => ada.post('/v1/tags', { name, color: '#fff', group_id: id })),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 400]);
    expect(replies).toContainEqual(expect.objectContaining(failure(400, 'LimitReachedError', 'Limit reached: tags')));
  });
});

describe('deleting', () => {
  const day = { start_time: '2026-03-03T09:00:00Z', end_time: '2026-03-03T10:00:00Z' };

  it('a tag takes it from everything that carries it', async () => {
    const { id: groupId } = await addGroup();
    const [gone, stays] = [await addTag(groupId, 'gone'), await addTag(groupId, 'stays')];
    const tagIds = [gone.id, stays.id];
    const todo = await ada.make('/v1/todos', { title: 't', tag_group_id: groupId, tag_ids: tagIds });
    const schedule = await ada.make('/v1/schedules', {
      title: 's',
      ...day,
      tag_ids: tagIds,
      recurrence_rule: 'FREQ=DAILY',
    });
    const instance = `/v1/schedules/${schedule.id}?instance_start=2026-03-04T09:00:00Z`;
    expect(await ada.patch(instance, { tag_ids: tagIds, title: 'own' })).toMatchObject({ status: 200 });
    const timer = await startLinkedTimer(planning, ada, { tagIds });

    expect(await ada.delete(`/v1/tags/${gone.id}`)).toEqual(OK);

    const left = [expect.objectContaining({ id: stays.id })];
    expect(await ada.get(`/v1/todos/${todo.id}`)).toMatchObject({ body: { tags: left } });
    expect(await ada.get(`/v1/schedules/${schedule.id}`)).toMatchObject({ body: { tags: left } });
    const range = '/v1/schedules?start_date=2026-03-04&end_date=2026-03-04T23:59:59';
    expect(await ada.get(range)).toMatchObject({ body: [{ title: 'own', tags: left }] });
    expect(await timerRow(planning, timer)).toMatchObject({ tag_ids: [stays.id], revision: 2 });
    expect(await ada.get(`/v1/tags/${gone.id}`)).toMatchObject({ status: 404 });
    expect(await ada.get(`/v1/tags/groups/${groupId}`)).toMatchObject({ status: 200, body: { tags: left } });
  });

  it('the last tag takes its group along, which schedules lose', async () => {
    const { id: groupId } = await addGroup();
    const [one, last] = [await addTag(groupId, '1'), await addTag(groupId, '2')];
    const schedule = await ada.make('/v1/schedules', { title: 's', ...day, tag_group_id: groupId });
    await ada.delete(`/v1/tags/${one.id}`);
    expect(await ada.get(`/v1/tags/groups/${groupId}`)).toMatchObject({ status: 200 });
    await ada.delete(`/v1/tags/${last.id}`);
    expect(await ada.get(`/v1/tags/groups/${groupId}`)).toMatchObject({ status: 404 });
    expect(await ada.get(`/v1/schedules/${schedule.id}`)).toMatchObject({ body: { ...schedule, tag_group_id: null } });
  });

  it('the last tag leaves a group that todos belong to, and a group without tags stays', async () => {
    const [busy, empty] = [await addGroup('busy'), await addGroup('empty')];
    const { id } = await addTag(busy.id, 'x');
    await ada.make('/v1/todos', { title: 't', tag_group_id: busy.id });
    expect(await ada.delete(`/v1/tags/${id}`)).toEqual(OK);
    expect(names((await ada.get('/v1/tags/groups')).body)).toEqual(['busy', 'empty']);
    expect(await ada.get(`/v1/tags/groups/${empty.id}`)).toMatchObject({ body: { ...empty, tags: [] } });
  });

  it('a group takes its todos and tags along, and nothing else', async () => {
    const [group, other] = [await addGroup('gone'), await addGroup('stays')];
    const [gone, stays] = [await addTag(group.id, 'x'), await addTag(other.id, 'y')];
    const tagIds = [gone.id, stays.id];
    const deadline = '2026-03-05T09:00:00Z';
    const todo = await ada.make('/v1/todos', { title: 't', tag_group_id: group.id, deadline });
    const [made] = todo['schedules'] as { id: string }[];
    const kept = await ada.make('/v1/todos', { title: 'k', tag_group_id: other.id, tag_ids: tagIds });
    const schedule = await ada.make('/v1/schedules', { title: 's', ...day, tag_group_id: group.id, tag_ids: tagIds });
    const timer = await startLinkedTimer(planning, ada, { todoId: todo.id, scheduleId: made?.id ?? '', tagIds });

    expect(await ada.delete(`/v1/tags/groups/${group.id}`)).toEqual(OK);

    expect(await ada.get(`/v1/todos/${todo.id}`)).toMatchObject({ status: 404 });
    expect(await ada.get(`/v1/schedules/${made?.id ?? ''}`)).toMatchObject({ status: 404 });
    expect(await ada.get(`/v1/tags/${gone.id}`)).toMatchObject({ status: 404 });
    expect(await ada.get(`/v1/todos/${kept.id}`)).toMatchObject({ body: { ...kept, tags: [stays] } });
    expect(await ada.get(`/v1/schedules/${schedule.id}`)).toMatchObject({
      body: { ...schedule, tag_group_id: null, tags: [stays] },
    });
    expect(await timerRow(planning, timer)).toMatchObject({ schedule_id: null, todo_id: null, tag_ids: [stays.id] });
    expect(names((await ada.get('/v1/tags/groups')).body)).toEqual(['stays']);
  });
});

it('lists groups in as many statements for twenty as for one', async () => {
  await addTag((await addGroup('a')).id, 'x');
  const one = await countStatements(() => ada.get('/v1/tags/groups'));
  for (let group = 0; group < 19; group += 1) await addTag((await addGroup('b')).id, 'x');
  expect(await countStatements(() => ada.get('/v1/tags/groups'))).toBe(one);
  expect(one).toBe(2);
});
