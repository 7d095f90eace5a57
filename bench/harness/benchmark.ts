import type { PostgresServer } from './postgres.js';
import type { Result } from './result.js';

/** How thorough a run is. */
export interface Effort {
  /** Each round is four slots: ours, opponent, opponent, ours. */
  readonly rounds: number;
  /** Factor on the length of a slot; 1 for figures that are recorded. */
  readonly scale: number;
}

/** What a benchmark works with. */
export interface Bench {
  readonly postgres: PostgresServer;
  readonly effort: Effort;
  /** A folder that is gone after the run. */
  readonly scratch: string;
  /** Tells whoever waits what is going on. */
  readonly say: (text: string) => void;
}

/** One comparison with an opponent, under the name that `npm run bench -- NAME` runs it by. */
export interface Benchmark {
  readonly name: string;
  /** Gives each row as soon as it is measured. */
  readonly run: (bench: Bench) => AsyncGenerator<Result, void>;
}

/** For checks: fewer and shorter slots, the same order. */
export const QUICK: Effort = { rounds: 2, scale: 0.35 };

/** `BENCH_QUICK=1` is {@link QUICK}. */
export function effortOf(env: NodeJS.ProcessEnv): Effort {
  return env['BENCH_QUICK'] === '1' ? QUICK : { rounds: 5, scale: 1 };
}
