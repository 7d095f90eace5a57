import { mean, quantiles, rounded } from '../harness/statistics.js';
import type { Details } from '../harness/result.js';
import type { LoadSample } from './http-load-process.js';

/** Quantiles over all slots of a side, and CPU time per response of its process and of the database. */
export function costsOf(side: string, samples: readonly LoadSample[]): Details {
  const [p50, p99] = quantiles(
    samples.map(({ latencies }) => latencies),
    [0.5, 0.99],
  );
  const perAnswer = (seconds: (sample: LoadSample) => number | undefined) =>
    rounded(mean(samples.map((sample) => (1e6 * (seconds(sample) ?? NaN)) / sample.latencies.length)));
  return {
    [`${side} p50 ms`]: rounded(p50 ?? NaN),
    [`${side} p99 ms`]: rounded(p99 ?? NaN),
    [`${side} server CPU µs per request`]: perAnswer(({ cpu }) => cpu.process),
    [`${side} database CPU µs per request`]: perAnswer(({ cpu }) => cpu.database),
  };
}
