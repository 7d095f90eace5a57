import { join } from 'node:path';

import { LegacyClient, OK } from '../support/legacy-client.js';
import { runCli, Server, temporaryFolder } from '../support/server.js';

it('a backup taken from a running server restores into a new one, and its apps go on', async () => {
  const env = { DATA_DIR: temporaryFolder() };
  const server = new Server({ env });
  const url = await server.listening();
  runCli(env, 'users', 'create', 'me@example.com');
  const token = /[0-9a-f]{40}/.exec(runCli(env, 'tokens', 'create', 'me@example.com').output)?.[0] ?? '';
  expect(await new LegacyClient(url, token).start('Maths')).toEqual(OK);
  const file = join(env.DATA_DIR, 'metronome.backup');
  const backup = runCli(env, 'backup', file);
  expect(backup).toMatchObject({ status: 0, errors: '' });
  expect(backup.output).toMatch(/: \d+ rows of \d+ tables, \d+ bytes, [\d.]+ s\n$/);
  expect(runCli(env, 'backup', file)).toMatchObject({ status: 1, errors: `${file} exists; choose another name\n` });
  await server.stop();

  const elsewhere = { DATA_DIR: temporaryFolder() };
  expect(runCli(elsewhere, 'restore', file)).toMatchObject({ status: 0, errors: '' });
  const again = runCli(elsewhere, 'restore', file);
  expect(again.status).toBe(1);
  expect(again.errors).toMatch(/^the database is not empty \(\w+ has rows\); restore into a new one\n$/);
  const restored = new Server({ env: elsewhere });
  const client = new LegacyClient(await restored.listening(), token);
  expect(await client.stop()).toEqual(OK);
  expect(await client.start('Physics')).toEqual(OK);
  expect(await restored.stop()).toBe(0);
}, 60_000);
