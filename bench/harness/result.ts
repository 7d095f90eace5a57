import { median, rounded } from './statistics.js';

/** One line of the table and of `results.json`. */
export interface Result {
  readonly name: string;
  readonly unit: string;
  /** Median of our slots. */
  readonly ours: number;
  /** Median of the opponent's slots; null when it failed. */
  readonly opponent: number | null;
  /** Ours divided by the opponent's; null without an opponent. */
  readonly ratio: number | null;
  /** Which direction is better: `higher` for rates, `lower` for times. */
  readonly better: 'higher' | 'lower';
  /** The target that docs/benchmarks.md#results sets for the ratio; null without one. */
  readonly target: number | null;
  /** Whether the ratio meets the target; null without a ratio or a target. */
  readonly holds: boolean | null;
  readonly details: Details;
}

/** Further figures to judge a ratio by: spread, CPU time, quantiles, the opponent. */
export type Details = Readonly<Record<string, number | string | readonly number[]>>;

interface Comparison {
  readonly name: string;
  readonly unit: string;
  readonly better: Result['better'];
  readonly target: number | null;
  /** One value per slot. */
  readonly ours: readonly number[];
  readonly opponent: readonly number[];
  /** The opponent's error, if it failed; its slots are then ignored. */
  readonly failure?: string | undefined;
  readonly details: Details;
}

/** Combines the slots of both sides into one result. */
export function compare(comparison: Comparison): Result {
  const { name, unit, better, target, ours, opponent, failure, details } = comparison;
  if (failure !== undefined) return withoutOpponent(comparison, failure);
  const ratio = median(ours) / median(opponent);
  return {
    name,
    unit,
    ours: rounded(median(ours)),
    opponent: rounded(median(opponent)),
    ratio: rounded(ratio),
    better,
    target,
    holds: target === null ? null : better === 'higher' ? ratio >= target : ratio <= target,
    details: { slots: ours.length, oursRange: range(ours), opponentRange: range(opponent), ...details },
  };
}

function withoutOpponent({ name, unit, better, target, ours, details }: Comparison, failure: string): Result {
  const known = { slots: ours.length, oursRange: range(ours), ...details };
  return {
    ...{ name, unit, ours: rounded(median(ours)), opponent: null, ratio: null, better, target, holds: null },
    details: { ...known, opponentFailed: failure.slice(0, 300) },
  };
}

/** Minimum and maximum. */
const range = (values: readonly number[]): number[] => [rounded(Math.min(...values)), rounded(Math.max(...values))];

interface Limited {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  /** The upper limit that docs/benchmarks.md#results sets. */
  readonly limit: number;
  readonly details: Details;
}

/** A figure with a limit instead of an opponent; the ratio is the used share of the limit. */
export function limited({ name, unit, ours, limit, details }: Limited): Result {
  const range = { oursRange: [rounded(ours), rounded(ours)], opponentRange: [limit, limit] };
  const ratio = ours / limit;
  return {
    name,
    unit,
    ours: rounded(ours),
    opponent: limit,
    ratio: rounded(ratio),
    better: 'lower',
    target: 1,
    holds: ratio <= 1,
    details: { opponentIs: 'the target in docs/benchmarks.md', ...range, ...details },
  };
}
