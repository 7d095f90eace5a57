import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** Where a document that the project was created from is, if it is there. */
export const seedPath = (file: string): string => resolve(process.env['SEEDS_DIR'] ?? '../shared/seeds', file);

/**
 * `describe` for tests that read a seed document. Where it is not, they are left out and one test says so; in CI that one
 * fails, unless `SEEDS_DIR=none` says that there are no seeds.
 */
export function describeWithSeed(path: string, name: string, tests: () => void): void {
  if (existsSync(path)) {
    describe(name, tests);
    return;
  }
  it(`NOT TESTED: ${path} is not there (SEEDS_DIR says where the seeds are)`, () => {
    expect(process.env['CI'] !== 'true' || process.env['SEEDS_DIR'] === 'none').toBe(true);
  });
}
