import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { FROM_DIST, postmasterOf, Server, temporaryFolder, until } from '../support/server.js';

/**
 * A real process at its most talkative, and what its database and it leave on the disk
 * (docs/architecture.md#logs-and-secrets).
 */

const PASSWORD = 'zq-s3cr3t correct horse';

let dataDir: string;
let server: Server;
let url: string;

beforeAll(async () => {
  dataDir = temporaryFolder();
  server = new Server({ env: { DATA_DIR: dataDir, LOG_LEVEL: 'trace' }, command: FROM_DIST });
  url = await server.listening();
}, 60_000);
afterAll(async () => {
  await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

async function post(
  path: string,
  body: object,
  token?: string,
): Promise<{ status: number; body: Record<string, string> }> {
  const headers = {
    'Content-Type': 'application/json',
    ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
  };
  const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: answer.status, body: (await answer.json()) as Record<string, string> };
}

/** Files that hold one of these texts. */
function filesWith(texts: readonly string[]): string[] {
  return readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const path = join(dataDir, name);
    if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false;
    const content = readFileSync(path);
    return texts.some((text) => content.includes(text));
  });
}

it('neither says nor keeps a password or a token, while all is well and while the database is away', async () => {
  const account = { email: 'zq@example.com', password: PASSWORD };
  const tokens = (await post('/v1/auth/signup', account)).body;
  const { access_token: access = '', refresh_token: refresh = '' } = tokens;
  const legacy = (await post('/v1/auth/legacy-tokens', { label: 'phone' }, access)).body['token'] ?? '';
  const wrong = { ...account, password: `${PASSWORD}, but wrong` };
  // A duplicate makes the database complain, with the values it complains about.
  expect((await post('/v1/auth/signup', account)).status).toBe(409);
  expect((await post('/v1/auth/login', wrong)).status).toBe(401);
  process.kill(postmasterOf(dataDir), 'SIGQUIT');
  await until(async () => (await post('/v1/auth/login', account)).status === 503, 10_000);
  expect((await post('/v1/auth/refresh', { refresh_token: refresh })).status).toBe(503);
  const secrets = [PASSWORD, access, refresh, legacy];
  expect(secrets.filter((text) => text.length < 20)).toEqual([]);
  await until(() => server.output.includes('"route":"/v1/auth/refresh"'), 5_000);
  expect(secrets.filter((text) => server.output.includes(text))).toEqual([]);
  expect(filesWith(secrets)).toEqual([]);
}, 60_000);
