import { type Bench, type Benchmark, QUICK } from './harness/benchmark.js';
import { endChildren } from './harness/children.js';
import type { Result } from './harness/result.js';
import { recorded } from './harness/results-file.js';

/** The least share of the recorded ratio that passes; the rest is the noise of a short run on a busy machine. */
const LEAST_SHARE = 0.6;
const TRIES = 3;
/** Ten times the length of a short run. A run that gives no result by then is a failed try. */
const TIMEOUT_MS = 150_000;

/**
 * Checks by short runs that the ratios still are as recorded. A benchmark fails when each of three tries fails or gives
 * a ratio below {@link LEAST_SHARE} of the recorded one.
 * @returns the failures of the last try, as text
 */
export async function guard(benchmarks: readonly Benchmark[], bench: Bench): Promise<string[]> {
  const known = new Map((await recorded()).map((result) => [result.name, result]));
  const failures: string[] = [];
  for (const benchmark of benchmarks) failures.push(...(await guardOne(benchmark, { ...bench, effort: QUICK }, known)));
  return failures;
}

async function guardOne(benchmark: Benchmark, bench: Bench, known: ReadonlyMap<string, Result>): Promise<string[]> {
  let failures: string[] = [];
  for (let tries = 1; tries <= TRIES; tries += 1) {
    failures = await Promise.race([failuresIn(benchmark, bench, known), timeout(benchmark)]);
    if (failures.length === 0) return [];
    for (const line of failures) bench.log(`try ${tries} of ${TRIES}: ${line}`);
  }
  return failures;
}

const timeout = ({ name }: Benchmark): Promise<string[]> =>
  new Promise((resolve) => {
    setTimeout(() => {
      resolve([`${name} gave no result within ${TIMEOUT_MS / 1_000} s`]);
    }, TIMEOUT_MS).unref();
  });

async function failuresIn(benchmark: Benchmark, bench: Bench, known: ReadonlyMap<string, Result>): Promise<string[]> {
  const failures: string[] = [];
  try {
    for await (const result of benchmark.run(bench)) {
      // Only rates: in slots this short, the latency of a single connection is noise.
      if (result.better === 'higher') failures.push(...belowRecorded(result, known.get(result.name)));
    }
  } catch (error) {
    failures.push(`${benchmark.name} failed: ${String(error)}`);
  } finally {
    await endChildren();
  }
  return failures;
}

function belowRecorded({ name, ratio, details }: Result, before: Result | undefined): string[] {
  console.log(`${name}: ${ratio ?? 'no ratio'}, recorded ${before?.ratio ?? 'never'}`);
  if (before?.ratio == null) return [`${name} was never recorded: npm run bench -- --only ${name}`];
  if (ratio === null) return [`${name} has no ratio: ${String(details['opponentFailed'])}`];
  return ratio / before.ratio < LEAST_SHARE ? [`${name} was ${before.ratio}, is now ${ratio}`] : [];
}
