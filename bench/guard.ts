import { type Bench, type Benchmark, QUICK } from './frame/benchmark.js';
import type { Result } from './frame/result.js';
import { recorded } from './frame/results-file.js';

/** A ratio may be so much worse than the recorded one: less is the noise of a short run on a busy machine. */
const TOLERATED = 0.25;
const TRIES = 3;

/**
 * Whether the ratios still are what was recorded, by short runs: a benchmark with a ratio that fell by more than a quarter
 * has two more tries.
 * @returns what fell, in words for people
 */
export async function guard(benchmarks: readonly Benchmark[], bench: Bench): Promise<string[]> {
  const known = new Map((await recorded()).map((result) => [result.name, result]));
  const fallen: string[] = [];
  for (const benchmark of benchmarks) fallen.push(...(await guardOne(benchmark, { ...bench, effort: QUICK }, known)));
  return fallen;
}

async function guardOne(benchmark: Benchmark, bench: Bench, known: ReadonlyMap<string, Result>): Promise<string[]> {
  let fallen: string[] = [];
  for (let tries = 0; tries < TRIES; tries += 1) {
    // Rates alone: the latency of one connection is noise in slots this short.
    const results = (await benchmark.run(bench)).filter(({ better }) => better === 'higher');
    fallen = results.flatMap((result) => fallenBelow(result, known.get(result.name)));
    for (const { name, ratio } of results)
      console.log(`${name}: ${ratio}, recorded ${known.get(name)?.ratio ?? 'never'}`);
    if (fallen.length === 0) return [];
  }
  return fallen;
}

function fallenBelow({ name, ratio, better }: Result, before: Result | undefined): string[] {
  if (before === undefined) return [`${name} was never recorded: npm run bench -- ${name}`];
  const worse = better === 'higher' ? ratio / before.ratio : before.ratio / ratio;
  return worse < 1 - TOLERATED ? [`${name} was ${before.ratio} and is ${ratio}`] : [];
}
