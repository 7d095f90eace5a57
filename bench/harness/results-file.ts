import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { packageRoot } from '../../src/common/package.js';
import type { Result } from './result.js';

/** The file of recorded results. */
const RECORDED = join(packageRoot, 'bench', 'results.json');

/**
 * The file to write results to: `BENCH_RESULTS` or the recorded file. Undefined for a quick run without that variable,
 * since its figures are too coarse to be recorded.
 */
export function resultsFile(env: NodeJS.ProcessEnv): string | undefined {
  return env['BENCH_RESULTS'] ?? (env['BENCH_QUICK'] === '1' ? undefined : RECORDED);
}

/** Writes results to the file, each over its previous row; other rows stay as they are. */
export async function record(file: string, results: readonly Result[]): Promise<void> {
  const rows = new Map((await read(file)).map((row) => [row.name, row]));
  for (const result of results) rows.set(result.name, result);
  await writeFile(file, `${JSON.stringify([...rows.values()], null, 2)}\n`);
}

/** The last recorded results. */
export const recorded = (): Promise<Result[]> => read(RECORDED);

async function read(file: string): Promise<Result[]> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Result[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
