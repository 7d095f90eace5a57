import { mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'metronome-bench-logs-'));
let opened = 0;

/** Where the servers and helpers of this run write what they say. */
export const logs = {
  folder,

  /** A new file: files are what servers write to in production, and nobody has to empty them as a pipe. */
  create(name: string): { readonly path: string; readonly descriptor: number } {
    mkdirSync(folder, { recursive: true });
    opened += 1;
    const path = join(folder, `${String(opened).padStart(2, '0')}-${name}.log`);
    return { path, descriptor: openSync(path, 'w') };
  },

  remove(): void {
    rmSync(folder, { recursive: true, force: true });
  },
};
