import { randomUUID } from 'node:crypto';

import fc from 'fast-check';

import type { TimerRefusal } from '../../src/timer-domain/rules/refusal.js';
import { AT_NOON, type Domain, startDomain } from '../support/domain.js';

/** `npm run lab -- domain 5000` before a release. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 1_000);
const PEOPLE = 2;

// --- The model: what docs/architecture.md#state, docs/spec/v1.md#52-state-rules and docs/spec/legacy.md#legacy-api say,
// in as few lines as they take. It shares nothing with src.

interface Expected {
  owner: number;
  origin: 'legacy' | 'v1' | 'room';
  length: number;
  status: 'running' | 'paused' | 'completed' | 'cancelled';
  began: number;
  worked: number;
  since: number;
  last: number;
  past: { action: string; at: number; elapsed?: number }[];
}
const REFUSALS: Record<string, string> = { pause: 'NOT_RUNNING', resume: 'ALREADY_RUNNING' };
class Model {
  timers: Expected[] = [];
  begin(owner: number, origin: Expected['origin'], length: number, at: number): void {
    const past = [{ action: 'start', at }];
    this.timers.push({ owner, origin, length, status: 'running', began: at, worked: 0, since: at, last: at, past });
  }
  happen(timer: Expected, action: string, status: Expected['status'], at: number): string {
    if (timer.status === 'running') timer.worked += at - timer.since;
    Object.assign(timer, { status, since: at, last: at });
    timer.past.push(action === 'resume' ? { action, at } : { action, at, elapsed: timer.worked });
    return 'ok';
  }
  reachTarget(timer: Expected, now: number): void {
    const target = timer.since + timer.length - timer.worked;
    if (timer.origin === 'room' && timer.status === 'running' && target * 1000 <= now) {
      this.happen(timer, 'stop', 'completed', target);
    }
  }
  verb(timer: Expected, verb: string, now: number): string {
    this.reachTarget(timer, now);
    if (timer.status === 'completed' || timer.status === 'cancelled') return 'ALREADY_ENDED';
    if (verb === (timer.status === 'running' ? 'resume' : 'pause')) return REFUSALS[verb] ?? '';
    const to = { pause: 'paused', resume: 'running', stop: 'completed', cancel: 'cancelled' }[
      verb
    ] as Expected['status'];
    return this.happen(timer, verb, to, Math.max(Math.ceil(now / 1000), timer.last));
  }
  legacyStart(owner: number, now: number): string {
    const theirs = this.timers.filter((timer) => timer.owner === owner && timer.origin !== 'room');
    if (theirs.some(({ status }) => status === 'running')) return 'SOMETHING_RUNNING';
    const before = theirs.find(({ status, origin }) => status === 'paused' && origin === 'legacy');
    if (before) this.verb(before, 'stop', now);
    this.begin(owner, 'legacy', 0, before?.last ?? Math.ceil(now / 1000));
    return 'ok';
  }
  legacyStop(owner: number, now: number): string {
    const running = this.timers.filter((t) => t.owner === owner && t.origin !== 'room' && t.status === 'running');
    // Of equal starts the later created one: the list is in that order, and sorting keeps it.
    const newest = [...running].sort((a, b) => a.began - b.began).at(-1);
    return newest ? this.verb(newest, 'stop', now) : 'NOTHING_RUNNING';
  }
}

// --- The commands, each told to the model and to the domain.

const person = fc.nat(PEOPLE - 1);
const step = fc.record({
  /** Milliseconds the clock goes on, or back, before the command. */
  passes: fc.oneof(
    fc.constant(0),
    fc.integer({ min: 1, max: 999 }),
    fc.integer({ min: 1, max: 90 }).map((seconds) => seconds * 1_000),
    fc.integer({ min: -2_500, max: -1 }),
  ),
  command: fc.oneof(
    fc.record({ kind: fc.constant('start' as const), person }),
    fc.record({ kind: fc.constant('stop' as const), person }),
    fc.record({ kind: fc.constant('create' as const), person }),
    fc.record({ kind: fc.constant('session' as const), person, length: fc.integer({ min: 1, max: 120 }) }),
    fc.record({ kind: fc.constant('sweep' as const) }),
    fc.record({
      kind: fc.constant('verb' as const),
      verb: fc.constantFrom('pause' as const, 'resume' as const, 'stop' as const, 'cancel' as const),
      timer: fc.nat(20),
    }),
  ),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

describe('the timer domain', () => {
  let app: Domain;

  beforeAll(async () => {
    app = await startDomain();
  });

  afterAll(() => app.close());

  const outcome = async (action: Promise<unknown>): Promise<string> => {
    try {
      await action;
      return 'ok';
    } catch (error) {
      return (error as TimerRefusal).code;
    }
  };

  /** Rooms are people's ids too here: a room has one session, so each session gets a room of its own. */
  async function follow(steps: readonly Step[]): Promise<void> {
    const model = new Model();
    const people = await Promise.all(Array.from({ length: PEOPLE }, () => app.addUser(randomUUID())));
    const ids: string[] = [];
    const owners: ({ userId: string } | { roomId: string })[] = [];
    const created = (id: string, owner: { userId: string } | { roomId: string }) => {
      ids.push(id);
      owners.push(owner);
    };
    const userOf = (number: number) => people[number] ?? '';
    app.clock.ms = AT_NOON;
    for (const { passes, command } of steps) {
      app.clock.ms += passes;
      const now = app.clock.ms;
      const tick = Math.ceil(now / 1000);
      switch (command.kind) {
        case 'start': {
          const userId = userOf(command.person);
          const done = app.domain.startWhenIdle({ userId, title: 'x' });
          const said = await outcome(done);
          expect(said).toBe(model.legacyStart(command.person, now));
          if (said === 'ok') created((await done).timer.id, { userId });
          break;
        }
        case 'stop': {
          const said = await outcome(app.domain.stopMostRecentlyStarted({ userId: userOf(command.person) }));
          expect(said).toBe(model.legacyStop(command.person, now));
          break;
        }
        case 'create': {
          const userId = userOf(command.person);
          created((await app.create({ userId })).id, { userId });
          model.begin(command.person, 'v1', 1_500, tick);
          break;
        }
        case 'session': {
          const roomId = randomUUID();
          created((await app.create({ roomId, allocatedDuration: command.length })).id, { roomId });
          model.begin(command.person, 'room', command.length, tick);
          break;
        }
        case 'sweep':
          await app.store.completeDue(now, 1_000);
          for (const timer of model.timers) model.reachTarget(timer, now);
          break;
        case 'verb': {
          const index = command.timer % Math.max(ids.length, 1);
          const [id, owner, timer] = [ids[index], owners[index], model.timers[index]];
          if (!id || !owner || !timer) break;
          expect(await outcome(app.domain.command(id, owner, command.verb, 'me'))).toBe(
            model.verb(timer, command.verb, now),
          );
        }
      }
    }
    expect(await seen(ids)).toEqual(model.timers.map((timer, index) => ({ id: ids[index], ...shown(timer) })));
  }

  async function seen(ids: readonly string[]): Promise<unknown[]> {
    const rows = await app.dataSource.query<{ id: string }[]>(
      'SELECT id, status, elapsed_time AS elapsed, history, revision FROM timers WHERE id = ANY($1)',
      [ids],
    );
    const byId = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => byId.get(id));
  }

  const shown = ({ status, worked, past }: Expected) => ({
    status,
    elapsed: worked,
    history: past,
    revision: past.length,
  });

  it(`does what the model says, in ${RUNS} random days`, async () => {
    const days = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), follow);
    await fc.assert(days, { numRuns: RUNS });
  }, 900_000);
});
