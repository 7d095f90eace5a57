import {
  befriend,
  countStatements,
  invalid,
  type Person,
  type Planning,
  putBack,
  share,
  startPlanning,
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
const titles = (items: Item[]) => items.map(({ title }) => title);

const DEADLINE = '2026-03-05T09:00:00Z';

describe('the list', () => {
  it('goes by status, deadline and, newest first, creation', async () => {
    await add({ title: 'cancelled', status: 'CANCELLED' });
    await add({ title: 'done', status: 'DONE' });
    await add({ title: 'scheduled, none', status: 'SCHEDULED' });
    await add({ title: 'scheduled', status: 'SCHEDULED', deadline: DEADLINE });
    await add({ title: 'old' });
    await add({ title: 'old too' });
    planning.later(60);
    await add({ title: 'new' });
    await add({ title: 'due later', deadline: '2026-03-06T09:00:00Z' });
    await add({ title: 'due', deadline: DEADLINE });
    const order = ['due', 'due later', 'new', 'old too', 'old', 'scheduled', 'scheduled, none', 'done', 'cancelled'];
    const whole = await list();
    expect(titles(whole)).toEqual(order);
    const found: Item[] = [];
    for (let next: string | undefined = '/v1/todos?limit=2'; next !== undefined;) {
      const reply = await ada.get(next);
      found.push(...(reply.body as Item[]));
      const [, link] = /<([^>]+)>; rel="next"/.exec(reply.headers.get('link') ?? '') ?? [];
      next = link?.replace(/^https?:\/\/[^/]+/, '');
    }
    expect(found).toEqual(whole);
    const cursor = Buffer.from('[0,1,"2",3,"x"]').toString('base64url');
    expect(await ada.get(`/v1/todos?cursor=${cursor}`)).toEqual(invalid(['value_error', 'query', 'cursor']));
  });

  it('has every ancestor of what has all the tags, once', async () => {
    const [a, b] = [await addTag('a'), await addTag('b')];
    const top = await add({ title: 'top' });
    const middle = await add({ title: 'middle', parent_id: top.id, tag_ids: [a.id] });
    await add({ title: 'bottom', parent_id: middle.id, tag_ids: [a.id, b.id] });
    await add({ title: 'beside', parent_id: top.id });
    const reasons = async (query: string): Promise<Record<string, unknown>> =>
      Object.fromEntries((await list(query)).map((item) => [String(item['title']), item['include_reason']]));
    expect(await reasons(`tag_ids=${a.id},${b.id}`)).toEqual({ bottom: 'MATCH', middle: 'ANCESTOR', top: 'ANCESTOR' });
    expect(await reasons(`tag_ids=${a.id}`)).toEqual({ bottom: 'MATCH', middle: 'MATCH', top: 'ANCESTOR' });
    expect(await reasons(`tag_ids=${a.id}&group_ids=${group.id}`)).toHaveProperty('top', 'ANCESTOR');
    expect(await reasons(`tag_ids=${a.id}&group_ids=${UNKNOWN_ID}`)).toEqual({});
    expect(await reasons(`tag_ids=${UNKNOWN_ID}`)).toEqual({});
  });

  it('filters by group without ancestors', async () => {
    const other = await addGroup();
    await add({ title: 'here' });
    await add({ title: 'there', tag_group_id: other.id });
    expect(titles(await list(`group_ids=${other.id}`))).toEqual(['there']);
    expect(titles(await list(`group_ids=${other.id}&group_ids=${group.id}`)).sort()).toEqual(['here', 'there']);
    expect(await ada.get('/v1/todos?group_ids=x&scope=none')).toEqual(
      invalid(['enum', 'query', 'scope'], ['uuid_parsing', 'query', 'group_ids', 0]),
    );
  });

  it('shows what is shared behind one’s own, filtered, without ancestors', async () => {
    await befriend(planning, ada, eve);
    const tag = await addTag('x');
    const parent = await add({ title: 'parent' });
    const child = await add({ title: 'child', parent_id: parent.id, tag_ids: [tag.id], deadline: DEADLINE });
    const plain = await add({ title: 'plain', status: 'DONE' });
    await share(planning, 'todo', child, 'friends');
    await share(planning, 'todo', plain, 'friends');
    const theirs = await addGroup(eve);
    await eve.make('/v1/todos', { title: 'own', tag_group_id: theirs.id, status: 'CANCELLED' });
    expect(titles(await list('', eve))).toEqual(['own']);
    expect(await list('scope=shared', eve)).toEqual([
      { ...child, schedules: [], visibility_level: 'friends', is_shared: true },
      { ...plain, visibility_level: 'friends', is_shared: true },
    ]);
    expect(titles(await list('scope=all', eve))).toEqual(['own', 'child', 'plain']);
    expect(titles(await list(`scope=all&tag_ids=${tag.id}`, eve))).toEqual(['child']);
    expect(titles(await list(`scope=all&group_ids=${theirs.id}`, eve))).toEqual(['own']);
    const first = await eve.get('/v1/todos?scope=all&limit=1');
    expect(titles(first.body)).toEqual(['own']);
    const [, link = ''] = /<https?:\/\/[^/]+([^>]+)>/.exec(first.headers.get('link') ?? '') ?? [];
    expect(titles((await eve.get(link)).body)).toEqual(['child']);
  });

  it('tells what changed since, by itself or by a tag', async () => {
    const tag = await addTag('x');
    const parent = await add({ title: 'parent' });
    const child = await add({ title: 'child', parent_id: parent.id, tag_ids: [tag.id] });
    const plain = await add({ title: 'plain' });
    await add({ title: 'old' });
    planning.later(60);
    await ada.patch(`/v1/todos/${plain.id}`, { description: 'x' });
    await ada.patch(`/v1/tags/${tag.id}`, { color: '#000' });
    const since = 'updated_since=2026-03-02T12:01:00Z';
    expect(titles(await list(since)).sort()).toEqual(['child', 'plain']);
    expect(titles(await list(`${since}&tag_ids=${tag.id}`)).sort()).toEqual(['child', 'parent']);
    planning.later(60);
    await ada.patch(`/v1/todos/${child.id}`, { title: 'child' });
    expect(await list('updated_since=2026-03-02T12:02:00Z')).toEqual([]);
    await ada.delete(`/v1/todos/${parent.id}`);
    expect(titles(await list('updated_since=2026-03-02T12:02:00Z'))).toEqual(['child']);
  });

  it('takes as many statements for forty as for two', async () => {
    await befriend(planning, ada, eve);
    const tag = await addTag('x');
    const theirs = await addGroup(eve);
    const fill = async () => {
      const shared = await eve.make('/v1/todos', { title: 't', tag_group_id: theirs.id, deadline: DEADLINE });
      await share(planning, 'todo', shared, 'friends');
      await add({ deadline: DEADLINE, tag_ids: [tag.id] });
    };
    await fill();
    const few = await countStatements(() => list('scope=all'));
    for (let n = 0; n < 19; n += 1) await fill();
    const many = await countStatements(() => list('scope=all'));
    expect([few, many]).toEqual([6, 6]);
  });
});

describe('statistics', () => {
  it('count own todos, and those with each tag, most first', async () => {
    const other = await addGroup();
    const [a, b, c] = [await addTag('a'), await addTag('b'), await addTag('c', other.id)];
    await add({ tag_ids: [b.id, a.id], status: 'DONE' });
    await add({ tag_ids: [b.id, c.id], status: 'CANCELLED' });
    await add({ tag_group_id: other.id, tag_ids: [c.id] });
    await add();
    const row = ({ id, name }: Record<string, unknown>, count: number) => ({ tag_id: id, tag_name: name, count });
    expect(await ada.get('/v1/todos/stats')).toEqual({
      status: 200,
      body: { group_id: null, total_count: 4, by_tag: [row(b, 2), row(c, 2), row(a, 1)] },
    });
    expect(await ada.get(`/v1/todos/stats?group_id=${group.id}`)).toEqual({
      status: 200,
      body: { group_id: group.id, total_count: 3, by_tag: [row(b, 2), row(a, 1)] },
    });
    expect(await ada.get(`/v1/todos/stats?group_id=${UNKNOWN_ID}`)).toEqual({
      status: 200,
      body: { group_id: UNKNOWN_ID, total_count: 0, by_tag: [] },
    });
    expect(await eve.get(`/v1/todos/stats?group_id=${group.id}`)).toMatchObject({
      body: { total_count: 0, by_tag: [] },
    });
    expect(await ada.get('/v1/todos/stats?group_id=x')).toEqual(invalid(['uuid_parsing', 'query', 'group_id']));
  });
});
