import { AT_NOON } from '../support/domain.js';
import { befriend, invalid, type Person, type Planning, putBack, share, startPlanning } from '../support/planning.js';
import {
  addSchedule,
  addTag,
  addTodo,
  at,
  type Item,
  nextOf,
  ok,
  pages,
  shareTimer,
  start,
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

async function list(query = '', person = ada): Promise<Item[]> {
  const reply = await person.get(`/v1/timers${query}`);
  expect(reply.status).toBe(200);
  return reply.body;
}
const titles = (items: Item[]) => items.map(({ title }) => title);

/** One timer of every status, a minute apart, named after it; the running one is the newest. */
async function oneOfEach(person: Person): Promise<Item[]> {
  const made: Item[] = [];
  for (const [status, verb] of [
    ['COMPLETED', 'stop'],
    ['CANCELLED', 'cancel'],
    ['PAUSED', 'pause'],
    ['RUNNING', ''],
  ] as const) {
    const timer = await start(person, { title: status });
    if (verb === 'pause') await person.patch(`/v1/timers/${timer.id}/pause`);
    else if (verb !== '') await person.post(`/v1/timers/${timer.id}/${verb}`);
    made.unshift((await person.get(`/v1/timers/${timer.id}`)).body);
    planning.later(60);
  }
  return made;
}

describe('filters', () => {
  it('none: whole timers, newest first', async () => {
    const made = await oneOfEach(ada);
    expect(await ada.get('/v1/timers')).toEqual(ok([{ ...made[0], elapsed_time: 60 }, ...made.slice(1)]));
    expect(await ada.get('/v1/timers/')).toMatchObject({ status: 200 });
    expect(await eve.get('/v1/timers')).toEqual(ok([]));
  });

  it('status: repeated or with commas, any case', async () => {
    await oneOfEach(ada);
    expect(titles(await list('?status=RUNNING'))).toEqual(['RUNNING']);
    expect(titles(await list('?status=paused&status=Completed'))).toEqual(['PAUSED', 'COMPLETED']);
    expect(titles(await list('?status=running,CANCELLED'))).toEqual(['RUNNING', 'CANCELLED']);
    expect(titles(await list('?status='))).toHaveLength(4);
    expect(await ada.get('/v1/timers?status=RUNNING,DONE')).toEqual(invalid(['enum', 'query', 'status', 1]));
  });

  it('type: with both links a timer is of both', async () => {
    const [schedule, todo] = [await addSchedule(ada), await addTodo(ada)];
    await start(ada, { title: 'neither' });
    await start(ada, { title: 'schedule', schedule_id: schedule.id });
    await start(ada, { title: 'todo', todo_id: todo.id });
    await start(ada, { title: 'both', schedule_id: schedule.id, todo_id: todo.id });
    expect(titles(await list('?type=independent'))).toEqual(['neither']);
    expect(titles(await list('?type=schedule'))).toEqual(['both', 'schedule']);
    expect(titles(await list('?type=todo'))).toEqual(['both', 'todo']);
    expect(await list('?type=room')).toEqual([]);
    expect(await list('?type=room&scope=shared')).toEqual([]);
    expect(await ada.get('/v1/timers?type=SCHEDULE')).toEqual(invalid(['enum', 'query', 'type']));
  });

  it('start_date and end_date: inclusive, as instants, in every spelling', async () => {
    await oneOfEach(ada);
    const between = async (from: string, to: string) => titles(await list(`?start_date=${from}&end_date=${to}`));
    expect(await between('2026-03-02T12:01:00Z', '2026-03-02T12:02:00Z')).toEqual(['PAUSED', 'CANCELLED']);
    expect(await between('2026-03-02T21:01:00+09:00', '2026-03-02T21:02:00%2B0900')).toEqual(['PAUSED', 'CANCELLED']);
    expect(await between('2026-03-02 12:01', '2026-03-02T12:02:00.999')).toEqual(['PAUSED', 'CANCELLED']);
    expect(await between('2026-03-02', '2026-03-03')).toHaveLength(4);
    expect(await between('2026-03-03', '2026-03-02')).toEqual([]);
    // No offset means UTC, whatever the reply's zone is.
    expect(titles(await list('?start_date=2026-03-02T12:03:00&timezone=Asia/Seoul'))).toEqual(['RUNNING']);
    for (const name of ['start_date', 'end_date', 'updated_since']) {
      for (const value of ['x', '', '1969-12-31T23:59:59Z', '2026-02-30', '2026-03-02T25:00']) {
        expect(await ada.get(`/v1/timers?${name}=${value}`)).toEqual(
          invalid(['datetime_from_date_parsing', 'query', name]),
        );
      }
    }
  });

  it('all of them at once, for shared timers as for own', async () => {
    await befriend(planning, ada, eve);
    for (const timer of await oneOfEach(eve)) await shareTimer(planning, timer, 'friends');
    putBack(planning);
    await oneOfEach(ada);
    const filters =
      'status=paused,completed,running&type=independent&start_date=2026-03-02T12:01:00Z&end_date=2026-03-02T12:02:30Z';
    const shown = (items: Item[]) => items.map(({ title, owner_id, is_shared }) => [title, owner_id, is_shared]);
    const [own, shared] = [
      ['PAUSED', ada.id, false],
      ['PAUSED', eve.id, true],
    ];
    expect(shown(await list(`?${filters}`))).toEqual([own]);
    expect(shown(await list(`?${filters}&scope=mine`))).toEqual([own]);
    expect(shown(await list(`?${filters}&scope=shared`))).toEqual([shared]);
    expect(shown(await list(`?${filters}&scope=all`))).toEqual([own, shared]);
    expect(await list('?scope=shared&type=todo')).toEqual([]);
    expect(await list('?scope=shared&updated_since=2026-03-02T13:00:00Z')).toEqual([]);
  });

  it('unknown ones count for nothing, bad ones are all named', async () => {
    await start(ada);
    expect(await list('?visibility=public&nonsense=1')).toHaveLength(1);
    const query = 'limit=0&scope=ours&type=x&status=x&start_date=x&include_todo=2&tag_include_mode=x&cursor=%00';
    expect(await ada.get(`/v1/timers?${query}`)).toMatchObject({
      status: 422,
      body: {
        detail: expect.arrayContaining([
          expect.objectContaining({ type: 'greater_than_equal', loc: ['query', 'limit'] }),
          expect.objectContaining({
            type: 'enum',
            loc: ['query', 'scope'],
            msg: `Input should be 'mine', 'shared' or 'all'`,
          }),
          expect.objectContaining({ type: 'enum', loc: ['query', 'type'] }),
          expect.objectContaining({ type: 'bool_parsing', loc: ['query', 'include_todo'] }),
          expect.objectContaining({ type: 'enum', loc: ['query', 'tag_include_mode'] }),
        ]) as unknown,
      },
    });
  });
});

describe('shared timers', () => {
  it('own first, then shared, each newest first; a stranger’s public one only by its id', async () => {
    const sam = await planning.signUp();
    await befriend(planning, ada, eve);
    const theirs = await start(eve, { title: 'friend' });
    await shareTimer(planning, theirs, 'friends');
    const listed = await start(eve, { title: 'public' });
    await shareTimer(planning, listed, 'public');
    await shareTimer(planning, await start(eve, { title: 'private' }), 'private');
    await start(eve, { title: 'never set' });
    const stranger = await start(sam, { title: 'stranger' });
    await shareTimer(planning, stranger, 'public');
    planning.later(60);
    await start(ada, { title: 'own' });
    expect(titles(await list('?scope=all'))).toEqual(['own', 'public', 'friend']);
    expect(titles(await list('?scope=shared'))).toEqual(['public', 'friend']);
    expect(titles((await pages(ada, '/v1/timers?scope=all&limit=1')).flat())).toEqual(['own', 'public', 'friend']);
    expect(titles((await pages(ada, '/v1/timers?scope=all&limit=2')).flat())).toEqual(['own', 'public', 'friend']);
    expect(await ada.get(`/v1/timers/${stranger.id}`)).toEqual(ok({ ...stranger, elapsed_time: 60, is_shared: true }));
    expect(await sam.get(`/v1/timers/${theirs.id}`)).toMatchObject({ status: 403 });
  });

  it('show of schedule, todo and tags what the reader may read', async () => {
    await befriend(planning, ada, eve);
    const [mine, planned] = [await addTag(eve, 'mine'), await addTag(eve, 'planned')];
    const todo = await addTodo(eve);
    const schedule = await addSchedule(eve, { tag_ids: [planned.id], source_todo_id: todo.id });
    const timer = await start(eve, { schedule_id: schedule.id, tag_ids: [mine.id] });
    await shareTimer(planning, timer, 'friends');
    const query = '?include_schedule=true&include_todo=true&tag_include_mode=inherit_from_schedule';
    const shown = async () => (await ada.get(`/v1/timers/${timer.id}${query}`)).body as Item;
    const links = { schedule_id: schedule.id, todo_id: todo.id, is_shared: true };
    expect(await shown()).toEqual({ ...timer, ...links, tags: [mine], schedule: null, todo: null });
    await share(planning, 'todo', todo, 'friends');
    const readable = { ...todo, is_shared: true, visibility_level: 'friends', schedules: [] };
    expect(await shown()).toEqual({ ...timer, ...links, tags: [mine], schedule: null, todo: readable });
    await share(planning, 'schedule', schedule, 'friends');
    const shared = { ...schedule, is_shared: true, visibility_level: 'friends' };
    expect(await shown()).toEqual({
      ...timer,
      ...links,
      tags: [mine, planned],
      schedule: shared,
      todo: { ...readable, schedules: [shared] },
    });
    expect(await list(`${query}&scope=shared`)).toEqual([await shown()]);
  });
});

describe('pages', () => {
  it('hold what fits and say where the next is, other parameters unchanged', async () => {
    for (let n = 0; n < 7; n += 1) await start(ada, { title: String(n) });
    const first = await ada.get(
      '/v1/timers?limit=3&status=RUNNING,PAUSED&timezone=%2B09:00&start_date=2026-03-02T00:00:00+09:00',
    );
    const next = new URL(nextOf(first) ?? '', 'http://x');
    expect(first.headers.get('link')).toMatch(/^<http:\/\/localhost:0\/v1\/timers\?limit=3&/);
    next.searchParams.delete('cursor');
    expect(Object.fromEntries(next.searchParams)).toEqual({
      limit: '3',
      status: 'RUNNING,PAUSED',
      timezone: '+09:00',
      start_date: '2026-03-02T00:00:00 09:00',
    });
    // All were created within the same second: ids tell them apart.
    const found = await pages(ada, '/v1/timers?limit=3&status=RUNNING,PAUSED');
    expect(found.map(titles)).toEqual([['6', '5', '4'], ['3', '2', '1'], ['0']]);
    expect((await pages(ada, '/v1/timers?limit=7')).map((page) => page.length)).toEqual([7]);
  });

  it('leave nothing out and repeat nothing while timers come and go', async () => {
    const made: Item[] = [];
    for (let n = 0; n < 6; n += 1) made.unshift(await start(ada));
    const first = await ada.get('/v1/timers?limit=2');
    await start(ada);
    await ada.delete(`/v1/timers/${made[1]?.id ?? ''}`);
    const second = await ada.get(nextOf(first) ?? '');
    expect((second.body as Item[]).map(({ id }) => id)).toEqual([made[2]?.id, made[3]?.id]);
  });

  it('are 500 long unless asked otherwise, 1,000 at most', async () => {
    await planning.dataSource.query(
      `INSERT INTO timers (id, user_id, origin, allocated_duration, status, elapsed_time, started_at, ended_at, history,
         revision, created_at, updated_at)
       SELECT gen_random_uuid(), $1, 'v1', 60, 'completed', 0, now(), now(), '[]', 1, to_timestamp(1e9 + n), now()
       FROM generate_series(1, 1200) n`,
      [ada.id],
    );
    expect((await pages(ada, '/v1/timers')).map((page) => page.length)).toEqual([500, 500, 200]);
    expect((await pages(ada, '/v1/timers?limit=1000')).map((page) => page.length)).toEqual([1_000, 200]);
    for (const [limit, type] of [
      ['1001', 'less_than_equal'],
      ['0', 'greater_than_equal'],
      ['x', 'int_parsing'],
      ['1.5', 'int_parsing'],
    ]) {
      expect(await ada.get(`/v1/timers?limit=${limit}`)).toEqual(invalid([type ?? '', 'query', 'limit']));
    }
  });

  it('begin nowhere else than where a page ended: made-up cursors are 422', async () => {
    const { id } = await start(ada);
    const encoded = (key: unknown) => Buffer.from(JSON.stringify(key)).toString('base64url');
    const keys = [
      ...[[], [false, 1], ['x', 1, id], [false, 'x', id], [false, 1, 'x'], [null, 1, id], {}, 1, [false, 1, id, 1]],
      ...[
        [false, 1e300, id],
        [false, 1.5, id],
        [false, -1e15, id],
        [false, 1, '-'.repeat(36)],
        [false, 9e15, id],
      ],
    ];
    const schedule = await addSchedule(ada);
    for (const path of ['/v1/timers', `/v1/schedules/${schedule.id}/timers`, '/v1/timers?type=room']) {
      for (const cursor of [...keys.map(encoded), 'x', '', '%00', 'e30', 'a'.repeat(2_001)]) {
        const reply = await ada.get(`${path}${path.includes('?') ? '&' : '?'}cursor=${cursor}`);
        expect({ cursor, status: reply.status }).toEqual({ cursor, status: 422 });
      }
    }
    for (const key of [['x'], [null], [true], [1.5], [-1], [1e300], [1, 2], []]) {
      const reply = await ada.get(`/v1/timers/${id}/revisions?cursor=${encoded(key)}`);
      expect({ key, status: reply.status }).toEqual({ key, status: 422 });
    }
  });
});

describe('updated_since', () => {
  it('is inclusive and counts changes of the timer and of its tags', async () => {
    const [tag, other] = [await addTag(ada, 'x'), await addTag(ada, 'y')];
    const touched = await start(ada, { title: 'touched' });
    const tagged = await start(ada, { title: 'tagged', tag_ids: [tag.id] });
    const shared = await start(ada, { title: 'shared' });
    await start(ada, { title: 'other', tag_ids: [other.id] });
    planning.later(60);
    await ada.patch(`/v1/timers/${touched.id}`, { description: 'd' });
    await ada.patch(`/v1/tags/${tag.id}`, { name: 'z' });
    const since = async (seconds: number) => titles(await list(`?updated_since=${at(seconds)}`));
    expect(await since(60)).toEqual(['tagged', 'touched']);
    expect(await since(61)).toEqual([]);
    expect(await since(0)).toHaveLength(4);
    // Renaming a tag is no revision of the timer.
    expect(await ada.get(`/v1/timers/${tagged.id}`)).toMatchObject({ body: { revision: 1, updated_at: at(0) } });
    planning.later(60);
    await ada.delete(`/v1/tags/${tag.id}`);
    expect(await since(120)).toEqual(['tagged']);
    expect(await ada.get(`/v1/timers/${tagged.id}?tag_include_mode=timer_only`)).toMatchObject({
      body: { revision: 2, updated_at: at(120), tags: [] },
    });
    expect(await ada.get(`/v1/timers/${shared.id}`)).toMatchObject({ body: { revision: 1 } });
  });

  it('counts a command and a deletion of what it is linked to', async () => {
    const schedule = await addSchedule(ada);
    const [linked, paused] = [await start(ada, { schedule_id: schedule.id }), await start(ada)];
    planning.later(60);
    await ada.patch(`/v1/timers/${paused.id}/pause`);
    await ada.delete(`/v1/schedules/${schedule.id}`);
    const since = await list(`?updated_since=${at(60)}`);
    expect(since.map(({ id }) => id)).toEqual([paused.id, linked.id]);
    expect(since[1]).toEqual({ ...linked, schedule_id: null, elapsed_time: 60, revision: 2, updated_at: at(60) });
  });
});

it('is empty for somebody without timers, whatever is asked', async () => {
  expect(AT_NOON).toBe(planning.clock.ms);
  for (const scope of ['mine', 'shared', 'all']) expect(await ada.get(`/v1/timers?scope=${scope}`)).toEqual(ok([]));
  expect(await ada.get('/v1/timers?scope=all')).not.toEqual(ok([timerOf(ada)]));
});
