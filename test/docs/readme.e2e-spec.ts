import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

import { startTestApp, type TestApp } from '../support/app.js';
import { blocksOf, page } from './pages.js';

/** The lines of README.md are typed into a shell, as they are printed, one after the other. */

/** Where there is no curl this is left out, which CI does not allow. */
const typing = spawnSync('curl', ['--version']).error === undefined || process.env['CI'] === 'true' ? it : it.skip;

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

typing('has five lines of curl, which do what it says', async () => {
  const [script = ''] = blocksOf(page('README.md'), 'sh').filter((block) => block.includes('curl'));
  expect(script.match(/\bcurl /g)).toHaveLength(5);
  const here = script.replaceAll('localhost:8000', new URL(app.url).host);
  // What the page leaves to the person: an answer's end, and a look at the room.
  const typed = `${here.replace(/^(curl .*)$/gm, '$1; echo')}\ncurl -s -o /dev/null -w '%{http_code}' ${app.url}/room/$ROOM`;
  const { stdout } = await promisify(execFile)('sh', ['-c', typed], { timeout: 20_000 });
  const [room, created, active, status] = stdout.trim().split('\n');
  expect(JSON.parse(room ?? '')).toMatchObject({
    status: 'success',
    data: { status: 'running', session_type: 'work' },
  });
  const timer = { status: 'RUNNING', title: 'Maths', allocated_duration: 1500 };
  expect([created, active].map((text) => JSON.parse(text ?? '') as unknown)).toMatchObject([timer, timer]);
  expect(status).toBe('200');
});
