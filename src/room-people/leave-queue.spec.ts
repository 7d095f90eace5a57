import { ServiceUnavailableError } from '../common/errors.js';
import { LeaveQueue } from './leave-queue.js';

const AWAY = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

describe('LeaveQueue', () => {
  let batches: string[][];
  /** The result of each attempt; by default everything is written. */
  let attempts: ((batch: readonly string[]) => readonly string[])[];
  let failures: number[];
  let queue: LeaveQueue<string>;

  beforeEach(() => {
    [batches, attempts, failures] = [[], [], []];
    const write = async (batch: readonly string[]) => {
      batches.push([...batch]);
      await Promise.resolve();
      return new Set(attempts.shift()?.(batch) ?? batch);
    };
    queue = new LeaveQueue(write, (count) => failures.push(count));
  });

  const fails = (error: Error) => () => {
    throw error;
  };

  it('writes those together that come together, at most 500 at once', async () => {
    const names = Array.from({ length: 1_000 }, (_, nth) => `tab ${nth}`);
    await Promise.all(names.map((name) => queue.add(name)));
    expect(batches.map(({ length }) => length)).toEqual([500, 500]);
    expect([batches.flat(), queue.size]).toEqual([names, 0]);
  });

  it('keeps what could not be written while the database is away, and tries it again', async () => {
    attempts = [fails(AWAY), fails(AWAY)];
    const answers = await Promise.allSettled([queue.add('one'), queue.add('two')]);
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await queue.retry();
    expect([queue.size, failures]).toEqual([2, [2, 2]]);
    await queue.retry();
    expect(batches).toEqual([
      ['one', 'two'],
      ['one', 'two'],
      ['one', 'two'],
    ]);
    expect(queue.size).toBe(0);
  });

  it('keeps those alone that were locked', async () => {
    attempts = [() => ['one', 'three']];
    const answers = await Promise.allSettled(['one', 'two', 'three'].map((name) => queue.add(name)));
    expect(answers).toEqual([
      { status: 'fulfilled', value: undefined },
      { status: 'rejected', reason: expect.any(ServiceUnavailableError) as unknown },
      { status: 'fulfilled', value: undefined },
    ]);
    await queue.retry();
    expect(batches.at(-1)).toEqual(['two']);
  });

  it('writes each by itself when all together fail for another reason than the database being away', async () => {
    attempts = [fails(new Error('odd')), fails(new Error('odd'))];
    const answers = await Promise.allSettled(['bad', 'good'].map((name) => queue.add(name)));
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(batches).toEqual([['bad', 'good'], ['bad'], ['good']]);
  });
});
