import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** docs/security.md names a test for each claim: these tests exist. */

const ROOT = join(__dirname, '..', '..');
const review = readFileSync(join(ROOT, 'docs', 'security.md'), 'utf8');
const named = [...review.matchAll(/`((?:test|src)\/[\w./-]+\.ts)`,\s+“([^”]+)”/g)].map((match) => [
  match[1] ?? '',
  (match[2] ?? '').replace(/\s+/g, ' '),
]);

/** Names stand in the sources with their quotes escaped, or not. */
const plain = (text: string): string => text.replaceAll(`\\'`, `'`).replaceAll('’', `'`);

it('names many', () => {
  expect(named.length).toBeGreaterThan(50);
});

it.each(named)('%s: %s', (file, name) => {
  const path = join(ROOT, file);
  expect(existsSync(path)).toBe(true);
  expect(plain(readFileSync(path, 'utf8')).includes(plain(name))).toBe(true);
});
