// `npm run crash -- 200 [SEED]`: so many kills at each crash point (docs/adr/0016), 4 when no number is given.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

import { buildWhenNeeded } from './build-when-needed.mjs';

const [kills = '4', seed] = process.argv.slice(2);
if (!/^[1-9]\d*$/.test(kills)) {
  console.error('usage: npm run crash -- [KILLS A POINT] [SEED]');
  process.exit(1);
}
buildWhenNeeded();
const env = { ...process.env, CRASHES: kills, ...(seed === undefined ? {} : { CRASH_SEED: seed }) };
const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const args = [jest, '--selectProjects', 'fault', '--runInBand', '--testPathPatterns', 'test/crash/'];
process.exit(spawnSync(process.execPath, args, { stdio: 'inherit', env }).status ?? 1);
