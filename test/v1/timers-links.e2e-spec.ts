import { Client } from 'pg';

import {
  befriend,
  failure,
  invalid,
  type Person,
  type Planning,
  putBack,
  share,
  startPlanning,
  UNKNOWN_ID,
} from '../support/planning.js';
import { addSchedule, addTag, addTodo, type Item, ok, pages, shareTimer, start } from '../support/timers.js';

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

describe('what comes along', () => {
  it('by tag_include_mode: none, its own by name, or also the schedule’s, else the todo’s', async () => {
    const tags = Object.fromEntries(
      await Promise.all(['a', 'b', 'C', 'd', 'e'].map(async (name) => [name, await addTag(ada, name)] as const)),
    );
    const [a, b, c, d, e] = ['a', 'b', 'C', 'd', 'e'].map((name) => tags[name]?.id);
    const todo = await addTodo(ada, { tag_ids: [e, b] });
    const linked = await addTodo(ada, { tag_ids: [e, b] });
    const schedule = await addSchedule(ada, { tag_ids: [d, b, c], source_todo_id: linked.id });
    await start(ada, { title: 'todo', todo_id: todo.id, tag_ids: [b, a] });
    await start(ada, { title: 'schedule', schedule_id: schedule.id, tag_ids: [b, a] });
    await start(ada, { title: 'plain', tag_ids: [d, c] });
    await start(ada, { title: 'bare', schedule_id: schedule.id });
    const shown = async (query: string) =>
      (await list(query)).map(({ title, tags: own }) => [
        title,
        (own as { name: string }[]).map(({ name }) => name).join(''),
      ]);
    const none = [
      ['bare', ''],
      ['plain', ''],
      ['schedule', ''],
      ['todo', ''],
    ];
    expect(await shown('')).toEqual(none);
    expect(await shown('?tag_include_mode=none')).toEqual(none);
    const own = [
      ['bare', ''],
      ['plain', 'Cd'],
      ['schedule', 'ab'],
      ['todo', 'ab'],
    ];
    expect(await shown('?tag_include_mode=timer_only')).toEqual(own);
    const all = [
      ['bare', 'Cbd'],
      ['plain', 'Cd'],
      ['schedule', 'abCd'],
      ['todo', 'abe'],
    ];
    expect(await shown('?tag_include_mode=inherit_from_schedule')).toEqual(all);
    expect(await ada.get('/v1/timers?tag_include_mode=NONE')).toEqual(invalid(['enum', 'query', 'tag_include_mode']));
  });

  it('by include_schedule and include_todo, only where asked for', async () => {
    const todo = await addTodo(ada, { deadline: '2026-03-03T09:00:00Z' });
    const timer = await start(ada, { todo_id: todo.id });
    const [schedule] = (todo as unknown as { schedules: Item[] }).schedules;
    const whole = { ...timer, schedule_id: schedule?.id, schedule, todo };
    expect(await list()).toEqual([{ ...whole, schedule: null, todo: null }]);
    expect(await list('?include_schedule=on')).toEqual([{ ...whole, todo: null }]);
    expect(await list('?include_todo=True&include_schedule=false')).toEqual([{ ...whole, schedule: null }]);
    expect(await list('?include_todo=1&include_schedule=yes')).toEqual([whole]);
    expect(await list('?include_todo=0&include_schedule=off')).toEqual([{ ...whole, schedule: null, todo: null }]);
  });

  it('in the zone asked for, everywhere in the reply', async () => {
    const tag = await addTag(ada, 'x');
    const todo = await addTodo(ada, { deadline: '2026-03-03T09:00:00Z', tag_ids: [tag.id] });
    const timer = await start(ada, { todo_id: todo.id, tag_ids: [tag.id] });
    planning.later(60);
    await ada.patch(`/v1/timers/${timer.id}/pause`);
    const query = 'include_schedule=1&include_todo=1&tag_include_mode=timer_only';
    const utc = JSON.stringify(await list(`?${query}`));
    expect(utc.match(/T\d\d:\d\d:\d\d[^Z]/g)).toBeNull();
    const zones: [string, string][] = [
      ...(['Asia/Seoul', '%2B09:00', ' 09:00', '+0900', '%2B09', '+09:00:00'] as const).map(
        (name): [string, string] => [name, '+09:00'],
      ),
      ['America/St_Johns', '-03:30'],
      ['-03:30', '-03:30'],
    ];
    for (const [zone, offset] of zones) {
      const shown = JSON.stringify(await list(`?${query}&timezone=${zone}`));
      const times = shown.match(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)/g) ?? [];
      expect(new Set(times.map((time) => time.slice(19)))).toEqual(new Set([offset]));
      const back = shown.replace(/\d{4}-\d\d-\d\dT[\d:]{8}[+-]\d\d:\d\d/g, (time) =>
        new Date(time).toISOString().replace('.000', ''),
      );
      expect(back).toBe(utc);
    }
    for (const zone of ['', 'UTC', 'z', 'Z', 'utc', '+00:00'])
      expect(JSON.stringify(await list(`?${query}&timezone=${zone}`))).toBe(utc);
    for (const zone of ['Mars', '+24:00', '+09:60', 'UTC+9', 'KST9', '9']) {
      expect(await ada.get(`/v1/timers?timezone=${encodeURIComponent(zone)}`)).toEqual(
        failure(400, 'InvalidTimezoneError', `Invalid timezone: ${zone}`),
      );
    }
  });
});

describe.each(['schedule', 'todo'] as const)('the timers of one %s', (kind) => {
  const add = kind === 'schedule' ? addSchedule : addTodo;
  const key = `${kind}_id`;
  const notFound = failure(
    404,
    kind === 'schedule' ? 'ScheduleNotFoundError' : 'TodoNotFoundError',
    kind === 'schedule' ? 'Schedule not found' : 'Todo not found',
  );
  const none = failure(404, 'TimerNotFoundError', 'Timer not found');

  it('are the caller’s own, newest first, paged, with what comes along', async () => {
    const [item, other] = [await add(ada), await add(ada)];
    const path = `/v1/${kind}s/${item.id}/timers`;
    expect(await ada.get(path)).toEqual(ok([]));
    const made: Item[] = [];
    for (let n = 0; n < 3; n += 1) made.unshift(await start(ada, { [key]: item.id }));
    await start(ada, { [key]: other.id });
    await start(ada);
    expect(await ada.get(path)).toEqual(ok(made));
    expect((await pages(ada, `${path}?limit=2`)).map((page) => page.length)).toEqual([2, 1]);
    const [first] = (await ada.get(`${path}?include_${kind}=true&timezone=Asia/Seoul&limit=1`)).body as Item[];
    expect(first?.[kind]).toEqual((await ada.get(`/v1/${kind}s/${item.id}?timezone=Asia/Seoul`)).body);
    expect(first?.['created_at']).toBe('2026-03-02T21:00:00+09:00');
    expect(await ada.get(`${path}?limit=0`)).toEqual(invalid(['greater_than_equal', 'query', 'limit']));
  });

  it('has one that is active, or none', async () => {
    const item = await add(ada);
    const path = `/v1/${kind}s/${item.id}/timers/active`;
    expect(await ada.get(path)).toEqual(none);
    const [one, other] = [await start(ada, { [key]: item.id }), await start(ada, { [key]: item.id })];
    await start(ada);
    expect(await ada.get(path)).toEqual(ok(other));
    await ada.post(`/v1/timers/${other.id}/stop`);
    expect(await ada.get(path)).toEqual(ok(one));
    await ada.patch(`/v1/timers/${one.id}/pause`);
    expect(await ada.get(`${path}?tag_include_mode=timer_only`)).toMatchObject({
      status: 200,
      body: { status: 'PAUSED' },
    });
    await ada.post(`/v1/timers/${one.id}/cancel`);
    expect(await ada.get(path)).toEqual(none);
  });

  it('asks for one that is there and may be read', async () => {
    const item = await add(eve);
    await start(eve, { [key]: item.id });
    for (const tail of ['timers', 'timers/active']) {
      const path = `/v1/${kind}s/${item.id}/${tail}`;
      expect(await ada.get(path)).toEqual(
        failure(403, 'AccessDeniedError', `You don't have permission to access this resource`),
      );
      expect(await ada.get(`/v1/${kind}s/${UNKNOWN_ID}/${tail}`)).toEqual(notFound);
      expect(await ada.get(`/v1/${kind}s/x/${tail}`)).toEqual(invalid(['uuid_parsing', 'path', 'id']));
    }
    await share(planning, kind, item, 'public');
    expect(await ada.get(`/v1/${kind}s/${item.id}/timers`)).toEqual(ok([]));
    expect(await ada.get(`/v1/${kind}s/${item.id}/timers/active`)).toEqual(none);
  });
});

describe('the number of statements', () => {
  /** Every statement, but for what goes on in the background. */
  async function statements(work: () => Promise<unknown>): Promise<number> {
    // The background may say more than this knows of: the quietest of three looks counts.
    return Math.min(await look(work), await look(work), await look(work));
  }

  async function look(work: () => Promise<unknown>): Promise<number> {
    const spy = jest.spyOn(Client.prototype, 'query');
    try {
      await work();
      const sent = spy.mock.calls as unknown as [string | { text: string }][];
      const texts = sent.map(([query]) => (typeof query === 'string' ? query : query.text));
      return texts.filter((text) => !/timer_changes|signals|pg_snapshot|clock_timestamp|presence/.test(text)).length;
    } finally {
      spy.mockRestore();
    }
  }

  it('does not grow with what a list holds', async () => {
    await befriend(planning, ada, eve);
    const [todo, schedule] = [await addTodo(ada), await addSchedule(ada)];
    const query = 'include_schedule=1&include_todo=1&tag_include_mode=inherit_from_schedule';
    const paths = [
      '/v1/timers',
      `/v1/timers?scope=all&${query}`,
      `/v1/timers?scope=shared&${query}&status=RUNNING&type=schedule&start_date=2026-01-01&updated_since=2026-01-01`,
      `/v1/schedules/${schedule.id}/timers?${query}`,
      `/v1/todos/${todo.id}/timers?${query}`,
    ];
    const fill = async () => {
      const own = await addTodo(ada, { tag_ids: [(await addTag(ada, 'x')).id] });
      await addSchedule(ada, { source_todo_id: own.id, tag_ids: [(await addTag(ada, 'y')).id] });
      await start(ada, { todo_id: own.id, tag_ids: [(await addTag(ada, 'z')).id] });
      await start(ada, { todo_id: todo.id, schedule_id: schedule.id });
      const theirs = await addSchedule(eve);
      await share(planning, 'schedule', theirs, 'friends');
      await shareTimer(planning, await start(eve, { schedule_id: theirs.id }), 'friends');
    };
    const counted = async () => {
      const counts: number[] = [];
      for (const path of paths) counts.push(await statements(() => ada.get(path)));
      return counts;
    };
    await fill();
    await counted();
    const few = await counted();
    for (let n = 0; n < 9; n += 1) await fill();
    expect((await ada.get(paths[1] ?? '')).body).toHaveLength(30);
    const many = await counted();
    expect(many).toEqual(few);
    process.stdout.write(`statements per list: ${few.join(', ')}\n`);
    expect(Math.max(...few)).toBeLessThanOrEqual(16);
  }, 60_000);
});
