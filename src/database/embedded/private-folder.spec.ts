import { chmodSync, mkdirSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { closeToOthers } from './private-folder.js';

const modeOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8);

describe('closeToOthers', () => {
  it('closes what a mount has opened to a group, and names it', () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'metronome-private-'));
    const [postgres, secrets] = [join(dataDir, 'postgres'), join(dataDir, 'secrets')];
    const [password, jwt] = [join(secrets, 'postgres-password'), join(dataDir, 'jwt-secret')];
    for (const folder of [postgres, secrets]) mkdirSync(folder);
    for (const file of [password, jwt]) writeFileSync(file, 'secret');
    for (const folder of [dataDir, postgres, secrets]) chmodSync(folder, 0o2770);
    for (const file of [password, jwt]) chmodSync(file, 0o660);
    expect(closeToOthers(dataDir)).toEqual([dataDir, postgres, secrets, jwt, password]);
    expect([dataDir, postgres, secrets, jwt, password].map(modeOf)).toEqual(['2750', '700', '700', '600', '600']);
    expect(closeToOthers(dataDir)).toEqual([]);
  });

  it('leaves a folder that others may read as it is, and says nothing of one that is new', () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'metronome-private-'));
    chmodSync(dataDir, 0o755);
    expect(closeToOthers(dataDir)).toEqual([]);
    expect(modeOf(dataDir)).toBe('755');
  });
});
