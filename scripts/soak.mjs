// `npm run soak -- [MINUTES]`: two instances at half of what they can do, 30 minutes when no number is given; what they hold at the
// end is compared with minute two (docs/soak.md, which a run of 30 minutes or more writes anew).
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

import { buildWhenNeeded } from './build-when-needed.mjs';

const [minutes = '30'] = process.argv.slice(2);
if (!/^[1-9]\d*$/.test(minutes)) {
  console.error('usage: npm run soak -- [MINUTES]');
  process.exit(1);
}
buildWhenNeeded();
const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const args = [jest, '--selectProjects', 'soak', '--runInBand'];
const env = { ...process.env, SOAK_MINUTES: minutes };
process.exit(spawnSync(process.execPath, args, { stdio: 'inherit', env }).status ?? 1);
