// `npm run fuzz -- 1000000 [SEED]`: so many requests and frames, made from the API documents and then spoilt.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

import { buildWhenNeeded } from './build-when-needed.mjs';

const [cases = '20000', seed] = process.argv.slice(2);
if (!/^[1-9]\d*$/.test(cases)) {
  console.error('usage: npm run fuzz -- [CASES] [SEED]');
  process.exit(1);
}
buildWhenNeeded();
const env = { ...process.env, FUZZ_CASES: cases, ...(seed === undefined ? {} : { FUZZ_SEED: seed }) };
const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const args = [jest, '--selectProjects', 'lab', '--runInBand', '--testPathPatterns', 'test/fuzz/'];
process.exit(spawnSync(process.execPath, args, { stdio: 'inherit', env }).status ?? 1);
