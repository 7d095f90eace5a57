import type { PostgresServer } from './postgres.js';
import type { Result } from './result.js';

/** The length of a run. */
export interface Effort {
  /** Each round has four slots: ours, opponent, opponent, ours. */
  readonly rounds: number;
  /** Factor on the length of a slot; 1 for recorded figures. */
  readonly scale: number;
}

/** The surroundings of a benchmark. */
export interface Bench {
  readonly postgres: PostgresServer;
  readonly effort: Effort;
  /** A folder that is removed after the run. */
  readonly scratch: string;
  /** Reports progress. */
  readonly log: (text: string) => void;
}

/** One comparison with an opponent; `npm run bench -- --only NAME` runs it by its name. */
export interface Benchmark {
  readonly name: string;
  /** Yields each row as soon as it is measured. */
  readonly run: (bench: Bench) => AsyncGenerator<Result, void>;
}

/** For checks: fewer and shorter slots in the same order. */
export const QUICK: Effort = { rounds: 2, scale: 0.35 };

/** {@link QUICK} with `BENCH_QUICK=1`. */
export function effortOf(env: NodeJS.ProcessEnv): Effort {
  return env['BENCH_QUICK'] === '1' ? QUICK : { rounds: 5, scale: 1 };
}
