import { AT_NOON } from '../support/domain.js';
import {
  failure,
  invalid,
  NOON,
  OK,
  type Person,
  type Planning,
  putBack,
  type Reply,
  startPlanning,
  UNKNOWN_ID,
} from '../support/planning.js';
import { addSchedule, addTag, addTodo, at, type Item, logOf, ok, start, storedRow } from '../support/timers.js';

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

const METHODS = { pause: 'patch', resume: 'patch', stop: 'post', cancel: 'post' } as const;
type Verb = keyof typeof METHODS;
const command = (person: Person, verb: Verb, id: string, query = ''): Promise<Reply> =>
  person[METHODS[verb]](`/v1/timers/${id}/${verb}${query}`);

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
