import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { DataSource } from 'typeorm';

import { addTokensCommands } from '../../src/cli/tokens.js';
import { addUsersCommands } from '../../src/cli/users.js';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { LegacyTokens } from '../../src/identity/legacy-tokens/legacy-tokens.js';
import { PasswordCheck } from '../../src/identity/passwords/password-check.js';
import { newToken } from '../../src/identity/legacy-tokens/token-text.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { createDatabase, urlOf } from '../support/database.js';

let app: TestApp;
let folder: string;

beforeAll(async () => {
  app = await startTestApp();
  folder = mkdtempSync(join(tmpdir(), 'metronome-cli-'));
});
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

interface Ran {
  code: number;
  out: string;
  err: string;
}

/** `npm run cli -- …` in this process, beside the server, on its database. */
function cli(...args: string[]): Promise<Ran> {
  return cliOn(urlOf(app.connection), ...args);
}

async function cliOn(databaseUrl: string, ...args: string[]): Promise<Ran> {
  const [before, exitCode] = [process.env['DATABASE_URL'], process.exitCode];
  const ran: Ran = { code: 0, out: '', err: '' };
  const log = jest.spyOn(console, 'log').mockImplementation((line: string) => void (ran.out += `${line}\n`));
  const write = jest.spyOn(process.stderr, 'write').mockImplementation((text) => Boolean((ran.err += String(text))));
  process.env['DATABASE_URL'] = databaseUrl;
  const program = new Command();
  addUsersCommands(program);
  addTokensCommands(program);
  await program.parseAsync(args, { from: 'user' });
  ran.code = Number(process.exitCode ?? 0);
  log.mockRestore();
  write.mockRestore();
  process.exitCode = exitCode;
  if (before === undefined) delete process.env['DATABASE_URL'];
  else process.env['DATABASE_URL'] = before;
  return ran;
}

const refused = (err: string | RegExp): unknown => ({ code: 1, out: '', err: expect.stringMatching(err) as string });
const file = (text: string): string => {
  const path = join(folder, `${newToken()}.csv`);
  writeFileSync(path, text);
  return path;
};
const works = async (token: string) => (await app.app.get(LegacyTokens).identify(token)) !== undefined;

describe('users create', () => {
  it('makes an account with the password it prints', async () => {
    const { code, out, err } = await cli('users', 'create', ' Gen@Example.com ', '--name', 'Gen');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const [, id = '', password = ''] = /^id {8}([\da-f-]{36})\npassword {2}(\S{20})\n$/.exec(out) ?? [];
    expect(await app.app.get(PasswordCheck).check('gen@example.com', password)).toMatchObject({ userId: id });
  });

  it('takes a password and does not repeat it', async () => {
    const { out } = await cli('users', 'create', 'given@example.com', '--password', 'correct horse');
    expect(out).toMatch(/^id {8}[\da-f-]{36}\n$/);
    expect(await app.app.get(PasswordCheck).check('given@example.com', 'correct horse')).toBeDefined();
  });

  it('says in one line what is wrong', async () => {
    await cli('users', 'create', 'taken@example.com');
    expect(await cli('users', 'create', 'Taken@example.com')).toEqual(refused(/^Email already registered\n$/));
    expect(await cli('users', 'create', 'ann')).toEqual(refused(/^"ann" is no e-mail address\n$/));
    expect(await cli('users', 'create', 'x@y', '--password', 'short')).toEqual(
      refused(/^a password has 8 to 128 characters\n$/),
    );
  });
});

describe('tokens', () => {
  beforeAll(() => cli('users', 'create', 'tokens@example.com'));

  it('creates, lists and revokes', async () => {
    const { out } = await cli('tokens', 'create', 'tokens@example.com', '--label', 'old\tphone');
    const token = out.trim();
    expect(token).toMatch(/^[0-9a-f]{40}$/);
    expect(await works(token)).toBe(true);
    const usage = await cli('tokens', 'usage');
    const [header, line = ''] = usage.out.split('\n');
    expect(header).toBe('email\tid\tlabel\tcreated\tlast used\tcalls');
    const cells = line.split('\t');
    expect(cells).toEqual([
      'tokens@example.com',
      expect.any(String),
      'old phone',
      expect.stringMatching(/^\d{4}-.*Z$/),
      'never',
      '0',
    ]);
    expect(usage.out).not.toContain(token);
    expect(await cli('tokens', 'revoke', cells[1] ?? '')).toEqual({ code: 0, out: 'revoked\n', err: '' });
    expect(await cli('tokens', 'revoke', token)).toEqual(refused(/^no such token\n$/));
  });

  it('revokes by token', async () => {
    const token = (await cli('tokens', 'create', 'tokens@example.com')).out.trim();
    expect((await cli('tokens', 'revoke', token)).out).toBe('revoked\n');
    expect(await works(token)).toBe(false);
  });

  it('says in one line what is wrong', async () => {
    expect(await cli('tokens', 'create', 'nobody@example.com')).toEqual(refused(/^no account has the e-mail .*\n$/));
    expect(await cli('tokens', 'revoke', 'x')).toEqual(refused(/^neither a token nor the id of one .*\n$/));
  });

  it('imports a file, and the same file again', async () => {
    const [one, two] = [newToken(), newToken()];
    const path = file(`email,token,name\nimp1@example.com,${one},One\nimp2@example.com,${two},\n`);
    expect(await cli('tokens', 'import', path)).toEqual({ code: 0, out: '2 imported, 0 already there\n', err: '' });
    expect(await cli('tokens', 'import', path)).toEqual({ code: 0, out: '0 imported, 2 already there\n', err: '' });
    expect([await works(one), await works(two)]).toEqual([true, true]);
  });

  it('imports nothing of a file with a bad line, and names it', async () => {
    const token = newToken();
    const path = file(`email,token\nimp3@example.com,${token}\nimp4@example.com,xyz\n`);
    expect(await cli('tokens', 'import', path)).toEqual(
      refused(/^line 3: no token of 40 lower-case hex characters; nothing was imported\n$/),
    );
    expect(await works(token)).toBe(false);
    expect(await cli('tokens', 'import', join(folder, 'none.csv'))).toEqual(
      refused(/none\.csv cannot be read: no such file\n$/),
    );
  });

  it('says of a file in UTF-16, as spreadsheets save text, what to do', async () => {
    const path = join(folder, 'utf16.csv');
    writeFileSync(path, Buffer.from(`\ufeffemail,token\nimp5@example.com,${newToken()}\n`, 'utf16le'));
    expect(await cli('tokens', 'import', path)).toEqual(refused(/utf16\.csv is UTF-16; save it as UTF-8\n$/));
  });
});

describe('a database that cannot be used', () => {
  it('is refused when a newer version has made its schema, and nothing is done there', async () => {
    const newer = await createDatabase();
    const database = new DataSource({ ...dataSourceOptions(newer, { poolSize: 1 }) });
    await database.initialize();
    await database.query(`INSERT INTO migrations (timestamp, name) VALUES (9999999999999, 'Later9999999999999')`);
    const ran = await cliOn(urlOf(newer), 'users', 'create', 'late@example.com');
    expect(ran).toEqual(
      refused(/the schema of a newer Metronome\. Start that version, or restore .* \(Later9999999999999\)\n$/),
    );
    expect(await database.query('SELECT FROM users')).toEqual([]);
    await database.destroy();
  });

  it('is named in one line', async () => {
    const away = await cliOn('postgres://nobody:nothing@127.0.0.1:1/none', 'tokens', 'usage');
    expect(away).toEqual(refused(/^The database cannot be used: .*\n$/));
  });

  it('is named as a setting when the setting is wrong', async () => {
    expect(await cliOn('nonsense', 'tokens', 'usage')).toEqual(
      refused(/^These settings are wrong:\n {2}DATABASE_URL: .*\n$/),
    );
  });
});
