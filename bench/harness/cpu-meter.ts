import type { PostgresServer } from './postgres.js';
import { processCpu } from './process-cpu.js';

/** CPU seconds of one measured window; undefined on a system without `/proc`. */
export interface CpuTime {
  readonly process: number | undefined;
  readonly database: number | undefined;
}

/** Starts counting. @returns a function that reads the CPU time used since */
export function startCpuMeter(pid: number, postgres: PostgresServer): () => CpuTime {
  const [process, database] = [processCpu(pid), postgres.cpuSeconds()];
  return () => ({
    process: difference(processCpu(pid), process),
    database: difference(postgres.cpuSeconds(), database),
  });
}

const difference = (now: number | undefined, before: number | undefined): number | undefined =>
  now === undefined || before === undefined ? undefined : now - before;
