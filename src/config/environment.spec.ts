import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { loadEnvironment } from './environment.js';

const envFile = (content: string | Buffer): string => {
  const file = join(mkdtempSync(join(tmpdir(), 'metronome-env-')), '.env');
  writeFileSync(file, content);
  return file;
};

describe('loadEnvironment', () => {
  it('reads the first setting of a file with a byte order mark', () => {
    expect(loadEnvironment(envFile('\ufeffPORT=8123\r\nLOG_LEVEL=warn\r\n'))).toMatchObject({
      PORT: '8123',
      LOG_LEVEL: 'warn',
    });
  });

  it('names a file in UTF-16, as the Windows shell writes one, instead of reading nothing of it', () => {
    const file = envFile(Buffer.from('\ufeffPORT=8123\n', 'utf16le'));
    expect(() => loadEnvironment(file)).toThrow(`These settings are wrong:\n  ${file}: is UTF-16; save it as UTF-8`);
  });

  it('needs no file', () => {
    expect(loadEnvironment('/nowhere/.env')).toMatchObject({ PATH: process.env['PATH'] });
  });
});
