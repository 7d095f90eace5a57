import { type Bench, type Benchmark, QUICK } from './harness/benchmark.js';
import { endChildren } from './harness/children.js';
import type { Result } from './harness/result.js';
import { recorded } from './harness/results-file.js';

/** The share of the recorded ratio that has to be left: what is above it is the noise of a short run on a busy machine. */
const LEAST = 0.6;
const TRIES = 3;
/** A short run takes a tenth of this; one that gives no result by then is a failed try. */
const PATIENCE_MS = 150_000;

/**
 * Whether the ratios still are what was recorded, by short runs: a benchmark fails when each of three tries fails or gives
 * a ratio below {@link LEAST} of the recorded one.
 * @returns what fell in the last try, in words for people
 */
export async function guard(benchmarks: readonly Benchmark[], bench: Bench): Promise<string[]> {
  const known = new Map((await recorded()).map((result) => [result.name, result]));
  const fallen: string[] = [];
  for (const benchmark of benchmarks) fallen.push(...(await guardOne(benchmark, { ...bench, effort: QUICK }, known)));
  return fallen;
}

async function guardOne(benchmark: Benchmark, bench: Bench, known: ReadonlyMap<string, Result>): Promise<string[]> {
  let fallen: string[] = [];
  for (let tries = 1; tries <= TRIES; tries += 1) {
    fallen = await Promise.race([fallenIn(benchmark, bench, known), noResult(benchmark)]);
    if (fallen.length === 0) return [];
    for (const line of fallen) bench.say(`try ${tries} of ${TRIES}: ${line}`);
  }
  return fallen;
}

const noResult = ({ name }: Benchmark): Promise<string[]> =>
  new Promise((resolve) => {
    setTimeout(() => {
      resolve([`${name} gave no result within ${PATIENCE_MS / 1_000} s`]);
    }, PATIENCE_MS).unref();
  });

async function fallenIn(benchmark: Benchmark, bench: Bench, known: ReadonlyMap<string, Result>): Promise<string[]> {
  const fallen: string[] = [];
  try {
    for await (const result of benchmark.run(bench)) {
      // Rates alone: the latency of one connection is noise in slots this short.
      if (result.better === 'higher') fallen.push(...fallenBelow(result, known.get(result.name)));
    }
  } catch (error) {
    fallen.push(`${benchmark.name} failed: ${String(error)}`);
  } finally {
    await endChildren();
  }
  return fallen;
}

function fallenBelow({ name, ratio, details }: Result, before: Result | undefined): string[] {
  console.log(`${name}: ${ratio ?? 'no ratio'}, recorded ${before?.ratio ?? 'never'}`);
  if (before?.ratio == null) return [`${name} was never recorded: npm run bench -- --only ${name}`];
  if (ratio === null) return [`${name} has no ratio: ${String(details['opponentFailed'])}`];
  return ratio / before.ratio < LEAST ? [`${name} was ${before.ratio} and is ${ratio}`] : [];
}
