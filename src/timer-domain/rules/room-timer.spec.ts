import { TimerRefusal } from './refusal.js';
import {
  completePhase,
  decideRoom,
  hasPhasePassed,
  remainingAt,
  type RoomCommand,
  type RoomTimer,
  type RoomTransition,
  settledRoomTimer,
  stateOf,
} from './room-timer.js';

const BEGAN = 1_000;
const WORK = 1_500;
const BREAK = 300;
const TARGET = BEGAN + WORK;

let ids = 0;
const newId = () => `session-${(ids += 1)}`;

const IDLE: RoomTimer = {
  roomId: 'room',
  name: 'a room',
  workSeconds: WORK,
  breakSeconds: BREAK,
  autoStartBreak: false,
  idleType: 'work',
  revision: 1,
  session: null,
};

const start = (sessionType: 'work' | 'break' = 'work'): RoomCommand => ({ verb: 'start', sessionType });

const decided = (roomTimer: RoomTimer, command: RoomCommand, at: number) =>
  decideRoom(command, roomTimer, at * 1_000, newId);

function accepted(roomTimer: RoomTimer, command: RoomCommand, at: number): RoomTransition {
  const transition = decided(roomTimer, command, at);
  if (transition === undefined || transition instanceof TimerRefusal) throw transition ?? new Error('nothing changed');
  return transition;
}

/** The room timer after these commands at these seconds. */
const after = (roomTimer: RoomTimer, ...commands: [RoomCommand, number][]): RoomTimer =>
  commands.reduce((before, [command, at]) => accepted(before, command, at).roomTimer, roomTimer);

const running = after(IDLE, [start(), BEGAN]);
const paused = after(running, [{ verb: 'pause' }, BEGAN + 100]);
const GIVEN = { idle: IDLE, running, paused };

describe('the table of commands', () => {
  it.each([
    ['idle', start(), 'running'],
    ['running', { verb: 'pause' }, 'paused'],
    ['running', { verb: 'reset' }, 'idle'],
    ['paused', start(), 'running'],
    ['paused', { verb: 'resume' }, 'running'],
    ['paused', { verb: 'reset' }, 'idle'],
  ] as const)('%s, %o: %s', (from, command, to) => {
    const { roomTimer, change } = accepted(GIVEN[from], command, BEGAN + 200);
    expect(stateOf(roomTimer).status).toBe(to);
    expect(change).toEqual({ revision: GIVEN[from].revision + 1, action: command.verb, state: stateOf(roomTimer) });
  });

  it.each([
    ['idle', { verb: 'pause' }, 'NOT_RUNNING'],
    ['idle', { verb: 'resume' }, 'NOT_RUNNING'],
    ['running', start(), 'ALREADY_RUNNING'],
    ['running', { verb: 'resume' }, 'ALREADY_RUNNING'],
    ['paused', { verb: 'pause' }, 'NOT_RUNNING'],
  ] as const)('%s, %o: refused as %s', (from, command, code) => {
    expect(decided(GIVEN[from], command, BEGAN + 200)).toMatchObject({ code });
  });

  it('has nothing to do for a reset of a room that is idle and shows work', () => {
    expect(decided(IDLE, { verb: 'reset' }, BEGAN)).toBeUndefined();
  });
});

describe('a session', () => {
  it('runs from the tick to the target, under the name of the room', () => {
    const { event, started } = accepted(IDLE, start(), BEGAN - 0.5);
    expect(event).toBeNull();
    expect(started).toMatchObject({ roomId: 'room', origin: 'room', title: 'a room', startedAt: BEGAN });
    expect(stateOf(running)).toEqual({
      status: 'running',
      sessionType: 'work',
      durationSeconds: WORK,
      startedAt: BEGAN,
      target: TARGET,
      elapsed: 0,
    });
  });

  it('counts as cancelled when a start takes its place, or a reset ends it', () => {
    const restarted = accepted(paused, start('break'), BEGAN + 200);
    expect(restarted.event).toMatchObject({ timer: paused.session, event: { type: 'cancelled', elapsed: 100 } });
    expect(restarted.started).toMatchObject({ sessionType: 'break', allocatedDuration: BREAK });
    const reset = accepted(running, { verb: 'reset' }, BEGAN + 200);
    expect(reset).toMatchObject({ event: { event: { type: 'cancelled', elapsed: 200 } }, started: null });
  });

  it('has its target as much later as it was paused', () => {
    const resumed = after(paused, [{ verb: 'resume' }, BEGAN + 160]);
    expect(stateOf(resumed)).toMatchObject({ status: 'running', elapsed: 100, target: TARGET + 60 });
    expect(stateOf(paused)).toMatchObject({ status: 'paused', elapsed: 100, target: null });
  });

  it('keeps its target when the settings change', () => {
    expect(stateOf({ ...running, workSeconds: 60 })).toMatchObject({ durationSeconds: WORK, target: TARGET });
    expect(stateOf({ ...IDLE, workSeconds: 60 })).toMatchObject({ durationSeconds: 60 });
  });
});

describe('the target', () => {
  it('is reached at its second, not before', () => {
    expect(hasPhasePassed(running, TARGET * 1_000 - 1)).toBe(false);
    expect(hasPhasePassed(running, TARGET * 1_000)).toBe(true);
    expect(hasPhasePassed(paused, TARGET * 1_000)).toBe(false);
    expect(hasPhasePassed(IDLE, TARGET * 1_000)).toBe(false);
  });

  it('of work leaves the room idle and showing a break', () => {
    const { event, started, roomTimer, change } = completePhase(running, newId);
    expect(event?.event).toEqual({ type: 'completed', at: TARGET, elapsed: WORK });
    expect(started).toBeNull();
    expect(stateOf(roomTimer)).toMatchObject({ status: 'idle', sessionType: 'break', durationSeconds: BREAK });
    expect(change).toMatchObject({ action: 'complete', completed: { type: 'work', next: 'break', autoStart: false } });
  });

  it('of work starts a break at exactly that second when breaks start by themselves', () => {
    const { started, roomTimer, change } = completePhase({ ...running, autoStartBreak: true }, newId);
    expect(started).toMatchObject({ sessionType: 'break', startedAt: TARGET, allocatedDuration: BREAK });
    expect(stateOf(roomTimer)).toMatchObject({ status: 'running', target: TARGET + BREAK });
    expect(change).toMatchObject({ revision: running.revision + 1, completed: { autoStart: true } });
  });

  it('of a break leaves the room idle and showing work, whatever starts by itself', () => {
    const resting = after({ ...IDLE, autoStartBreak: true }, [start('break'), BEGAN]);
    const { started, roomTimer, change } = completePhase(resting, newId);
    expect(started).toBeNull();
    expect(stateOf(roomTimer)).toMatchObject({ status: 'idle', sessionType: 'work', durationSeconds: WORK });
    expect(change.completed).toEqual({ type: 'break', next: 'work', autoStart: false });
  });

  it('is passed as often as phases have passed, for who reads', () => {
    const settled = settledRoomTimer({ ...running, autoStartBreak: true }, (TARGET + BREAK) * 1_000, newId);
    expect(settled).toMatchObject({ session: null, idleType: 'work', revision: running.revision + 2 });
    expect(settledRoomTimer(running, TARGET * 1_000 - 1, newId)).toBe(running);
  });

  it('is at hand when a pause has its tick: a resume then completes the session at its own', () => {
    const atTarget = after(running, [{ verb: 'pause' }, TARGET]);
    expect(remainingAt(stateOf(atTarget), TARGET * 1_000)).toBe(0);
    const resumed = after(atTarget, [{ verb: 'resume' }, TARGET + 50]);
    expect(stateOf(resumed).target).toBe(TARGET + 50);
    expect(hasPhasePassed(resumed, (TARGET + 50) * 1_000)).toBe(true);
  });
});

describe('the remaining time', () => {
  it.each([
    [0, WORK],
    [0.4, WORK - 1],
    [WORK - 0.001, 0],
    [WORK + 60, 0],
    [-5, WORK],
  ])('%d s after the start: %d s', (passed, remaining) => {
    expect(remainingAt(stateOf(running), (BEGAN + passed) * 1_000)).toBe(remaining);
  });

  it('is frozen while paused and the full duration while idle', () => {
    expect(remainingAt(stateOf(paused), (BEGAN + 9_000) * 1_000)).toBe(WORK - 100);
    expect(remainingAt(stateOf(IDLE), 0)).toBe(WORK);
  });
});

describe('the revision', () => {
  it('grows by one with each step, over all sessions', () => {
    const steps: [RoomCommand, number][] = [
      [{ verb: 'pause' }, BEGAN + 10],
      [{ verb: 'reset' }, BEGAN + 20],
      [start('break'), BEGAN + 30],
    ];
    expect(after(running, ...steps).revision).toBe(running.revision + 3);
    expect(completePhase(running, newId).roomTimer.revision).toBe(running.revision + 1);
  });
});
