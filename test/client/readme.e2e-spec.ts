import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { startTestApp, type TestApp } from '../support/app.js';
import { installClient, readmeBlocks } from './package.js';

let app: TestApp;
let client: ReturnType<typeof installClient>;

beforeAll(async () => {
  app = await startTestApp();
  client = installClient();
});
afterAll(async () => {
  client.remove();
  await app.close();
});

describe('the tutorial of the client', () => {
  it('does, in the program of Node that it is, what its comments say', async () => {
    const code = readmeBlocks('js').join('\n');
    const program = join(client.folder, 'tutorial.mjs');
    writeFileSync(program, code.replaceAll('http://localhost:8000', app.url));
    const { stdout } = await promisify(execFile)(process.execPath, [program], { timeout: 20_000 });
    const promised = [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, text]) => text);
    expect(promised).toHaveLength(11);
    expect(stdout.trimEnd().split('\n')).toEqual(promised);
  });
});
