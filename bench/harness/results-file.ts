import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { packageRoot } from '../../src/common/package.js';
import type { Result } from './result.js';

/** The recorded ratios. */
const RECORDED = join(packageRoot, 'bench', 'results.json');

/**
 * Where results go: the file that `BENCH_RESULTS` names, or the recorded ones; a quick run is too coarse to be recorded,
 * so without a name it goes nowhere.
 */
export function resultsFile(env: NodeJS.ProcessEnv): string | undefined {
  return env['BENCH_RESULTS'] ?? (env['BENCH_QUICK'] === '1' ? undefined : RECORDED);
}

/** Puts results in the file, each in its old row's place; what was not run this time stays as it is. */
export async function record(file: string, results: readonly Result[]): Promise<void> {
  const rows = new Map((await read(file)).map((row) => [row.name, row]));
  for (const result of results) rows.set(result.name, result);
  await writeFile(file, `${JSON.stringify([...rows.values()], null, 2)}\n`);
}

/** What was recorded last. */
export const recorded = (): Promise<Result[]> => read(RECORDED);

async function read(file: string): Promise<Result[]> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Result[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
