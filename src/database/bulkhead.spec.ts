import { ServiceUnavailableError } from '../common/errors.js';
import { Bulkhead } from './bulkhead.js';

describe('Bulkhead', () => {
  let bulkhead: Bulkhead;
  let begun: string[];
  let finish: (() => void)[];

  beforeEach(() => {
    jest.useFakeTimers();
    bulkhead = new Bulkhead({ atOnce: 2, patienceMs: 1_000 });
    begun = [];
    finish = [];
  });

  afterEach(() => jest.useRealTimers());

  const work = (key: string, name: string) =>
    bulkhead.run(key, () => {
      begun.push(name);
      return new Promise<string>((resolve) => {
        finish.push(() => {
          resolve(name);
        });
      });
    });
  const settled = () => jest.advanceTimersByTimeAsync(0);

  it('lets a few of one key in at once, the others in their order, and other keys beside them', async () => {
    const all = [work('room', 'a'), work('room', 'b'), work('room', 'c'), work('room', 'd'), work('other', 'e')];
    await settled();
    expect(begun).toEqual(['a', 'b', 'e']);
    finish[0]?.();
    await settled();
    expect(begun).toEqual(['a', 'b', 'e', 'c']);
    for (let done = 1; done < 5; done += 1) {
      finish[done]?.();
      await settled();
    }
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('turns away whoever has waited too long, and never begins their work', async () => {
    void work('room', 'a');
    void work('room', 'b');
    const late = expect(work('room', 'c')).rejects.toThrow(ServiceUnavailableError);
    await jest.advanceTimersByTimeAsync(1_000);
    await late;
    finish[0]?.();
    finish[1]?.();
    await settled();
    expect(begun).toEqual(['a', 'b']);
    void work('room', 'd');
    await settled();
    expect(begun).toEqual(['a', 'b', 'd']);
  });

  it('passes a turn on after work that failed', async () => {
    const failing = () => bulkhead.run('room', () => Promise.reject(new Error('no')));
    await Promise.all([1, 2, 3].map(() => expect(failing()).rejects.toThrow('no')));
    void work('room', 'a');
    await settled();
    expect(begun).toEqual(['a']);
  });
});
