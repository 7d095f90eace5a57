import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import type { ServerProcess } from './server-process.js';

const PAGE_BYTES = 4_096;

/** Resident bytes of an idle server after garbage collection. */
export async function settledMemory({ pid }: ServerProcess): Promise<number> {
  await sleep(2_000);
  for (let times = 0; times < 3; times += 1) {
    // The server collects its garbage on this signal (collect-garbage.ts).
    process.kill(pid, 'SIGUSR2');
    await sleep(1_000);
  }
  return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * PAGE_BYTES;
}

/** Resets the peak that {@link peakMemory} reads. */
export function resetPeak({ pid }: ServerProcess): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** Greatest resident size in bytes since {@link resetPeak}. */
export function peakMemory({ pid }: ServerProcess): number {
  const [, kibibytes] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
  return Number(kibibytes) * 1_024;
}
