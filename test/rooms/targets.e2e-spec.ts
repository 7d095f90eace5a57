import { type Frame, hangUpAll } from '../support/sockets.js';
import {
  aChangeId,
  failure,
  type House,
  isoSecond,
  roomTimer,
  seen,
  startHouse,
  success,
  type TestRoom,
  timerComplete,
  timerUpdate,
} from '../support/rooms.js';

/**
 * A target wins over whatever comes at or after it, and the ticker comes late or not at all
 * (docs/spec/rooms.md#timer-of-a-room, docs/architecture.md#a-target-wins).
 */

let house: House;
/** The target of the session under way, whole seconds. */
let target: number;

beforeAll(async () => {
  house = await startHouse();
});
afterEach(async () => {
  await hangUpAll();
  house.clock.ms = Math.ceil(house.clock.ms / 1_000) * 1_000;
});
afterAll(() => house.close());

const WORK = 1_500;
const BREAK = 300;
const at = (seconds: number): string => isoSecond(target + seconds);

/** A room whose session reaches its target so many milliseconds ago. */
async function roomAt(phase: keyof typeof PHASES, offsetMs: number): Promise<TestRoom> {
  const { settings, sessionType, seconds } = PHASES[phase];
  const room = await house.create(settings);
  await room.timer('start', { body: { session_type: sessionType } });
  target = house.clock.ms / 1_000 + seconds;
  house.clock.ms = target * 1_000 + offsetMs;
  return room;
}

const PHASES = {
  'work with a break to follow': { settings: {}, sessionType: 'work', seconds: WORK },
  'work without': { settings: { auto_start_break: false }, sessionType: 'work', seconds: WORK },
  'a break': { settings: {}, sessionType: 'break', seconds: BREAK },
} as const;

const done = (message: string, timer: Frame) => success(timer, message);
const already = failure(409, 'TIMER_ALREADY_RUNNING', 'Timer is already running in this room');
const notRunning = failure(409, 'TIMER_NOT_RUNNING', 'Timer is not running in this room');

/** A session that began so many seconds after the target, at revision. */
const began = (type: 'work' | 'break', seconds: number, remaining: number, revision: number): Frame => {
  const duration = type === 'work' ? WORK : BREAK;
  return roomTimer({
    status: 'running',
    session_type: type,
    remaining_seconds: remaining,
    duration_seconds: duration,
    started_at: at(seconds),
    target_timestamp: at(seconds + duration),
    revision,
  });
};
const pausedBreak = (remaining: number): Frame =>
  roomTimer({
    ...{ status: 'paused', session_type: 'break', remaining_seconds: remaining, duration_seconds: BREAK },
    ...{ started_at: at(0), revision: 4 },
  });
const idleBreak = (): Frame =>
  roomTimer({ session_type: 'break', remaining_seconds: BREAK, duration_seconds: BREAK, revision: 3 });

type Row = readonly [keyof typeof PHASES, number, 'start' | 'pause' | 'resume' | 'reset' | 'GET', () => unknown];

const beforeTarget = (phase: keyof typeof PHASES, type: 'work' | 'break', seconds: number): Row[] => [
  [phase, -1, 'start', () => already],
  [
    phase,
    -1,
    'pause',
    () => {
      const paused = { status: 'paused', session_type: type, duration_seconds: seconds, remaining_seconds: 0 };
      return done('Timer paused', roomTimer({ ...paused, started_at: at(-seconds), revision: 3 }));
    },
  ],
  [phase, -1, 'resume', () => already],
  [phase, -1, 'reset', () => done('Timer reset', roomTimer({ revision: 3 }))],
  [phase, -1, 'GET', () => began(type, -seconds, 0, 2)],
];

const fromTarget = (offset: number): Row[] => {
  const tick = offset === 0 ? 0 : 1;
  const started = (revision: number) => () => done('Timer started successfully', began('work', tick, WORK, revision));
  return [
    ['work with a break to follow', offset, 'start', () => already],
    ['work with a break to follow', offset, 'pause', () => done('Timer paused', pausedBreak(BREAK - tick))],
    ['work with a break to follow', offset, 'resume', () => already],
    ['work with a break to follow', offset, 'reset', () => done('Timer reset', roomTimer({ revision: 4 }))],
    ['work with a break to follow', offset, 'GET', () => began('break', 0, BREAK - tick, 3)],
    ['work without', offset, 'start', started(4)],
    ['work without', offset, 'pause', () => notRunning],
    ['work without', offset, 'resume', () => notRunning],
    ['work without', offset, 'reset', () => done('Timer reset', roomTimer({ revision: 4 }))],
    ['work without', offset, 'GET', idleBreak],
    ['a break', offset, 'start', started(4)],
    ['a break', offset, 'pause', () => notRunning],
    ['a break', offset, 'resume', () => notRunning],
    ['a break', offset, 'reset', () => done('Timer reset', roomTimer({ revision: 3 }))],
    ['a break', offset, 'GET', () => roomTimer({ revision: 3 })],
  ];
};

const ROWS: Row[] = [
  ...beforeTarget('work with a break to follow', 'work', WORK),
  ...beforeTarget('a break', 'break', BREAK),
  ...fromTarget(0),
  ...fromTarget(1),
];

describe('with the completion made ready beforehand', () => {
  /** A room whose session ends in two seconds, for which the ticker is ready. */
  async function readyRoom(): Promise<TestRoom> {
    const room = await roomAt('work with a break to follow', -2_000);
    await house.store.prepareDue(target, 100);
    return room;
  }

  const tickAt = async (seconds: number): Promise<void> => {
    house.clock.ms = (target + seconds) * 1_000;
    await house.tick();
  };

  const work = (differing: object = {}) => ({
    session_type: 'work',
    status: 'completed',
    began: at(-WORK),
    ended: at(0),
    elapsed_time: WORK,
    ...differing,
  });

  it('it is completed with its break when nothing has happened, once, and everybody is told once', async () => {
    const room = await readyRoom();
    const device = await room.enter();
    await tickAt(0);
    await house.settle();
    expect(await device.heard()).toEqual([
      timerComplete('work', true, at(0)),
      timerUpdate(began('break', 0, BREAK, 3), at(0)),
    ]);
    expect(await sessionsOf(room)).toEqual([
      work(),
      { session_type: 'break', status: 'running', began: at(0), ended: null, elapsed_time: 0 },
    ]);
  });

  it('nothing happens before its second', async () => {
    const room = await readyRoom();
    await tickAt(-0.001);
    expect(await room.state()).toEqual(began('work', -WORK, 0, 2));
    await tickAt(0);
    expect(await room.state()).toEqual(began('break', 0, BREAK, 3));
  });

  it('a session that was paused meanwhile is left as it is, and ends when it has run on', async () => {
    const room = await readyRoom();
    await room.timer('pause');
    await tickAt(0);
    const before = [room.state(), sessionsOf(room)];
    expect(await Promise.all(before)).toMatchObject([{ status: 'paused', revision: 3 }, [{ status: 'paused' }]]);
    await tickAt(10);
    await room.timer('resume');
    await tickAt(12);
    expect(await sessionsOf(room)).toMatchObject([work({ ended: at(12) }), { session_type: 'break', began: at(12) }]);
  });

  it('a session that was paused and runs again with the same target is completed at it', async () => {
    const room = await readyRoom();
    await room.timer('pause');
    await room.timer('resume');
    await tickAt(0);
    expect(await sessionsOf(room)).toMatchObject([work(), { status: 'running' }]);
    expect(await room.state()).toEqual(began('break', 0, BREAK, 5));
  });

  it('the settings count that the room has at the target', async () => {
    const room = await readyRoom();
    await room.call('PATCH', '', { ...room.asHost, body: { auto_start_break: false } });
    await tickAt(0);
    expect(await sessionsOf(room)).toEqual([work()]);
    expect(await room.state()).toEqual({ ...idleBreak(), revision: 4 });
  });

  it('a session that was broken off stays so, and the next one has its own target', async () => {
    const room = await readyRoom();
    await room.timer('reset');
    await room.timer('start');
    await tickAt(0);
    const [first, second] = [
      work({ status: 'cancelled', ended: at(-2), elapsed_time: WORK - 2 }),
      { status: 'running' },
    ];
    expect(await sessionsOf(room)).toMatchObject([first, second]);
    expect(await room.state()).toMatchObject({ revision: 4, target_timestamp: at(WORK - 2) });
  });

  it('nothing comes of a room that was deleted', async () => {
    const room = await readyRoom();
    await room.call('DELETE', '', room.asHost);
    await tickAt(0);
    expect(await sessionsOf(room)).toEqual([]);
  });
});

describe('with the ticker held back', () => {
  it.each(ROWS)('%s, %i ms from its target: %s over REST', async (phase, offset, verb, expected) => {
    const room = await roomAt(phase, offset);
    expect(verb === 'GET' ? await room.state() : seen(await room.timer(verb))).toEqual(expected());
    await house.tick();
    const [first] = await sessionsOf(room);
    if (offset >= 0)
      expect(first).toMatchObject({ status: 'completed', ended: at(0), elapsed_time: PHASES[phase].seconds });
  });

  it.each(ROWS.filter(([, , verb]) => verb !== 'GET'))(
    '%s, %i ms from its target: %s on the socket',
    async (phase, offset, verb, expected) => {
      const room = await roomAt(phase, offset);
      await house.presence.keepAlive();
      const device = await room.enter();
      device.say({ action: `${verb}_timer`, id: 'mine' });
      const answer = (await device.heard()).find(({ id }) => id === 'mine');
      const { status, data, error } = { ...(expected() as { body: Frame }).body } as Record<string, Frame | string>;
      expect(answer).toMatchObject(status === 'error' ? { event: 'error', error } : { event: 'timer_update', data });
    },
  );

  it('a late pause is told after the phase that it found over, to everybody in the same order', async () => {
    const room = await roomAt('work with a break to follow', -1_000);
    const [sender, other] = [await room.enter(), await room.enter()];
    await sender.heard();
    house.clock.ms = target * 1_000 + 1;
    sender.say({ action: 'pause_timer', id: 'mine' });
    const frames = [
      timerComplete('work', true, at(0)),
      timerUpdate(began('break', 0, BREAK - 1, 3), at(0)),
      timerUpdate(pausedBreak(BREAK - 1), at(1)),
    ];
    expect(await sender.heard()).toEqual([...frames.slice(0, 2), { ...frames[2], id: 'mine' }]);
    expect(await other.heard()).toEqual(frames);
    expect((await house.tick(), await house.settle(), await other.heard())).toEqual([]);
  });

  it('what is refused has completed the phase all the same, and says so first', async () => {
    const room = await roomAt('a break', -1_000);
    const [sender, other] = [await room.enter(), await room.enter()];
    await sender.heard();
    house.clock.ms = target * 1_000;
    const told = [timerComplete('break', false, at(0)), timerUpdate(roomTimer({ revision: 3 }), at(0))];
    sender.say({ action: 'pause_timer', id: 'mine' });
    const { error } = notRunning.body;
    expect(await sender.heard()).toEqual([...told, { event: 'error', error, timestamp: at(0), id: 'mine' }]);
    expect(await other.heard()).toEqual(told);
  });

  it('phases that passed together are completed one after the other, each at its target', async () => {
    const room = await roomAt('work with a break to follow', (BREAK + 100) * 1_000);
    const device = await room.enter();
    expect(device.frames[0]).toMatchObject({ data: roomTimer({ revision: 4 }) });
    expect(await sessionsOf(room)).toMatchObject([{ status: 'running' }]);
    expect(seen(await room.timer('start'))).toMatchObject({ status: 200 });
    const heard = await device.heard();
    expect(heard).toEqual([timerUpdate(began('work', BREAK + 100, WORK, 5), at(BREAK + 100))]);
    expect(await sessionsOf(room)).toEqual([
      { session_type: 'work', status: 'completed', began: at(-WORK), ended: at(0), elapsed_time: WORK },
      { session_type: 'break', status: 'completed', began: at(0), ended: at(BREAK), elapsed_time: BREAK },
      { session_type: 'work', status: 'running', began: at(BREAK + 100), ended: null, elapsed_time: 0 },
    ]);
  });

  it('a deletion leaves the session that is over in its members’ history', async () => {
    const person = await house.signUp();
    const room = await roomAt('work with a break to follow', -60_000);
    await room.enter({ token: person.token });
    house.clock.ms = target * 1_000;
    await house.presence.keepAlive();
    expect((await room.call('DELETE', '', room.asHost)).status).toBe(204);
    const kept: unknown[] = await house.dataSource.query(
      `SELECT room_name, segments FROM kept_attendances WHERE user_id = $1`,
      [person.id],
    );
    expect(kept).toEqual([{ room_name: 'team-alpha', segments: [[target - 60, target]] }]);
  });
});

it('a pause whose second is the target leaves nothing, and its resume completes at its second', async () => {
  const room = await roomAt('work with a break to follow', -1);
  await room.timer('pause');
  await house.later(49.5);
  const device = await room.enter();
  expect(seen(await room.timer('resume'))).toEqual(
    done('Timer resumed', { ...began('work', -WORK, 0, 4), target_timestamp: at(50) }),
  );
  house.clock.ms = (target + 50) * 1_000;
  await house.tick();
  expect((await device.heard()).slice(1)).toEqual([
    timerComplete('work', true, at(50)),
    timerUpdate(began('break', 50, BREAK, 5), at(50)),
  ]);
  expect(await sessionsOf(room)).toMatchObject([{ ended: at(50), elapsed_time: WORK }, { began: at(50) }]);
});

describe('with nobody connected', () => {
  it('work, break and idle follow each other at the targets, each once', async () => {
    const room = await roomAt('work with a break to follow', 400);
    await house.tick();
    await house.tick();
    const over = { session_type: 'work', status: 'completed', began: at(-WORK), ended: at(0), elapsed_time: WORK };
    const onBreak = { session_type: 'break', status: 'running', began: at(0), ended: null, elapsed_time: 0 };
    expect(await sessionsOf(room)).toEqual([over, onBreak]);
    await house.later(BREAK);
    await house.tick();
    expect(await sessionsOf(room)).toEqual([
      over,
      { ...onBreak, status: 'completed', ended: at(BREAK), elapsed_time: BREAK },
    ]);
    expect(await room.state()).toEqual(roomTimer({ revision: 4 }));
    expect(await completionsOf(room)).toEqual([{ action: 'complete', count: 2 }]);
  });

  it('whoever is there hears of both, once, and of the idle room last', async () => {
    const room = await roomAt('work with a break to follow', -1_000);
    const device = await room.enter();
    await house.later(1);
    await house.tick();
    await house.later(BREAK);
    await house.tick();
    await house.settle();
    expect(await device.heard()).toEqual([
      timerComplete('work', true, at(0)),
      timerUpdate(began('break', 0, BREAK, 3), at(0)),
      timerComplete('break', false, at(BREAK)),
      timerUpdate(roomTimer({ revision: 4 }), at(BREAK)),
    ]);
  });

  it('the break waits where it does not begin by itself', async () => {
    const room = await roomAt('work without', -1_000);
    const device = await room.enter();
    await house.later(1);
    await house.tick();
    expect(await device.heard()).toEqual([timerComplete('work', false, at(0)), timerUpdate(idleBreak(), at(0))]);
    expect(await sessionsOf(room)).toHaveLength(1);
  });
});

async function sessionsOf(room: TestRoom): Promise<Record<string, unknown>[]> {
  const rows: { session_type: string; status: string; began: number; ended: number | null; elapsed_time: number }[] =
    await house.dataSource.query(
      `SELECT session_type, status, extract(epoch from started_at)::float8 AS began,
         extract(epoch from ended_at)::float8 AS ended, elapsed_time FROM timers WHERE room_id = $1 ORDER BY started_at, id`,
      [room.id],
    );
  return rows.map((row) => ({
    ...row,
    began: isoSecond(row.began),
    ended: row.ended === null ? null : isoSecond(row.ended),
  }));
}

const completionsOf = (room: TestRoom): Promise<unknown[]> =>
  house.dataSource.query(
    `SELECT action, count(*)::int FROM timer_changes WHERE owner = $1 AND action = 'complete' GROUP BY action`,
    [room.id],
  );

it('a late reset of work that has no break to follow is told the completion first', async () => {
  const room = await roomAt('work without', -1_000);
  const [sender, other] = [await room.enter(), await room.enter()];
  await sender.heard();
  house.clock.ms = target * 1_000;
  sender.say({ action: 'reset_timer', id: 'mine' });
  const told = [timerComplete('work', false, at(0)), timerUpdate(idleBreak(), at(0))];
  const idle = { event: 'timer_update', data: roomTimer({ revision: 4 }), timestamp: at(0) };
  expect(await sender.heard()).toEqual([...told, { ...idle, id: 'mine', change_id: aChangeId }]);
  await house.settle();
  await other.next();
  await other.next();
  expect(await other.next()).toMatchObject(idle);
  expect([await sender.heard(), await other.heard()]).toEqual([[], []]);
});
