import { befriend } from '../support/people.js';
import {
  aChangeId,
  type Frame,
  hangUpAll,
  NOON,
  type Person,
  type Sockets,
  startSockets,
  startTimer,
  timerObject,
} from '../support/sockets.js';
import { AT_NOON } from '../support/domain.js';

let sockets: Sockets;
let person: Person;

beforeAll(async () => {
  sockets = await startSockets();
});
beforeEach(async () => {
  sockets.clock.ms = AT_NOON;
  person = await sockets.signUp();
});
afterEach(() => hangUpAll());
afterAll(() => sockets.close());

const at = (seconds: number) => new Date(AT_NOON + seconds * 1_000).toISOString().replace('.000', '');

/** A frame about the person's own timer, as their devices get it. */
const changed = (type: string, action: string, timer: Frame, timestamp: string, extra: Frame = {}): Frame => ({
  type,
  payload: { timer, action },
  from_user: person.id,
  timestamp,
  change_id: aChangeId,
  ...extra,
});

const failed = (code: string, message: string, extra: Frame = {}): Frame => ({
  type: 'error',
  payload: { code, message },
  timestamp: NOON,
  ...extra,
});

describe('connecting', () => {
  it('says connected, then lists the running and paused timers, newest first', async () => {
    const paused = await startTimer(person, { title: 'paused' });
    sockets.later(10);
    await person.call('PATCH', `/v1/timers/${paused}/pause`);
    const running = await startTimer(person, { title: 'running' });
    const over = await startTimer(person, { title: 'over' });
    await person.call('POST', `/v1/timers/${over}/stop`);
    sockets.later(5);

    const device = await person.open();

    expect(await device.next()).toEqual({
      type: 'connected',
      payload: { user_id: person.id, message: 'Connected to timer WebSocket' },
      timestamp: at(15),
      change_id: aChangeId,
    });
    const runningTimer = timerObject(person, {
      id: running,
      title: 'running',
      elapsed_time: 5,
      ...{ started_at: at(10), created_at: at(10), updated_at: at(10), running_since: at(10) },
      pause_history: [{ action: 'start', at: at(10) }],
    });
    const pausedTimer = timerObject(person, {
      id: paused,
      title: 'paused',
      ...{
        status: 'PAUSED',
        elapsed_time: 10,
        paused_at: at(10),
        running_since: null,
        updated_at: at(10),
        revision: 2,
      },
      pause_history: [
        { action: 'start', at: NOON },
        { action: 'pause', at: at(10), elapsed: 10 },
      ],
    });
    expect(await device.next()).toEqual({
      type: 'timer.sync_result',
      payload: { timers: [runningTimer, pausedTimer], count: 2 },
      from_user: person.id,
      timestamp: at(15),
    });
    expect(await device.heard()).toEqual([]);
  });

  it('speaks action/event when asked to', async () => {
    const id = await startTimer(person);
    const device = await person.open({ query: { dialect: 'action-event' } });
    const timer: Record<string, unknown> = { timer_id: id, ...timerObject(person, { status: 'running' }) };
    delete timer['id'];
    expect(await device.heard()).toEqual([
      {
        event: 'connected',
        data: { user_id: person.id, message: 'Connected to timer WebSocket' },
        timestamp: NOON,
        change_id: aChangeId,
      },
      { event: 'timer_sync', data: { timers: [timer], count: 1 }, timestamp: NOON },
    ]);
  });

  it.each([
    ['Asia/Seoul', '2026-03-02T21:00:00+09:00'],
    ['+09:00', '2026-03-02T21:00:00+09:00'],
    ['Nowhere/City', NOON],
    ['', NOON],
  ])('shows every time in the zone %p, one that is none is ignored', async (timezone, local) => {
    await startTimer(person);
    const device = await person.open({ query: { timezone } });
    const [connected, list] = await device.heard();
    expect(connected).toMatchObject({ timestamp: local });
    const times = { started_at: local, created_at: local, updated_at: local, running_since: local };
    const pause_history = [{ action: 'start', at: local }];
    expect(list).toMatchObject({
      timestamp: local,
      payload: { timers: [timerObject(person, { ...times, pause_history })] },
    });
  });

  it('takes the token as a subprotocol and echoes it', async () => {
    const protocol = `authorization.bearer.${person.token}`;
    const device = await sockets.open({ protocols: [protocol] });
    expect(device.socket.protocol).toBe(protocol);
    expect(await device.next()).toMatchObject({ type: 'connected', payload: { user_id: person.id } });
  });

  it('lists 200 of 3,000 timers with long descriptions', async () => {
    await sockets.dataSource.query(
      `INSERT INTO timers (id, user_id, origin, status, title, description, allocated_duration, elapsed_time, started_at,
         paused_at, history, revision, created_at, updated_at)
       SELECT ('019c9999-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid, $1, 'v1', 'paused', i::text, repeat('가', 10000), 60, 0,
         now(), now(), '[]', 1, to_timestamp($2::float8 + i), now() FROM generate_series(1, 3000) AS i`,
      [person.id, AT_NOON / 1_000],
    );
    const device = await person.open();
    const [, list] = await device.heard();
    const { timers, ...facts } = list?.['payload'] as { timers: { title: string; description: string }[] };
    expect(facts).toEqual({ count: 200, truncated: true });
    expect(timers.map(({ title }) => title)).toEqual(Array.from({ length: 200 }, (_, index) => String(3_000 - index)));
    expect(timers[0]?.description).toBe('가'.repeat(10_000));
  });
});

describe('commands', () => {
  const DIALECTS = ['type-payload', 'action-event'] as const;
  const WORDS = {
    'type-payload': {
      create: 'timer.create',
      pause: 'timer.pause',
      resume: 'timer.resume',
      stop: 'timer.stop',
      cancel: 'timer.cancel',
      sync: 'timer.sync',
      ping: 'ping',
    },
    'action-event': {
      create: 'start_timer',
      pause: 'pause_timer',
      resume: 'resume_timer',
      stop: 'stop_timer',
      cancel: 'cancel_timer',
      sync: 'sync_timer',
      ping: 'ping',
    },
  } as const;

  const spoken = (dialect: (typeof DIALECTS)[number], word: keyof (typeof WORDS)['type-payload'], payload: Frame) =>
    dialect === 'type-payload'
      ? { type: WORDS[dialect][word], payload }
      : { action: WORDS[dialect][word], data: payload };

  /** The answer as each dialect words it. */
  function worded(dialect: (typeof DIALECTS)[number], type: string, action: string, timer: Frame, timestamp: string) {
    if (dialect === 'type-payload') return changed(type, action, timer, timestamp);
    const { id, ...rest } = timer;
    const data = { timer_id: id, ...rest, status: String(timer['status']).toLowerCase(), action };
    return { event: 'timer_update', data, timestamp, change_id: aChangeId };
  }

  it.each(DIALECTS)('in %s each is answered with its id, and told to every other device', async (dialect) => {
    const device = await person.connect({ query: { dialect } });
    const other = await person.connect({ query: { timezone: '+01:00' } });
    const ask = (word: keyof (typeof WORDS)['type-payload'], payload: Frame) =>
      device.ask(spoken(dialect, word, payload));

    const created = await ask('create', {
      allocated_duration: 3_600,
      title: '작업 타이머',
      description: 'x',
      tag_ids: [],
    });
    const facts = { allocated_duration: 3_600, title: '작업 타이머', description: 'x' };
    expect(created).toEqual(worded(dialect, 'timer.created', 'start', timerObject(person, facts), NOON));
    const payload = (created['payload'] ?? {}) as { timer?: { id: string } };
    const id = payload.timer?.id ?? (created['data'] as { timer_id: string }).timer_id;

    sockets.later(10);
    const start = { action: 'start', at: NOON };
    const pause = { action: 'pause', at: at(10), elapsed: 10 };
    const paused = { ...facts, id, status: 'PAUSED', elapsed_time: 10, paused_at: at(10), running_since: null };
    expect(await ask('pause', { timer_id: id })).toEqual(
      worded(
        dialect,
        'timer.updated',
        'pause',
        timerObject(person, { ...paused, pause_history: [start, pause], updated_at: at(10), revision: 2 }),
        at(10),
      ),
    );

    sockets.later(10);
    const resume = { action: 'resume', at: at(20) };
    const resumed = { ...facts, id, elapsed_time: 10, running_since: at(20), updated_at: at(20), revision: 3 };
    expect(await ask('resume', { timer_id: id })).toEqual(
      worded(
        dialect,
        'timer.updated',
        'resume',
        timerObject(person, { ...resumed, pause_history: [start, pause, resume] }),
        at(20),
      ),
    );

    sockets.later(10);
    const stop = { action: 'stop', at: at(30), elapsed: 20 };
    const stopped = { ...facts, id, status: 'COMPLETED', elapsed_time: 20, ended_at: at(30), running_since: null };
    expect(await ask('stop', { timer_id: id })).toEqual(
      worded(
        dialect,
        'timer.updated',
        'stop',
        timerObject(person, {
          ...stopped,
          ...{ pause_history: [start, pause, resume, stop], updated_at: at(30), revision: 4 },
        }),
        at(30),
      ),
    );

    const second = await startTimer(person);
    await sockets.settle();
    await device.heard();
    expect(await ask('cancel', { timer_id: second })).toEqual(
      worded(
        dialect,
        'timer.updated',
        'cancel',
        timerObject(person, {
          ...{ id: second, status: 'CANCELLED', ended_at: at(30), running_since: null, revision: 2 },
          ...{ started_at: at(30), created_at: at(30), updated_at: at(30) },
          pause_history: [
            { action: 'start', at: at(30) },
            { action: 'cancel', at: at(30), elapsed: 0 },
          ],
        }),
        at(30),
      ),
    );

    await sockets.settle();
    const heard = await other.heard();
    expect(
      heard.map(({ type, payload: told, id: commandId, timestamp }) => [
        type,
        (told as Frame)['action'],
        commandId,
        timestamp,
      ]),
    ).toEqual([
      ['timer.created', 'start', undefined, '2026-03-02T13:00:00+01:00'],
      ['timer.updated', 'pause', undefined, '2026-03-02T13:00:10+01:00'],
      ['timer.updated', 'resume', undefined, '2026-03-02T13:00:20+01:00'],
      ['timer.updated', 'stop', undefined, '2026-03-02T13:00:30+01:00'],
      ['timer.created', 'start', undefined, '2026-03-02T13:00:30+01:00'],
      ['timer.updated', 'cancel', undefined, '2026-03-02T13:00:30+01:00'],
    ]);
    expect(await device.heard()).toEqual([]);
  });

  it('a frame in the other dialect is answered in it, broadcasts stay as they were', async () => {
    const device = await person.connect();
    const answer = await device.ask({ action: 'start_timer', data: { allocated_duration: 60 } });
    expect(answer).toMatchObject({ event: 'timer_update', data: { action: 'start', status: 'running' } });
    const { timer_id: id } = answer['data'] as { timer_id: string };
    await person.call('PATCH', `/v1/timers/${id}/pause`);
    await sockets.settle();
    expect(await device.heard()).toMatchObject([{ type: 'timer.updated', payload: { action: 'pause' } }]);
  });

  it.each(['text', 12, 0, -1.5])('an id %p comes back as it was', async (id) => {
    const device = await person.connect();
    device.say({ type: 'timer.sync', id });
    device.say({ type: 'timer.sync', payload: {}, id });
    const empty = {
      type: 'timer.sync_result',
      payload: { timers: [], count: 0 },
      from_user: person.id,
      timestamp: NOON,
      id,
    };
    expect(await device.heard()).toEqual([empty, empty]);
  });

  it.each([
    ['timer.create', {}, 'CREATE_FAILED', 'allocated_duration: Field required'],
    ['timer.create', { allocated_duration: 0 }, 'CREATE_FAILED', 'allocated_duration: Input should be greater than 0'],
    ['timer.create', { allocated_duration: 1, title: 'a\u0000' }, 'CREATE_FAILED', expect.stringMatching(/^title: /)],
    ['timer.create', { allocated_duration: 1, title: '\ud800' }, 'CREATE_FAILED', expect.stringMatching(/^title: /)],
    [
      'timer.create',
      { allocated_duration: 1, schedule_id: '00000000-0000-7000-8000-000000000000' },
      'CREATE_FAILED',
      'Schedule not found',
    ],
    [
      'timer.create',
      { allocated_duration: 1, todo_id: '00000000-0000-7000-8000-000000000000' },
      'CREATE_FAILED',
      'Todo not found',
    ],
    [
      'timer.create',
      { allocated_duration: 1, tag_ids: ['00000000-0000-7000-8000-000000000000'] },
      'CREATE_FAILED',
      'Tag not found: 00000000-0000-7000-8000-000000000000',
    ],
    ['timer.pause', {}, 'PAUSE_FAILED', 'timer_id: Field required'],
    [
      'timer.pause',
      { timer_id: 'x' },
      'PAUSE_FAILED',
      expect.stringMatching(/^timer_id: Input should be a valid UUID/),
    ],
    ['timer.pause', { timer_id: null }, 'PAUSE_FAILED', expect.stringMatching(/^timer_id: /)],
    ['timer.pause', { timer_id: '00000000-0000-7000-8000-000000000000' }, 'PAUSE_FAILED', 'Timer not found'],
    ['timer.resume', { timer_id: '00000000-0000-7000-8000-000000000000' }, 'RESUME_FAILED', 'Timer not found'],
    ['timer.stop', { timer_id: '00000000-0000-7000-8000-000000000000' }, 'STOP_FAILED', 'Timer not found'],
    ['timer.cancel', { timer_id: '00000000-0000-7000-8000-000000000000' }, 'CANCEL_FAILED', 'Timer not found'],
    ['timer.sync', { timer_id: '00000000-0000-7000-8000-000000000000' }, 'SYNC_FAILED', 'Timer not found'],
    ['timer.sync', { scope: 'none' }, 'SYNC_FAILED', expect.stringMatching(/^scope: Input should be /)],
  ])('%s %j is refused with %s', async (type, payload, code, message) => {
    const device = await person.connect();
    expect(await device.ask({ type, payload })).toEqual(failed(code, message as string));
    expect(await device.heard()).toEqual([]);
  });

  it.each([
    ['timer.pause', 'PAUSE_FAILED', 'Cannot pause timer with status completed'],
    ['timer.resume', 'RESUME_FAILED', 'Cannot resume timer with status completed'],
    ['timer.stop', 'STOP_FAILED', 'Cannot stop timer with status completed'],
    ['timer.cancel', 'CANCEL_FAILED', 'Cannot cancel timer with status completed'],
  ])('%s of a completed timer is refused in words of REST', async (type, code, message) => {
    const id = await startTimer(person);
    await person.call('POST', `/v1/timers/${id}/stop`);
    const device = await person.connect();
    expect(await device.ask({ type, payload: { timer_id: id } })).toEqual(failed(code, message));
  });

  it("somebody else's timer is not found", async () => {
    const other = await sockets.signUp();
    await befriend(person, other);
    const id = await startTimer(other);
    await other.call('PUT', `/v1/visibility/timer/${id}`, { level: 'public' });
    const device = await person.connect();
    expect(await device.ask({ type: 'timer.stop', payload: { timer_id: id } })).toEqual(
      failed('STOP_FAILED', 'Timer not found'),
    );
  });

  it('answers in the order of the frames, whatever each of them takes', async () => {
    const device = await person.connect();
    for (let index = 0; index < 30; index += 1) {
      device.say({ type: 'timer.create', payload: { allocated_duration: index % 3 }, id: index * 2 });
      device.say({ type: 'ping', id: index * 2 + 1 });
    }
    const ids = (await device.heard()).map(({ id }) => id);
    expect(ids).toEqual(Array.from({ length: 60 }, (_, index) => index));
  });

  it('pong says the time of the server and echoes what the ping had', async () => {
    sockets.clock.ms = AT_NOON + 1_234;
    const device = await person.connect();
    const timestamp = at(1);
    const server_time = AT_NOON + 1_234;
    expect(await device.ask({ type: 'ping' })).toEqual({ type: 'pong', payload: { server_time }, timestamp });
    expect(await device.ask({ type: 'ping', payload: { sent_at: 5.5 } })).toEqual({
      type: 'pong',
      payload: { server_time, sent_at: 5.5 },
      timestamp,
    });
    expect(await device.ask({ action: 'ping', data: { sent_at: 'a' } })).toEqual({
      event: 'pong',
      data: { server_time, sent_at: 'a' },
      timestamp,
    });
  });
});

describe('asking for the state', () => {
  it('lists active ones, all, or one', async () => {
    const over = await startTimer(person, { title: 'over' });
    await person.call('POST', `/v1/timers/${over}/cancel`);
    sockets.later(1);
    const running = await startTimer(person, { title: 'running' });
    const device = await person.connect();
    const titles = (frame: Frame) =>
      (frame['payload'] as { timers: { title: string }[] }).timers.map(({ title }) => title);

    expect(titles(await device.ask({ type: 'timer.sync', payload: {} }))).toEqual(['running']);
    expect(titles(await device.ask({ type: 'timer.sync' }))).toEqual(['running']);
    expect(titles(await device.ask({ type: 'timer.sync', payload: { scope: 'active', timer_id: null } }))).toEqual([
      'running',
    ]);
    expect(titles(await device.ask({ type: 'timer.sync', payload: { scope: 'all' } }))).toEqual(['running', 'over']);
    const one = await device.ask({ type: 'timer.sync', payload: { timer_id: running.toUpperCase() } });
    const times = { started_at: at(1), created_at: at(1), updated_at: at(1), running_since: at(1) };
    expect(one).toEqual({
      type: 'timer.updated',
      payload: {
        timer: timerObject(person, {
          ...{ id: running, title: 'running', ...times },
          pause_history: [{ action: 'start', at: at(1) }],
        }),
        action: 'sync',
      },
      from_user: person.id,
      timestamp: at(1),
    });
  });

  it('shows the own tags of a timer, and no schedule and no todo', async () => {
    const group = (await person.call('POST', '/v1/tags/groups', { name: 'g', color: '#fff' })).body as { id: string };
    const tag = (await person.call('POST', '/v1/tags', { name: 't', color: '#000', group_id: group.id })).body as Frame;
    const todo = (await person.call('POST', '/v1/todos', { title: 'todo', tag_group_id: group.id })).body as {
      id: string;
    };
    const device = await person.connect();
    const created = await device.ask({
      type: 'timer.create',
      payload: { allocated_duration: 1_500, todo_id: todo.id, tag_ids: [tag['id']] },
    });
    expect(created).toEqual(
      changed('timer.created', 'start', timerObject(person, { todo_id: todo.id, tags: [tag] }), NOON),
    );
  });
});

it('REALTIME_NAIVE_UTC leaves the Z out where no zone is asked for', async () => {
  const naive = await startSockets({ env: { REALTIME_NAIVE_UTC: 'true' } });
  try {
    const someone = await naive.signUp();
    const device = await someone.open();
    const created = await device.ask({ type: 'timer.create', payload: { allocated_duration: 60 } });
    const local = NOON.slice(0, -1);
    expect(created['timestamp']).toBe(local);
    const times = { started_at: local, created_at: local, updated_at: local, running_since: local };
    expect((created['payload'] as { timer: Frame }).timer).toEqual(
      timerObject(someone, { allocated_duration: 60, ...times, pause_history: [{ action: 'start', at: local }] }),
    );
    const seoul = await someone.open({ query: { timezone: 'Asia/Seoul' } });
    expect((await seoul.next())['timestamp']).toBe('2026-03-02T21:00:00+09:00');
  } finally {
    await hangUpAll();
    await naive.close();
  }
});
