import { setImmediate } from 'node:timers/promises';

import { ServiceUnavailableError } from '../../common/errors.js';
import { Turns } from './turns.js';

describe('Turns', () => {
  const started: number[] = [];
  const finish: (() => void)[] = [];
  const job = (id: number) => () => {
    started.push(id);
    return new Promise<void>((resolve) => finish.push(resolve));
  };

  it('runs a few at once, lets a few wait in order and turns the rest away', async () => {
    const turns = new Turns(2, 2);
    const jobs = [0, 1, 2, 3].map((id) => turns.take(job(id)));
    await setImmediate();
    expect(started).toEqual([0, 1]);
    await expect(turns.take(job(4))).rejects.toThrow(ServiceUnavailableError);

    for (let done = 0; done < 4; done += 1) {
      finish[done]?.();
      await setImmediate();
    }
    await Promise.all(jobs);
    expect(started).toEqual([0, 1, 2, 3]);
  });

  it('lets callers take turns, and turns away who has the most', async () => {
    const turns = new Turns(1, 3);
    const order: string[] = [];
    const take = (caller: string) => turns.take(() => Promise.resolve(void order.push(caller)), caller);
    let finishFirst = () => {};
    const first = turns.take(() => new Promise<void>((resolve) => (finishFirst = resolve)), 'flood');
    const flood = [take('flood'), take('flood'), take('flood')];
    await expect(take('flood')).rejects.toThrow(ServiceUnavailableError);
    const honest = take('honest');
    await expect(flood[2]).rejects.toThrow(ServiceUnavailableError);
    finishFirst();
    await Promise.all([first, flood[0], flood[1], honest]);
    expect(order).toEqual(['flood', 'honest', 'flood']);
  });

  it('gives the place back after a failure', async () => {
    const turns = new Turns(1, 0);
    await expect(turns.take(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(turns.take(() => Promise.resolve('yes'))).resolves.toBe('yes');
  });
});
