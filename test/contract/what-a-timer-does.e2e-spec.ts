import { type HistoryEntry, isLive, type Timer, type TimerState } from '../../src/timer-domain/rules/timer.js';
import { hangUpAll, type Person } from '../support/sockets.js';
import { type House, startHouse } from '../support/rooms.js';
import { type Generation, GENERATIONS, type Hand, OUTCOMES, STATES, type State, VERBS } from './generations.js';

/**
 * What a timer does (docs/architecture.md#state; docs/spec/v1.md#52-state-rules): the same through every generation,
 * refusals in its own words.
 */

let house: House;

beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house.close());

const now = () => Math.ceil(house.clock.ms / 1_000);

/** What is compared of a row. */
type Facts = Pick<Timer, 'state' | 'history' | 'revision' | 'startedAt'>;
const factsOf = ({ state, history, revision, startedAt }: Timer): Facts => ({ state, history, revision, startedAt });

describe.each(GENERATIONS)('through $name', (generation) => {
  let person: Person;
  let hand: Hand;
  /** The second at which the first start is said. */
  let began: number;

  beforeAll(async () => {
    person = await house.signUp();
  });
  beforeEach(async () => {
    hand = await generation.open(house, person);
    began = now();
  });
  afterEach(async () => {
    for (const { id, userId, state } of await hand.rows()) {
      if (userId !== null && isLive(state)) await person.call('POST', `/v1/timers/${id}/cancel`);
    }
    house.clock.ms = now() * 1_000;
    await hangUpAll();
  });

  const rows = async () => (await hand.rows()).map(factsOf);

  const CASES = STATES.flatMap((from) => VERBS.map((verb) => [from, verb, generation.table[from][verb]] as const));

  it.each(CASES)('%s, %s: %s', async (from, verb, outcome) => {
    await bring(hand, from);
    await house.later(15 - (now() - began));
    const before = await rows();
    expect(before).toEqual(from === 'none' ? [] : [after(generation, from, began)]);
    const isRefused = !(OUTCOMES as readonly string[]).includes(outcome);
    expect(await hand.say(verb)).toBe(isRefused ? outcome : 'done');
    expect(await rows()).toEqual(isRefused || outcome === 'nothing' ? before : expected(from, outcome));
  });

  /** The rows 15 seconds after the first start, when the outcome is no refusal. */
  function expected(from: State, outcome: string): Facts[] {
    const first = after(generation, from, began);
    const fresh = after(generation, 'running', began + 15);
    if (from === 'none') return [fresh];
    if (outcome === 'another') return [first, fresh];
    if (outcome === 'replaces') return [moved(first, 'ended'), fresh];
    return [moved(first, outcome as State)];
  }

  /** What a live timer has become by a command at 15 s. */
  function moved(timer: Facts, to: State): Facts {
    const { state } = timer;
    const at = began + 15;
    const elapsed = state.status === 'running' ? 15 : state.elapsed;
    const pausedAt = state.status === 'paused' ? state.pausedAt : null;
    const entry: HistoryEntry =
      to === 'running'
        ? { action: 'resume', at }
        : { action: to === 'paused' ? 'pause' : generation.ending, at, elapsed };
    const states: Record<string, TimerState> = {
      running: { status: 'running', runningSince: at, elapsed },
      paused: { status: 'paused', pausedAt: at, elapsed },
      ended: { status: endedBy(generation), endedAt: at, elapsed, pausedAt },
    };
    return {
      ...timer,
      state: states[to] ?? state,
      history: [...timer.history, entry],
      revision: timer.revision + 1,
    };
  }

  it('begins at the next whole second, with nothing worked', async () => {
    house.clock.ms += 300;
    expect(await hand.say('start')).toBe('done');
    expect(await rows()).toEqual([after(generation, 'running', began + 1)]);
    expect(await hand.look()).toEqual({ status: 'running', elapsed: 0 });
  });

  it('counts while it runs, stands while it is paused, and no look is written', async () => {
    await hand.say('start');
    const stored = await hand.rows();
    for (const elapsed of [7, 14, 21]) {
      await house.later(7);
      expect(await hand.look()).toEqual({ status: 'running', elapsed });
    }
    expect(await hand.rows()).toEqual(stored);
    await hand.say('pause');
    const paused = await hand.rows();
    await house.later(100);
    expect(await hand.look()).toEqual({ status: 'paused', elapsed: 21 });
    expect(await hand.rows()).toEqual(paused);
    await hand.say('resume');
    await house.later(9);
    expect(await hand.look()).toEqual({ status: 'running', elapsed: 30 });
  });

  it('has a history that adds up to what was worked, through ten pauses between the seconds', async () => {
    await hand.say('start');
    for (let n = 0; n < 10; n += 1) {
      await house.later(3.3);
      expect(await hand.say('pause')).toBe('done');
      await house.later(1.4);
      expect(await hand.say('resume')).toBe('done');
    }
    await house.later(2.5);
    const [timer] = await hand.rows();
    expect(timer?.revision).toBe(21);
    // Legacy apps stop what runs, a room is reset: both from running here.
    expect(await hand.say('end')).toBe('done');
    const [ended] = await hand.rows();
    expect(ended?.history).toHaveLength(22);
    expect(sumOf(ended?.history ?? [])).toBe(ended?.state.elapsed);
  });

  it('of ten pauses, and of ten resumes, that come at once, one succeeds', async () => {
    await hand.say('start');
    const others = generation.table;
    for (const [verb, state, refusal] of [
      ['pause', 'running', others.paused.pause],
      ['resume', 'paused', others.running.resume],
    ] as const) {
      const said = await Promise.all(Array.from({ length: 10 }, () => hand.say(verb)));
      const sorted = [...said].sort((one, other) => Number(other === 'done') - Number(one === 'done'));
      expect({ state, said: sorted }).toEqual({ state, said: ['done', ...Array<string>(9).fill(refusal)] });
    }
    expect((await rows()).map(({ revision }) => revision)).toEqual([3]);
  });
});

/** Says what leads from nothing to the state; pauses and ends ten seconds after the start. */
async function bring(hand: Hand, state: State): Promise<void> {
  if (state === 'none') return;
  expect(await hand.say('start')).toBe('done');
  if (state === 'running') return;
  await house.later(10);
  expect(await hand.say(state === 'paused' ? 'pause' : 'end')).toBe('done');
}

const endedBy = ({ ending }: Generation) => (ending === 'stop' ? 'completed' : 'cancelled');

/** A timer that {@link bring} has brought there, started at a second. */
function after(generation: Generation, state: State, startedAt: number): Facts {
  const start = { action: 'start', at: startedAt } as const;
  const at = startedAt + 10;
  if (state === 'running') {
    return {
      state: { status: 'running', runningSince: startedAt, elapsed: 0 },
      history: [start],
      revision: 1,
      startedAt,
    };
  }
  if (state === 'paused') {
    const history = [start, { action: 'pause', at, elapsed: 10 } as const];
    return { state: { status: 'paused', pausedAt: at, elapsed: 10 }, history, revision: 2, startedAt };
  }
  return {
    state: { status: endedBy(generation), endedAt: at, elapsed: 10, pausedAt: null },
    history: [start, { action: generation.ending, at, elapsed: 10 }],
    revision: 2,
    startedAt,
  };
}

/** Whole seconds of the running segments of a history, as the guides' client adds them up. */
function sumOf(history: readonly HistoryEntry[]): number {
  let [sum, since] = [0, 0];
  for (const { action, at } of history) {
    if (action === 'start' || action === 'resume') since = at;
    else sum += at - since;
  }
  return sum;
}
