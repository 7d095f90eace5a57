import { type WritePlan, type WriteResult, type WriteResults } from '../records/write-plan.js';
import { MAX_LIVE_TIMERS } from '../rules/decide.js';
import { type NewTimer, startTimer, type Timer } from '../rules/timer.js';
import {
  type CommandOutcome,
  isPlan,
  lookupOf,
  NOTHING_LOADED,
  plan,
  type QueuedCommand,
  resolve,
  startWhenIdleCommand,
  stopNewestCommand,
  verbCommand,
} from './timer-command.js';

const BEGAN = 1_000;
const CHOSEN: NewTimer & { userId: string } = {
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

const AT = { now: 1_010_000, actor: 'me' };
const pause = verbCommand({ timerId: 'a', owner: { userId: 'me' }, verb: 'pause', ...AT });
const stop = stopNewestCommand({ userId: 'me', ...AT });
const begin = startWhenIdleCommand({ timer: { ...CHOSEN, id: 'b', origin: 'legacy' }, ...AT });

const fresh = (timer: Timer | undefined) => ({ timer, isFresh: true });
const cached = (timer: Timer) => ({ timer, isFresh: false });

function planned(command: QueuedCommand, loaded = fresh(running)): WritePlan {
  const made = plan(command, loaded);
  if (!isPlan(made)) throw new Error(made.kind);
  return made;
}

/** Rows of the statement for some timers. */
const results = (...rows: (Pick<WriteResult, 'id'> & Partial<WriteResult>)[]): WriteResults =>
  new Map(
    rows.map((row) => [
      row.id,
      { change_id: null, revision: null, running: null, live: null, legacy_id: null, ...row },
    ]),
  );

const refusedAs = (outcome: WritePlan | CommandOutcome) =>
  !isPlan(outcome) && outcome.kind === 'failed' ? (outcome.error as { code: string }).code : outcome;

describe('a command on one timer', () => {
  it('looks its timer up by id', () => {
    expect(lookupOf(pause)).toEqual({ timerId: 'a', mustReload: false });
    expect(pause.key).toBe('a');
  });

  it('plans one change, and ends with it', () => {
    const made = planned(pause, cached(running));
    expect(made).toMatchObject({ changes: [{ action: 'pause', actor: 'me', timer: { revision: 2 } }], starts: [] });
    expect(resolve(pause, made, results({ id: 'a', change_id: '7' }))).toEqual({
      kind: 'done',
      result: { changeId: '7', timer: made.changes[0]?.timer, action: 'pause', at: 1_010, actor: 'me' },
    });
  });

  it.each([
    ['there is none', undefined],
    ['it is another person’s', { ...running, userId: 'another' }],
    ['it is a room’s', session],
  ])('is refused when %s', (_, timer) => {
    expect(refusedAs(plan(pause, fresh(timer)))).toBe('TIMER_NOT_FOUND');
  });

  it('is refused by what was read, not by what is cached', () => {
    const resume = { ...pause, verb: 'resume' as const };
    expect(refusedAs(plan(resume, fresh(running)))).toBe('ALREADY_RUNNING');
    const outcome = plan(resume, cached(running));
    expect(outcome).toEqual({ kind: 'again', command: { ...resume, mustReload: true } });
    expect(lookupOf({ ...resume, mustReload: true })).toEqual({ timerId: 'a', mustReload: true });
  });

  it('is judged again on the row when another write came first', () => {
    expect(resolve(pause, planned(pause), results({ id: 'a', revision: 5 }))).toEqual({
      kind: 'again',
      command: { ...pause, mustReload: true },
    });
  });

  it('is executed individually when its row is locked', () => {
    expect(resolve(pause, planned(pause), results())).toEqual({ kind: 'individually' });
  });

  it('completes a session whose target has passed, and is refused all the same', () => {
    const late = verbCommand({ ...pause, owner: { roomId: 'room' }, now: 1_060_000 });
    const made = planned(late, fresh(session));
    expect(made.changes).toMatchObject([{ action: 'complete', actor: null, timer: { state: { endedAt: 1_060 } } }]);
    expect(refusedAs(resolve(late, made, results({ id: 'a', change_id: '7' })))).toBe('ALREADY_ENDED');
  });
});

describe('a stop of the newest', () => {
  it('looks for what the person started last, and writes under that condition', () => {
    expect(lookupOf(stop)).toEqual({ newestRunningOf: 'me' });
    expect(planned(stop).changes).toMatchObject([{ action: 'stop', newestOf: 'me' }]);
    expect(refusedAs(plan(stop, fresh(undefined)))).toBe('NOTHING_RUNNING');
  });

  it('looks again when something was started meanwhile', () => {
    expect(resolve(stop, planned(stop), results({ id: 'a', revision: 1 }))).toEqual({ kind: 'again', command: stop });
  });
});

describe('a start when nothing runs', () => {
  const paused = startTimer({ ...CHOSEN, origin: 'legacy' }, BEGAN);
  const replacing = { ...begin, predecessorId: 'a' };

  it('reads nothing at first, and starts', () => {
    expect(lookupOf(begin)).toBeUndefined();
    const made = planned(begin, NOTHING_LOADED);
    expect(made).toMatchObject({ changes: [], starts: [{ exclusive: true, predecessor: null }] });
    expect(resolve(begin, made, results({ id: 'b', change_id: '8' }))).toMatchObject({
      kind: 'done',
      result: { action: 'start', at: 1_010 },
    });
  });

  it('is refused while something runs', () => {
    const made = planned(begin, NOTHING_LOADED);
    expect(refusedAs(resolve(begin, made, results({ id: 'b', running: true })))).toBe('SOMETHING_RUNNING');
  });

  it('comes back to complete a paused legacy timer, in the same statement', () => {
    const refused = results({ id: 'b', running: false, live: 1, legacy_id: 'a' });
    expect(resolve(begin, planned(begin, NOTHING_LOADED), refused)).toEqual({ kind: 'again', command: replacing });
    expect(lookupOf(replacing)).toEqual({ timerId: 'a', mustReload: true });
    expect(planned(replacing, fresh(paused))).toMatchObject({
      changes: [{ action: 'stop', forStart: 'b' }],
      starts: [{ predecessor: 'a' }],
    });
  });

  it('forgets a predecessor that has ended meanwhile', () => {
    const gone = results({ id: 'a', revision: 2 }, { id: 'b', running: false, live: 0 });
    expect(resolve(replacing, planned(replacing, fresh(paused)), gone)).toEqual({ kind: 'again', command: begin });
  });

  it('is executed individually when its predecessor is locked', () => {
    const locked = results({ id: 'b', running: false, live: 1, legacy_id: 'a' });
    expect(resolve(replacing, planned(replacing, fresh(paused)), locked)).toEqual({ kind: 'individually' });
  });

  it.each([
    [MAX_LIVE_TIMERS, null, 'TOO_MANY_ACTIVE'],
    [MAX_LIVE_TIMERS + 1, 'a', 'TOO_MANY_ACTIVE'],
    [MAX_LIVE_TIMERS, 'a', { kind: 'again', command: replacing }],
  ])('beside %d live timers, the legacy one among them %p', (live, legacyId, expected) => {
    const judged = results({ id: 'b', running: false, live, legacy_id: legacyId });
    expect(refusedAs(resolve(begin, planned(begin, NOTHING_LOADED), judged))).toEqual(expected);
  });
});
