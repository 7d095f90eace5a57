import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Settings } from '../../config/settings.js';

const BYTES = 48;

/**
 * The key our own access tokens are signed with: `JWT_SECRET`, or in development one that is generated once and kept in
 * `DATA_DIR`, so that tokens outlive a restart (docs/spec/settings.md#settings).
 */
export function jwtSecret({ auth, dataDir }: Pick<Settings, 'auth' | 'dataDir'>): string {
  if (auth.jwtSecret !== undefined) return auth.jwtSecret;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = join(dataDir, 'jwt-secret');
  try {
    writeFileSync(file, randomBytes(BYTES).toString('base64url'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFileSync(file, 'utf8').trim();
}
