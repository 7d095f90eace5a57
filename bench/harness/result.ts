import { median, rounded } from './statistics.js';

/** One line of the table and of `results.json`. */
export interface Result {
  readonly name: string;
  readonly unit: string;
  /** Median of our slots. */
  readonly ours: number;
  /** Median of the opponent's slots; null when it could not keep up. */
  readonly opponent: number | null;
  /** Ours divided by the opponent's; null without an opponent's. */
  readonly ratio: number | null;
  /** Which way is good: rates are `higher`, times are `lower`. */
  readonly better: 'higher' | 'lower';
  /** What design.md asks of the ratio; null where it asks nothing. */
  readonly target: number | null;
  /** Whether the ratio is on the right side of the target; null without either. */
  readonly holds: boolean | null;
  readonly details: Details;
}

/** Whatever else helps to judge a ratio: spread, CPU time, quantiles, who the opponent was. */
export type Details = Readonly<Record<string, number | string | readonly number[]>>;

interface Comparison {
  readonly name: string;
  readonly unit: string;
  readonly better: Result['better'];
  readonly target: number | null;
  /** One value per slot. */
  readonly ours: readonly number[];
  readonly opponent: readonly number[];
  /** What the opponent failed with, if it did: its slots are then worth nothing. */
  readonly failure?: string | undefined;
  readonly details: Details;
}

/** The result that slots of both sides add up to. */
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

/** Least and greatest. */
const range = (values: readonly number[]): number[] => [rounded(Math.min(...values)), rounded(Math.max(...values))];

interface Limited {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  /** What design.md allows at most. */
  readonly limit: number;
  readonly details: Details;
}

/** A figure that has a limit instead of an opponent: the ratio says how much of it is used. */
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
    details: { opponentIs: 'the limit that design.md sets', ...range, ...details },
  };
}
