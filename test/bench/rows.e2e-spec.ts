import type { Bench, Benchmark } from '../../bench/harness/benchmark.js';
import { compare, type Result } from '../../bench/harness/result.js';
import { recorded } from '../../bench/harness/results-file.js';
import { inRounds } from '../../bench/harness/rounds.js';
import { rowOf } from '../../bench/harness/table.js';
import { guard } from '../../bench/guard.js';

const logged: string[] = [];
const bench = { log: (text: string) => logged.push(text) } as unknown as Bench;
const COMPARISON = { name: 'engine', unit: 'rows/s', better: 'higher', target: 3, details: {} } as const;

beforeEach(() => {
  logged.length = 0;
  // The guard prints each ratio.
  jest.spyOn(console, 'log').mockImplementation(() => undefined);
});
afterEach(() => jest.restoreAllMocks());

describe('an opponent that cannot keep up', () => {
  it('does not stop the measurement of our side, and the row reports it', async () => {
    let slots = 0;
    const ours = () => Promise.resolve((slots += 1));
    const opponent = () => Promise.reject(new Error('20000 jobs were not taken on'));
    const samples = await inRounds(2, { ours, opponent });
    expect(samples).toEqual({ ours: [1, 2, 3, 4], opponent: [], failure: '20000 jobs were not taken on' });
    const row = compare({ ...COMPARISON, ...samples });
    expect(row).toMatchObject({ ours: 2.5, opponent: null, ratio: null, holds: null });
    expect(rowOf(row)).toContain('could not keep up');
    expect(rowOf(row)).toContain('opponentFailed: 20000 jobs were not taken on');
  });

  it('is not measured again, and its earlier figures do not count', async () => {
    let asked = 0;
    const opponent = () => (++asked === 2 ? Promise.reject(new Error('gone')) : Promise.resolve(asked));
    const samples = await inRounds(3, { ours: () => Promise.resolve(1), opponent });
    expect([asked, compare({ ...COMPARISON, ...samples }).opponent]).toEqual([2, null]);
  });

  it('differs from a failure of ours, which ends the benchmark', async () => {
    const ours = () => Promise.reject(new Error('wrong answers'));
    await expect(inRounds(1, { ours, opponent: () => Promise.resolve(1) })).rejects.toThrow('wrong answers');
  });
});

describe('the guard', () => {
  /** Each try gives the next share of the recorded ratio or throws. */
  async function guarded(...shares: readonly (number | Error)[]): Promise<{ failures: number; runs: number }> {
    const [known] = (await recorded()).filter(({ better, ratio }) => better === 'higher' && ratio !== null) as [Result];
    let runs = 0;
    const run = async function* () {
      const share = await Promise.resolve(shares[runs++]);
      if (typeof share !== 'number') throw share ?? new Error('one try too many');
      yield { ...known, ratio: (known.ratio ?? 0) * share };
    };
    const benchmark: Benchmark = { name: known.name, run };
    return { failures: (await guard([benchmark], bench)).length, runs };
  }

  it('passes with 0.61 of the recorded ratio', async () => {
    expect(await guarded(0.61)).toEqual({ failures: 0, runs: 1 });
  });

  it('fails when three tries are below 0.6', async () => {
    expect(await guarded(0.59, 0.1, 0.59)).toEqual({ failures: 1, runs: 3 });
    expect(logged).toHaveLength(3);
  });

  it('passes with one good try of three; a try that throws counts as a bad one', async () => {
    expect(await guarded(0.5, new Error('not ready'), 1)).toEqual({ failures: 0, runs: 3 });
    expect(await guarded(...Array<Error>(3).fill(new Error('not ready')))).toEqual({ failures: 1, runs: 3 });
  });
});
