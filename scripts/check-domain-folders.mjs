// No folder of the timer domain holds more than a fifth of its lines, so that each can be read in one sitting.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const DOMAIN = 'src/timer-domain';
const MAX_SHARE = 0.2;

const lines = new Map();
for (const file of readdirSync(DOMAIN, { recursive: true })) {
  if (!file.endsWith('.ts')) continue;
  const [folder] = file.includes('/') ? file.split('/') : ['.'];
  const count = readFileSync(join(DOMAIN, file), 'utf8').split('\n').length - 1;
  lines.set(folder, (lines.get(folder) ?? 0) + count);
}
const all = [...lines.values()].reduce((sum, count) => sum + count, 0);
const large = [...lines].filter(([, count]) => count > all * MAX_SHARE);
for (const [folder, count] of large) {
  console.error(`${join(DOMAIN, folder)} has ${count} of ${all} lines: more than ${MAX_SHARE * 100} %`);
}
process.exit(large.length > 0 ? 1 : 0);
