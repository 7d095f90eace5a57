import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { packageRoot } from '../../src/common/package.js';

describe('the documents', () => {
  it('lint clean: Redocly’s recommended rules, and AsyncAPI’s parser', () => {
    const script = join(packageRoot, 'scripts', 'lint-api-docs.mjs');
    const { stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
    expect(stdout + (stdout === '' ? stderr : '')).toBe('0 problems\n');
  });
});
