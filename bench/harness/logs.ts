import { mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'metronome-bench-logs-'));
let opened = 0;

/** The folder that holds the output of this run's servers and workers. */
export const logs = {
  folder,

  /** Opens a new file. Servers write to files in production too, and a pipe would have to be drained. */
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
