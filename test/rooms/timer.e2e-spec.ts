import { type Device, type Frame, hangUpAll, type Person } from '../support/sockets.js';
import {
  aChangeId,
  failure,
  type House,
  roomTimer,
  seen,
  startHouse,
  success,
  type TestRoom,
  timerUpdate,
} from '../support/rooms.js';

/** The state table of docs/spec/rooms.md#timer-of-a-room, through every way to a room's timer. */

let house: House;
let person: Person;

beforeAll(async () => {
  house = await startHouse();
  person = await house.signUp();
});
afterEach(() => hangUpAll());
afterAll(() => house.close());

type Verb = 'start' | 'pause' | 'resume' | 'reset';

const MESSAGES: Record<Verb, string> = {
  start: 'Timer started successfully',
  pause: 'Timer paused',
  resume: 'Timer resumed',
  reset: 'Timer reset',
};
const REFUSALS = {
  TIMER_ALREADY_RUNNING: 'Timer is already running in this room',
  TIMER_NOT_RUNNING: 'Timer is not running in this room',
} as const;
type Refusal = keyof typeof REFUSALS;

/** One way to a room's timer: how a command is said, and all of what comes back. */
interface Way {
  /** @returns how to say a command, and what is heard of it beside other people's frames */
  readonly open: (room: TestRoom) => Promise<(verb: Verb, data?: Frame) => Promise<unknown>>;
  readonly done: (room: TestRoom, verb: Verb, timer: Frame, timestamp: string) => unknown;
  readonly refused: (code: Refusal) => unknown;
}

const rest: Way = {
  open: (room) => Promise.resolve(async (verb, data) => seen(await room.timer(verb, data && { body: data }))),
  done: (_, verb, timer) => success(timer, MESSAGES[verb]),
  refused: (code) => failure(409, code, REFUSALS[code]),
};

/** A device answers with all that it heard: the answer once, and no broadcast of the same. */
const saying = (device: Device, frame: (verb: Verb, data?: Frame) => Frame) => async (verb: Verb, data?: Frame) => {
  device.say({ ...frame(verb, data), id: 'mine' });
  return device.heard();
};

const actionFrame = (verb: Verb, data?: Frame): Frame => ({ action: `${verb}_timer`, ...(data ? { data } : {}) });
const capital = (timer: Frame): Frame => ({ ...timer, status: String(timer['status']).toUpperCase() });
const shownTime = () => house.at();
const errorIn = (code: Refusal) => ({ code, message: REFUSALS[code] });

const roomSocket: Way = {
  open: async (room) => saying(await room.enter(), actionFrame),
  done: (_, __, timer, timestamp) => [{ ...timerUpdate(timer, timestamp), id: 'mine' }],
  refused: (code) => [{ event: 'error', error: errorIn(code), timestamp: shownTime(), id: 'mine' }],
};

const typePayload: Way = {
  open: async (room) => {
    const device = await room.enter({ query: { dialect: 'type-payload' } });
    return saying(device, (verb, payload) => ({ type: `timer.${verb}`, ...(payload ? { payload } : {}) }));
  },
  done: (room, verb, timer, timestamp) => [
    {
      type: 'timer.updated',
      payload: { timer: { room_id: room.id, ...capital(timer) }, action: verb },
      timestamp,
      id: 'mine',
      change_id: aChangeId,
    },
  ],
  refused: (code) => [{ type: 'error', payload: errorIn(code), timestamp: shownTime(), id: 'mine' }],
};

const joined = async (room: TestRoom, dialect: string): Promise<Device> => {
  const device = await person.connect({ query: { dialect } });
  device.say({ type: 'room.join', payload: { room_id: room.id } });
  await device.heard();
  await device.heard();
  return device;
};

const personalSocket: Way = {
  open: async (room) => {
    const frame = (verb: Verb, data: Frame = {}) => ({ type: `timer.${verb}`, payload: { ...data, room_id: room.id } });
    return saying(await joined(room, 'type-payload'), frame);
  },
  done: (room, verb, timer, timestamp) => [
    {
      type: 'timer.updated',
      payload: { room_id: room.id, timer: { room_id: room.id, ...capital(timer) }, action: verb },
      timestamp,
      id: 'mine',
      change_id: aChangeId,
    },
  ],
  refused: typePayload.refused,
};

const personalActions: Way = {
  open: async (room) => {
    const frame = (verb: Verb, data: Frame = {}) => actionFrame(verb, { ...data, room_id: room.id });
    return saying(await joined(room, 'action-event'), frame);
  },
  done: (room, _, timer, timestamp) => [{ ...timerUpdate({ room_id: room.id, ...timer }, timestamp), id: 'mine' }],
  refused: roomSocket.refused,
};

/** How a room comes to be in a state; the clock stands where the state begins to be looked at. */
const FROM: Record<'idle' | 'idle after work' | 'running' | 'paused', () => Promise<TestRoom>> = {
  idle: () => house.create(),
  'idle after work': async () => {
    const room = await house.create({ auto_start_break: false });
    await room.timer('start');
    await house.later(1_500);
    await house.tick();
    return room;
  },
  running: async () => {
    const room = await house.create();
    await room.timer('start');
    await house.later(600);
    return room;
  },
  paused: async () => {
    const room = await FROM.running();
    await room.timer('pause');
    await house.later(100);
    return room;
  },
};

/** What a row of the table comes to: a refusal, or the timer and whether the others hear of it. */
type Outcome = Refusal | (() => Frame);

const running = (sessionType: 'work' | 'break', revision: number) => () =>
  roomTimer({
    status: 'running',
    session_type: sessionType,
    remaining_seconds: sessionType === 'work' ? 1_500 : 300,
    duration_seconds: sessionType === 'work' ? 1_500 : 300,
    started_at: house.at(),
    target_timestamp: house.at(sessionType === 'work' ? 1_500 : 300),
    revision,
  });
const idle = (revision: number) => () => roomTimer({ revision });
const work = { session_type: 'work' };
const pause = { session_type: 'break' };

const TABLE: readonly (readonly [keyof typeof FROM, Verb, Frame | undefined, Outcome])[] = [
  ['idle', 'start', work, running('work', 2)],
  ['idle', 'start', undefined, running('work', 2)],
  ['idle', 'start', { session_type: null }, running('work', 2)],
  ['idle', 'start', pause, running('break', 2)],
  ['idle', 'pause', undefined, 'TIMER_NOT_RUNNING'],
  ['idle', 'resume', undefined, 'TIMER_NOT_RUNNING'],
  ['idle', 'reset', undefined, idle(1)],
  ['idle after work', 'start', undefined, running('work', 4)],
  ['idle after work', 'start', pause, running('break', 4)],
  ['idle after work', 'pause', undefined, 'TIMER_NOT_RUNNING'],
  ['idle after work', 'resume', undefined, 'TIMER_NOT_RUNNING'],
  ['idle after work', 'reset', undefined, idle(4)],
  ['running', 'start', work, 'TIMER_ALREADY_RUNNING'],
  ['running', 'start', pause, 'TIMER_ALREADY_RUNNING'],
  [
    'running',
    'pause',
    undefined,
    () => roomTimer({ status: 'paused', remaining_seconds: 900, started_at: house.at(-600), revision: 3 }),
  ],
  ['running', 'resume', undefined, 'TIMER_ALREADY_RUNNING'],
  ['running', 'reset', undefined, idle(3)],
  ['paused', 'start', work, running('work', 4)],
  ['paused', 'start', pause, running('break', 4)],
  ['paused', 'pause', undefined, 'TIMER_NOT_RUNNING'],
  [
    'paused',
    'resume',
    undefined,
    () =>
      roomTimer({
        status: 'running',
        remaining_seconds: 900,
        started_at: house.at(-700),
        target_timestamp: house.at(900),
        revision: 4,
      }),
  ],
  ['paused', 'reset', undefined, idle(4)],
];

describe.each([
  ['REST', rest],
  ['the room’s socket', roomSocket],
  ['the room’s socket in type/payload', typePayload],
  ['a personal socket', personalSocket],
  ['a personal socket in action/event', personalActions],
])('through %s', (_, way) => {
  it.each(TABLE)('%s, %s %j', async (from, verb, data, outcome) => {
    const room = await FROM[from]();
    const before = await room.state();
    const bystander = await room.enter();
    const ask = await way.open(room);
    await bystander.heard();
    const answer = await ask(verb, data);
    await house.settle();
    const heard = await bystander.heard();
    if (typeof outcome === 'string') {
      expect(answer).toEqual(way.refused(outcome));
      expect([heard, await room.state()]).toEqual([[], before]);
      return;
    }
    const timer = outcome();
    const changed = timer['revision'] !== before['revision'];
    const expected = way.done(room, verb, timer, house.at());
    expect(answer).toEqual(changed ? expected : withoutChangeId(expected));
    expect(heard).toEqual(changed ? [timerUpdate(timer, house.at())] : []);
    expect(await room.state()).toEqual(timer);
  });
});

/** The answer to a reset of an idle clock is none that others get. */
const withoutChangeId = (answer: unknown): unknown =>
  Array.isArray(answer) ? answer.map((frame: Frame) => Object.fromEntries(entriesBut(frame, 'change_id'))) : answer;
const entriesBut = (frame: Frame, key: string) => Object.entries(frame).filter(([one]) => one !== key);

it('what is broken off counts as interrupted, what reached its target as completed', async () => {
  const room = await FROM.paused();
  await room.timer('start', { body: { session_type: 'break' } });
  await house.later(10);
  await room.timer('reset');
  await room.timer('start');
  await house.later(1_500);
  await house.tick();
  const sessions: unknown[] = await house.dataSource.query(
    `SELECT session_type, status, elapsed_time, title, ended_at = to_timestamp($2) AS now FROM timers
     WHERE room_id = $1 ORDER BY started_at, id`,
    [room.id, house.clock.ms / 1_000],
  );
  expect(sessions).toEqual([
    { session_type: 'work', status: 'cancelled', elapsed_time: 600, title: 'team-alpha', now: false },
    { session_type: 'break', status: 'cancelled', elapsed_time: 10, title: 'team-alpha', now: false },
    { session_type: 'work', status: 'completed', elapsed_time: 1_500, title: 'team-alpha', now: true },
    { session_type: 'break', status: 'running', elapsed_time: 0, title: 'team-alpha', now: null },
  ]);
});

it('a history of 1,000 entries takes no further pause', async () => {
  const room = await FROM.running();
  await house.dataSource.query(
    `UPDATE timers SET history = h.many
     FROM (SELECT jsonb_agg(jsonb_build_object('action', 'start', 'at', $2::int)) AS many FROM generate_series(1, 1000)) h WHERE room_id = $1`,
    [room.id, house.clock.ms / 1_000 - 600],
  );
  const device = await room.enter();
  expect(seen(await room.timer('pause'))).toEqual(failure(409, 'TIMER_HISTORY_FULL', 'Timer history is full'));
  expect(await device.ask({ action: 'pause_timer' })).toEqual({
    event: 'error',
    error: { code: 'TIMER_HISTORY_FULL', message: 'Timer history is full' },
    timestamp: house.at(),
  });
  expect(seen(await room.timer('reset'))).toMatchObject({ status: 200 });
});

describe('remaining seconds', () => {
  it('are rounded down while it runs, and never more than the duration', async () => {
    const room = await house.create();
    await house.later(0.3);
    expect((await room.timer('start')).body).toMatchObject({ data: { remaining_seconds: 1_500 } });
    await house.later(0.7);
    expect(await room.state()).toMatchObject({ remaining_seconds: 1_500 });
    await house.later(0.001);
    expect(await room.state()).toMatchObject({ remaining_seconds: 1_499 });
    await house.later(1_498.999);
    expect(await room.state()).toMatchObject({ remaining_seconds: 1 });
    house.clock.ms += 1;
    expect(await room.state()).toMatchObject({ status: 'running', remaining_seconds: 0 });
    house.clock.ms = Math.ceil(house.clock.ms / 1_000) * 1_000;
  });
});

it('fifty starts, pauses and resets in the same instant are one transition each', async () => {
  const room = await house.create();
  const devices = await Promise.all(Array.from({ length: 10 }, () => room.enter()));
  await Promise.all(devices.map((device) => device.heard()));
  const together = async (verb: Verb) => {
    const calls = Array.from({ length: 40 }, async () => (await room.timer(verb)).status);
    const frames = devices.map(async (device) => (await device.ask({ action: `${verb}_timer` })).event as string);
    const answers = await Promise.all<number | string>([...calls, ...frames]);
    await house.settle();
    for (const device of devices) await device.heard();
    return { done: answers.filter((one) => one === 200 || one === 'timer_update').length, of: answers.length };
  };
  const updates = () => devices.map(({ frames }) => frames.filter(({ event }) => event === 'timer_update').length);
  const before = updates();
  expect(await together('start')).toEqual({ done: 1, of: 50 });
  expect(await room.state()).toMatchObject({ status: 'running', revision: 2 });
  expect(updates().map((count, index) => count - (before[index] ?? 0))).toEqual(devices.map(() => 1));
  expect(await together('pause')).toEqual({ done: 1, of: 50 });
  expect(await room.state()).toMatchObject({ status: 'paused', revision: 3 });
  expect(await together('reset')).toEqual({ done: 50, of: 50 });
  expect(await room.state()).toEqual(roomTimer({ revision: 4 }));
});
