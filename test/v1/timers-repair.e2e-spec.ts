import {
  failure,
  invalid,
  NOON,
  OK,
  type Person,
  type Planning,
  putBack,
  startPlanning,
  UNKNOWN_ID,
} from '../support/planning.js';
import {
  addSchedule,
  addTag,
  addTodo,
  at,
  type Item,
  logOf,
  ok,
  pages,
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
const badSegments = (reason: string) => ({
  status: 422,
  body: {
    detail: [
      {
        type: 'value_error',
        loc: ['body', 'segments'],
        msg: `Value error, ${reason}`,
        ctx: { error: {} },
        input: expect.anything() as unknown,
      },
    ],
  },
});
const withoutInput = ({ status, body }: { status: number; body: unknown }) => ({
  status,
  body: { detail: (body as { detail: object[] }).detail.map((problem) => ({ input: '', ...problem })) },
});
/** `[from, to]` in seconds after noon. */
const segments = (...spans: [number, number][]) => spans.map(([from, to]) => ({ start: at(from), end: at(to) }));
const HOUR = 3_600;
const DAY = 86_400;

/** Same rules for both: what is wrong with segments, and what is said of it. */
const WRONG: [string, unknown, string][] = [
  ['none', [], 'at least one segment'],
  ['empty ones', segments([-60, -60]), 'each segment must end after it starts'],
  ['backward ones', segments([-30, -60]), 'each segment must end after it starts'],
  ['overlapping ones', segments([-90, -60], [-61, -30]), 'segments must be in order and must not overlap'],
  ['unordered ones', segments([-60, -30], [-120, -90]), 'segments must be in order and must not overlap'],
  ['what is yet to come', segments([-60, 1]), 'segments must not lie in the future'],
];

describe('time that was worked without a timer', () => {
  const add = (body: Record<string, unknown>, query = '') => ada.post(`/v1/timers/manual${query}`, body);

  it('is a completed timer with the history that its segments tell', async () => {
    const made = await add({
      title: 't',
      description: 'd',
      segments: segments([-7_200, -5_400], [-5_400, -5_000], [-60, 0]),
    });
    const expected = timerOf(ada, {
      title: 't',
      description: 'd',
      allocated_duration: 2_260,
      elapsed_time: 2_260,
      status: 'COMPLETED',
      started_at: at(-7_200),
      ended_at: NOON,
      running_since: null,
      pause_history: [
        { action: 'start', at: at(-7_200) },
        { action: 'pause', at: at(-5_400), elapsed: 1_800 },
        { action: 'resume', at: at(-5_400) },
        { action: 'pause', at: at(-5_000), elapsed: 2_200 },
        { action: 'resume', at: at(-60) },
        { action: 'stop', at: NOON, elapsed: 2_260 },
      ],
    });
    expect(made).toEqual(ok(expected, 201));
    expect(Object.keys(made.body)).toEqual(Object.keys(expected));
    const { id } = made.body as Item;
    expect(await ada.get(`/v1/timers/${id}`)).toEqual(ok(made.body));
    expect(await ada.get('/v1/timers')).toEqual(ok([made.body]));
    expect(await ada.get('/v1/timers/active')).toMatchObject({ status: 404 });
    expect(planning.told.at(-1)).toMatchObject({ action: 'create', actor: ada.id, timer: { id } });
    expect(await logOf(planning, id)).toEqual([[1, 'create', ada.id]]);
  });

  it('links and shows as a started one does', async () => {
    const tag = await addTag(ada, 'x');
    const todo = await addTodo(ada);
    const schedule = await addSchedule(ada, { source_todo_id: todo.id });
    const query = '?include_todo=true&include_schedule=true&tag_include_mode=timer_only&timezone=Asia/Seoul';
    const body = {
      todo_id: todo.id,
      tag_ids: [tag.id],
      allocated_duration: 10,
      segments: [{ start: 1_772_450_000, end: '2026-03-02 20:59+0900' }],
    };
    const made = (await add(body, query)).body as Item;
    expect(made).toMatchObject({ schedule_id: schedule.id, todo_id: todo.id, allocated_duration: 10 });
    expect(made).toMatchObject({
      started_at: '2026-03-02T20:13:20+09:00',
      ended_at: '2026-03-02T20:59:00+09:00',
      elapsed_time: 2_740,
    });
    expect([made['schedule'], made['todo'], made['tags']]).toMatchObject([
      { id: schedule.id },
      { id: todo.id },
      [{ id: tag.id }],
    ]);
    const post = (own: Record<string, unknown>) => add({ segments: segments([-60, 0]), ...own });
    expect(await post({ schedule_id: UNKNOWN_ID })).toEqual(
      failure(404, 'ScheduleNotFoundError', 'Schedule not found'),
    );
    expect(await post({ todo_id: UNKNOWN_ID })).toEqual(failure(404, 'TodoNotFoundError', 'Todo not found'));
    expect(await post({ tag_ids: [UNKNOWN_ID] })).toEqual(
      failure(404, 'TagNotFoundError', `Tag not found: ${UNKNOWN_ID}`),
    );
    expect(await ada.get('/v1/timers')).toMatchObject({ body: [{ id: made.id }] });
  });

  it.each(WRONG)('refuses %s', async (_, wrong, reason) => {
    expect(withoutInput(await add({ segments: wrong }))).toEqual(badSegments(reason));
    expect(await ada.get('/v1/timers')).toEqual(ok([]));
  });

  it('spans 24 hours at most, counts the second that has begun as now, and takes 500 segments', async () => {
    expect((await add({ segments: segments([-DAY, -HOUR], [-60, 0]) })).status).toBe(201);
    expect(withoutInput(await add({ segments: segments([-DAY - 1, -HOUR], [-60, 0]) }))).toEqual(
      badSegments('segments may span 86400 seconds at most'),
    );
    planning.clock.ms += 1;
    expect((await add({ segments: segments([-60, 1]) })).status).toBe(201);
    const many = (count: number) =>
      segments(...Array.from({ length: count }, (_, n): [number, number] => [n * 2 - 1_100, n * 2 - 1_099]));
    expect(await add({ segments: many(500) })).toMatchObject({ status: 201, body: { elapsed_time: 500 } });
    expect(await add({ segments: many(501) })).toEqual(invalid(['too_long', 'body', 'segments']));
  });

  it('refuses bodies that do not fit', async () => {
    expect(await add({})).toEqual(invalid(['missing', 'body', 'segments']));
    expect(await add({ segments: 'x' })).toEqual(invalid(['list_type', 'body', 'segments']));
    expect(await add({ segments: null })).toEqual(invalid(['list_type', 'body', 'segments']));
    for (const item of [null, 5, 'x', []]) {
      const reply = await add({ segments: [item] });
      expect({
        status: reply.status,
        loc: (reply.body as { detail: { loc: unknown[] }[] }).detail[0]?.loc.slice(0, 2),
      }).toEqual({
        status: 422,
        loc: ['body', 'segments'],
      });
    }
    expect(await add({ allocated_duration: 0, segments: [{ start: 'x' }] })).toEqual(
      invalid(
        ['greater_than', 'body', 'allocated_duration'],
        ['datetime_from_date_parsing', 'body', 'segments', 0, 'start'],
        ['missing', 'body', 'segments', 0, 'end'],
      ),
    );
    expect(
      await add({ segments: segments([-60, 0]), title: null, tag_ids: null, allocated_duration: null }),
    ).toMatchObject({
      status: 201,
      body: { allocated_duration: 60 },
    });
  });
});

describe('a correction', () => {
  /** Ran 0–600, paused, ran 700–1,000, then ended. */
  async function ended(verb: 'stop' | 'cancel' = 'stop'): Promise<Item> {
    const { id } = await start(ada, { title: 't' });
    planning.later(600);
    await ada.patch(`/v1/timers/${id}/pause`);
    planning.later(100);
    await ada.patch(`/v1/timers/${id}/resume`);
    planning.later(300);
    return (await ada.post(`/v1/timers/${id}/${verb}`)).body;
  }
  const correct = (id: string, body: unknown, person = ada, query = '') =>
    person.patch(`/v1/timers/${id}/segments${query}`, body);

  it.each(['stop', 'cancel'] as const)('rebuilds what a %s has ended', async (verb) => {
    const timer = await ended(verb);
    planning.later(100);
    planning.told.splice(0);
    const expected = {
      ...timer,
      elapsed_time: 700,
      started_at: at(-100),
      ended_at: at(650),
      pause_history: [
        { action: 'start', at: at(-100) },
        { action: 'pause', at: at(500), elapsed: 600 },
        { action: 'resume', at: at(550) },
        { action: verb, at: at(650), elapsed: 700 },
      ],
      updated_at: at(1_100),
      revision: 5,
    };
    const reply = await correct(timer.id, { segments: segments([-100, 500], [550, 650]), revision: 4 });
    expect(reply).toEqual(ok(expected));
    expect(await ada.get(`/v1/timers/${timer.id}`)).toEqual(ok(expected));
    expect(planning.told).toMatchObject([{ action: 'update', actor: ada.id, timer: { id: timer.id, revision: 5 } }]);
  });

  it('forgets when it was paused last before its end', async () => {
    const { id } = await start(ada);
    planning.later(60);
    await ada.patch(`/v1/timers/${id}/pause`);
    planning.later(60);
    expect(await ada.post(`/v1/timers/${id}/stop`)).toMatchObject({ body: { paused_at: at(60), ended_at: at(120) } });
    expect(await correct(id, { segments: segments([0, 60]) })).toMatchObject({
      status: 200,
      body: { paused_at: null, ended_at: at(60), elapsed_time: 60, revision: 4 },
    });
  });

  it('that changes nothing is no revision', async () => {
    const timer = await ended();
    planning.told.splice(0);
    expect(await correct(timer.id, { segments: segments([0, 600], [700, 1_000]) })).toEqual(ok(timer));
    expect(planning.told).toEqual([]);
    expect(await logOf(planning, timer.id)).toHaveLength(4);
  });

  it.each(['running', 'paused'])('is refused while it is %s', async (status) => {
    const { id } = await start(ada);
    if (status === 'paused') await ada.patch(`/v1/timers/${id}/pause`);
    planning.later(60);
    const refused = failure(400, 'InvalidTimerStatusError', `Cannot edit timer with status ${status}`);
    expect(await correct(id, { segments: segments([0, 60]) })).toEqual(refused);
  });

  it.each(WRONG)('refuses %s', async (_, wrong, reason) => {
    const { id } = await start(ada);
    await ada.post(`/v1/timers/${id}/stop`);
    expect(withoutInput(await correct(id, { segments: wrong }))).toEqual(badSegments(reason));
    expect((await storedRow(planning, id))?.revision).toBe(2);
  });

  it('spans a day, or what the timer spanned if that is more', async () => {
    const short = await ended();
    const day = await correct(short.id, { segments: segments([1_000 - DAY, 0]) });
    expect(day).toMatchObject({ status: 200, body: { elapsed_time: DAY - 1_000 } });
    expect(withoutInput(await correct(short.id, { segments: segments([-DAY, 1]) }))).toEqual(
      badSegments('segments may span 86400 seconds at most'),
    );
    putBack(planning);
    const { id } = await start(ada);
    planning.later(3 * DAY);
    await ada.post(`/v1/timers/${id}/stop`);
    expect(await correct(id, { segments: segments([-DAY, 0], [DAY, 2 * DAY]) })).toMatchObject({ status: 200 });
    expect(withoutInput(await correct(id, { segments: segments([-DAY, 0], [DAY, 2 * DAY + 1]) }))).toEqual(
      badSegments('segments may span 259200 seconds at most'),
    );
    expect(await correct(id, { segments: segments([0, HOUR]) })).toMatchObject({ status: 200 });
  });

  it('is guarded by the revision, when one is given', async () => {
    const timer = await ended();
    const conflict = failure(409, 'RevisionConflictError', 'Timer was changed meanwhile');
    const body = { segments: segments([0, 60]) };
    for (const revision of [1, 3, 5, 2 ** 40]) expect(await correct(timer.id, { ...body, revision })).toEqual(conflict);
    expect(await correct(timer.id, { ...body, revision: '4' })).toEqual(invalid(['int_type', 'body', 'revision']));
    expect(await correct(timer.id, { ...body, revision: 0 })).toEqual(
      invalid(['greater_than_equal', 'body', 'revision']),
    );
    const both = await Promise.all([1, 2].map((n) => correct(timer.id, { segments: segments([0, n]), revision: 4 })));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(await correct(timer.id, { segments: segments([0, 3]), revision: null })).toMatchObject({ status: 200 });
  });

  it('is the owner’s alone', async () => {
    const timer = await ended();
    await shareTimer(planning, timer, 'public');
    for (const id of [timer.id, UNKNOWN_ID])
      expect(await correct(id, { segments: segments([0, 60]) }, eve)).toEqual(timerNotFound);
    expect(await eve.get(`/v1/timers/${timer.id}/revisions`)).toEqual(timerNotFound);
    expect(await correct('x', {})).toEqual(invalid(['uuid_parsing', 'path', 'id'], ['missing', 'body', 'segments']));
  });

  it('answers in the zone and with what belongs to it', async () => {
    const timer = await ended();
    const query = '?timezone=Asia/Seoul&tag_include_mode=timer_only';
    expect(await correct(timer.id, { segments: segments([0, 60]) }, ada, query)).toMatchObject({
      body: { started_at: '2026-03-02T21:00:00+09:00', ended_at: '2026-03-02T21:01:00+09:00' },
    });
  });
});

describe('revisions', () => {
  const revisionsOf = async (id: string, query = '') => {
    const reply = await ada.get(`/v1/timers/${id}/revisions${query}`);
    expect(reply.status).toBe(200);
    return reply.body as unknown as { revision: number; action: string; at: string; timer: Item }[];
  };

  it('tell what a timer was at each of them, oldest first', async () => {
    const created = await start(ada, { title: 'a' });
    planning.later(60);
    const paused = (await ada.patch(`/v1/timers/${created.id}/pause`)).body as Item;
    planning.later(60);
    const renamed = (await ada.patch(`/v1/timers/${created.id}`, { title: 'b' })).body as Item;
    planning.later(60);
    const resumed = (await ada.patch(`/v1/timers/${created.id}/resume`)).body as Item;
    planning.later(60);
    const stopped = (await ada.post(`/v1/timers/${created.id}/stop`)).body as Item;
    planning.later(3_600);
    const corrected = (await ada.patch(`/v1/timers/${created.id}/segments`, { segments: segments([0, 30]) }))
      .body as Item;
    expect(await ada.get(`/v1/timers/${created.id}/revisions`)).toEqual(
      ok([
        // As it was then: an hour later nothing more was worked in the revision of its start.
        { revision: 1, action: 'start', at: NOON, timer: created },
        { revision: 2, action: 'pause', at: at(60), timer: paused },
        { revision: 3, action: 'update', at: at(120), timer: renamed },
        { revision: 4, action: 'resume', at: at(180), timer: resumed },
        { revision: 5, action: 'edit', at: at(3_840), timer: stopped },
        { revision: 6, action: 'update', at: at(3_840), timer: corrected },
      ]),
    );
    const [first] = await revisionsOf(created.id, '?timezone=Asia/Seoul&limit=1');
    expect(first).toMatchObject({
      at: '2026-03-02T21:00:00+09:00',
      timer: { created_at: '2026-03-02T21:00:00+09:00' },
    });
    const paged = await pages(ada, `/v1/timers/${created.id}/revisions?limit=4`);
    expect(paged.map((page) => page.map(({ revision }) => revision))).toEqual([
      [1, 2, 3, 4],
      [5, 6],
    ]);
  });

  it('that a correction replaced stay when the log is gone, and go with the timer', async () => {
    const { id } = await start(ada);
    planning.later(60);
    const stopped = (await ada.post(`/v1/timers/${id}/stop`)).body as Item;
    const once = (await ada.patch(`/v1/timers/${id}/segments`, { segments: segments([0, 30]) })).body as Item;
    planning.later(60);
    await ada.patch(`/v1/timers/${id}/segments`, { segments: segments([0, 20]) });
    await planning.dataSource.query(`DELETE FROM timer_changes WHERE timer_id = $1`, [id]);
    expect(await revisionsOf(id)).toEqual([
      { revision: 2, action: 'edit', at: at(60), timer: stopped },
      { revision: 3, action: 'edit', at: at(120), timer: once },
    ]);
    // What comes after the pruning is there as far as the log reaches.
    await ada.patch(`/v1/timers/${id}`, { title: 'later' });
    expect((await revisionsOf(id)).map(({ revision, action }) => [revision, action])).toEqual([
      [2, 'edit'],
      [3, 'edit'],
      [5, 'update'],
    ]);
    expect(await ada.delete(`/v1/timers/${id}`)).toEqual(OK);
    expect(await ada.get(`/v1/timers/${id}/revisions`)).toEqual(timerNotFound);
    expect(
      await planning.dataSource.query<unknown[]>(`SELECT FROM timer_edits WHERE timer_id = $1`, [id]),
    ).toHaveLength(0);
  });

  it('of a manual timer begin with its entry', async () => {
    const made = (await ada.post('/v1/timers/manual', { segments: segments([-60, 0]) })).body as Item;
    expect(await revisionsOf(made.id)).toEqual([{ revision: 1, action: 'create', at: NOON, timer: made }]);
    expect(await ada.get(`/v1/timers/${made.id}/revisions?limit=0`)).toEqual(
      invalid(['greater_than_equal', 'query', 'limit']),
    );
  });
});
