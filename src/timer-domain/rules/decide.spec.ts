import { decide, judge, MAX_HISTORY_ENTRIES, settledAt, tickAt } from './decide.js';
import { TimerRefusal } from './refusal.js';
import {
  applyEvent,
  elapsedAt,
  type NewTimer,
  startTimer,
  type Timer,
  type TimerEvent,
  type TimerStatus,
} from './timer.js';
import { TRANSITIONS, type TimerVerb } from './transitions.js';

const BEGAN = 1_000;
const CHOSEN: NewTimer = {
  id: 'a',
  userId: 'me',
  roomId: null,
  origin: 'v1',
  sessionType: null,
  title: null,
  description: null,
  allocatedDuration: 60,
};

const running = startTimer(CHOSEN, BEGAN);
const session = startTimer({ ...CHOSEN, userId: null, roomId: 'room', origin: 'room', sessionType: 'work' }, BEGAN);

/** The timer after these commands at these seconds. */
function after(timer: Timer, ...commands: [TimerVerb, number][]): Timer {
  return commands.reduce((before, [verb, at]) => applyEvent(before, accepted(before, verb, at * 1_000)), timer);
}

function accepted(timer: Timer, verb: TimerVerb, now: number): TimerEvent {
  const decided = decide({ verb, now }, timer);
  if (decided instanceof TimerRefusal) throw decided;
  return decided;
}

const refusalOf = (timer: Timer, verb: TimerVerb, now = 1_030_000) => {
  const decided = decide({ verb, now }, timer);
  return decided instanceof TimerRefusal ? { code: decided.code, status: decided.status } : decided;
};

const GIVEN: Record<TimerStatus, Timer> = {
  running,
  paused: after(running, ['pause', 1_010]),
  completed: after(running, ['stop', 1_010]),
  cancelled: after(running, ['cancel', 1_010]),
};

describe('the transition table', () => {
  it.each([
    ['running', 'pause', 'paused'],
    ['running', 'stop', 'completed'],
    ['running', 'cancel', 'cancelled'],
    ['paused', 'resume', 'running'],
    ['paused', 'stop', 'completed'],
    ['paused', 'cancel', 'cancelled'],
  ] as const)('%s, %s: %s', (from, verb, to) => {
    expect(after(GIVEN[from], [verb, 1_030]).state.status).toBe(to);
  });

  it.each([
    ['running', 'resume', 'ALREADY_RUNNING'],
    ['running', 'complete', 'NOT_DUE'],
    ['paused', 'pause', 'NOT_RUNNING'],
    ['paused', 'complete', 'NOT_RUNNING'],
    ...(['completed', 'cancelled'] as const).flatMap((from) =>
      (['pause', 'resume', 'stop', 'cancel', 'complete'] as const).map(
        (verb) => [from, verb, 'ALREADY_ENDED'] as const,
      ),
    ),
  ] as const)('%s, %s: refused as %s', (from, verb, code) => {
    expect(refusalOf(GIVEN[from], verb)).toEqual({ code, status: from });
  });

  it('has an answer for every verb in every status', () => {
    const cells = Object.values(TRANSITIONS).flatMap((row) => Object.keys(row));
    expect(cells).toHaveLength(20);
  });
});

describe('the clock', () => {
  it.each([
    [1_010_000, 1_010],
    [1_010_001, 1_011],
    [1_010_999.9, 1_011],
  ])('rounds %d ms up to second %d', (now, tick) => {
    expect(tickAt(now)).toBe(tick);
    expect(accepted(running, 'pause', now).at).toBe(tick);
  });

  it('never goes behind the last event', () => {
    const paused = after(running, ['pause', 1_010]);
    expect(accepted(paused, 'resume', 900_000)).toEqual({ type: 'resumed', at: 1_010, elapsed: 10 });
  });

  it('never shows negative work', () => {
    expect(elapsedAt(running.state, BEGAN - 5)).toBe(0);
    expect(elapsedAt(running.state, BEGAN + 5)).toBe(5);
  });
});

describe('the history', () => {
  it('adds up to the elapsed time, as guide 28 shows', () => {
    const timer = after(running, ['pause', 1_010], ['resume', 1_100], ['pause', 1_105], ['cancel', 1_200]);
    expect(timer.history).toEqual([
      { action: 'start', at: 1_000 },
      { action: 'pause', at: 1_010, elapsed: 10 },
      { action: 'resume', at: 1_100 },
      { action: 'pause', at: 1_105, elapsed: 15 },
      { action: 'cancel', at: 1_200, elapsed: 15 },
    ]);
    expect(timer.state).toEqual({ status: 'cancelled', endedAt: 1_200, elapsed: 15, pausedAt: 1_105 });
    expect(timer).toMatchObject({ revision: 5, updatedAt: 1_200, createdAt: 1_000, startedAt: 1_000 });
  });

  it('forgets the last pause when the timer ends from running', () => {
    const timer = after(running, ['pause', 1_010], ['resume', 1_020], ['stop', 1_030]);
    expect(timer.state).toEqual({ status: 'completed', endedAt: 1_030, elapsed: 20, pausedAt: null });
  });

  it('takes no pause beyond 1,000 entries, and everything else', () => {
    const history = Array.from({ length: MAX_HISTORY_ENTRIES }, () => ({ action: 'start' as const, at: BEGAN }));
    expect(refusalOf({ ...running, history: history.slice(1) }, 'pause')).toMatchObject({ type: 'paused' });
    expect(refusalOf({ ...running, history }, 'pause')).toEqual({ code: 'HISTORY_FULL', status: 'running' });
    expect(refusalOf({ ...running, history }, 'stop')).toMatchObject({ type: 'stopped' });
    expect(refusalOf({ ...GIVEN.paused, history }, 'resume')).toMatchObject({ type: 'resumed' });
    expect(refusalOf({ ...GIVEN.paused, history }, 'cancel')).toMatchObject({ type: 'cancelled' });
  });
});

describe('a target', () => {
  const TARGET = 1_060_000;

  it('is reached at its second, not before', () => {
    expect(refusalOf(session, 'complete', TARGET - 1)).toEqual({ code: 'NOT_DUE', status: 'running' });
    expect(accepted(session, 'complete', TARGET)).toEqual({ type: 'completed', at: 1_060, elapsed: 60 });
    expect(accepted(session, 'complete', TARGET + 3_600_000)).toEqual({ type: 'completed', at: 1_060, elapsed: 60 });
  });

  it('lets a command in a millisecond before', () => {
    expect(judge({ verb: 'pause', now: TARGET - 1 }, session)).toEqual({
      event: { type: 'paused', at: 1_060, elapsed: 60 },
    });
  });

  it.each([0, 1, 86_400_000])('wins over a command %d ms after it', (late) => {
    const { event, refusal } = judge({ verb: 'pause', now: TARGET + late }, session);
    expect(event).toEqual({ type: 'completed', at: 1_060, elapsed: 60 });
    expect(refusal).toMatchObject({ code: 'ALREADY_ENDED', status: 'completed' });
  });

  it('shows in what is read, and writes nothing', () => {
    expect(settledAt(session, TARGET - 1)).toBe(session);
    expect(settledAt(session, TARGET).state).toMatchObject({ status: 'completed', endedAt: 1_060 });
    expect(session.state.status).toBe('running');
  });

  it('moves with a pause', () => {
    const resumed = after(session, ['pause', 1_020], ['resume', 2_000]);
    expect(accepted(resumed, 'complete', 2_040_000)).toEqual({ type: 'completed', at: 2_040, elapsed: 60 });
    expect(refusalOf(after(session, ['pause', 1_020]), 'complete', 9_000_000)).toMatchObject({ code: 'NOT_RUNNING' });
  });

  it('is nothing that a person’s timer has', () => {
    expect(judge({ verb: 'pause', now: TARGET + 60_000 }, running)).toMatchObject({ event: { elapsed: 120 } });
    expect(settledAt(running, TARGET)).toBe(running);
  });
});
