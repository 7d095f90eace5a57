import { setTimeout as sleep } from 'node:timers/promises';

import { Database } from '../../src/database/database.js';
import { LegacyTokens } from '../../src/identity/legacy-tokens/legacy-tokens.js';
import { BadTokenLineError, TokenImport } from '../../src/identity/legacy-tokens/token-import.js';
import { newToken } from '../../src/identity/legacy-tokens/token-text.js';
import { TokenUsage } from '../../src/identity/legacy-tokens/token-usage.js';
import { createPerson, createUser, send } from '../support/legacy.js';
import { startTestApp, type TestApp } from '../support/app.js';

let app: TestApp;
let tokens: LegacyTokens;

beforeAll(async () => {
  app = await startTestApp();
  tokens = app.app.get(LegacyTokens);
});
afterAll(() => app.close());

const count = async (userId: string): Promise<number> =>
  (
    await app.dataSource.query<{ n: number }[]>(`SELECT count(*)::int AS n FROM legacy_tokens WHERE user_id = $1`, [
      userId,
    ])
  )[0]?.n ?? 0;
const usageOf = async (token: string, from = app) => {
  const tokenId = (await from.app.get(LegacyTokens).identify(token))?.tokenId;
  await from.app.get(TokenUsage).flush();
  return (await tokens.list()).find(({ id }) => id === tokenId);
};

describe('the fifty tokens of a person', () => {
  it('stay fifty when sixty sign-ins come at once', async () => {
    const id = await createUser(app, { email: 'many@example.com' });
    const issued = await Promise.all(Array.from({ length: 60 }, async () => (await tokens.issue(id)).token));
    expect(new Set(issued).size).toBe(60);
    expect(await count(id)).toBe(50);
  });

  it('lose the one unused longest, counted or not yet written', async () => {
    const { id, token: first } = await createPerson(app);
    const others: string[] = [];
    for (let other = 0; other < 49; other += 1) others.push((await tokens.issue(id)).token);
    expect(await tokens.identify(first)).toBeDefined();
    await tokens.issue(id);
    expect(await tokens.identify(first)).toBeDefined();
    expect(await tokens.identify(others[0] ?? '')).toBeUndefined();
    expect(await tokens.identify(others[1] ?? '')).toBeDefined();
  });

  it('are stored as SHA-256 alone', async () => {
    const { id, token } = await createPerson(app);
    const rows: unknown = await app.dataSource.query(`SELECT * FROM legacy_tokens WHERE user_id = $1`, [id]);
    expect(JSON.stringify(rows)).not.toContain(token);
  });
});

describe('usage', () => {
  it('counts calls and the last of them, in batches', async () => {
    const { auth, token } = await createPerson(app);
    const began = Date.now();
    const stop = () => send(app.url, { path: '/v1/user/timer/stop/', headers: auth });
    for (let call = 0; call < 7; call += 1) await stop();
    const usage = await usageOf(token);
    expect(usage?.calls).toBe('8');
    expect(usage?.lastUsedAt?.getTime()).toBeGreaterThanOrEqual(began);
  });

  it('is written when the server stops', async () => {
    const { connection } = app;
    const other = await startTestApp({ connection });
    const { token } = await createPerson(other);
    for (let call = 0; call < 3; call += 1) await other.app.get(LegacyTokens).identify(token);
    await other.close();
    expect((await usageOf(token))?.calls).toBe('4');
  });

  it('is kept while it cannot be written', async () => {
    const { token } = await createPerson(app);
    await tokens.identify(token);
    await app.dataSource.query(`ALTER TABLE legacy_tokens RENAME COLUMN calls TO hidden`);
    await app.app.get(TokenUsage).flush();
    await app.dataSource.query(`ALTER TABLE legacy_tokens RENAME COLUMN hidden TO calls`);
    expect((await usageOf(token))?.calls).toBe('2');
  });
});

describe('revoking', () => {
  it('works here at once and on another instance within 5 s', async () => {
    const other = await startTestApp({ connection: app.connection });
    const { token } = await createPerson(app);
    const elsewhere = other.app.get(LegacyTokens);
    expect(await elsewhere.identify(token)).toBeDefined();
    expect(await tokens.revoke({ token })).toBe(true);
    const revoked = Date.now();
    expect(await tokens.identify(token)).toBeUndefined();
    while (await elsewhere.identify(token)) {
      expect(Date.now() - revoked).toBeLessThan(3 * 5_000);
      await sleep(50);
    }
    expect(await tokens.revoke({ token })).toBe(false);
    await other.close();
  });

  it('is not undone by a look-up that read the token just before', async () => {
    const { token } = await createPerson(app);
    const database = app.app.get(Database);
    const query = database.query.bind(database);
    let revoked: Promise<boolean> | undefined;
    jest.spyOn(database, 'query').mockImplementationOnce(async (...statement) => {
      const found = await query(...statement);
      revoked = tokens.revoke({ token });
      await revoked;
      return found;
    });
    expect(await tokens.identify(token)).toBeDefined();
    expect(await revoked).toBe(true);
    expect(await tokens.identify(token)).toBeUndefined();
  });
});

describe('import', () => {
  const lineOf = (line: number, email: string, token = newToken(), name?: string) => ({ line, email, token, name });
  const run = (...lines: ReturnType<typeof lineOf>[]) => app.app.get(TokenImport).run(lines);
  const everything = () =>
    app.dataSource.query(
      `SELECT users.*, t.id AS token, t.created_at AS made, label FROM users LEFT JOIN legacy_tokens t ON user_id = users.id ORDER BY 1, 7`,
    );
  const userOf = async (email: string) =>
    (await app.dataSource.query<Record<string, unknown>[]>(`SELECT * FROM users WHERE email = $1`, [email]))[0];

  it('makes accounts with proven addresses, and changes nothing the second time', async () => {
    const lines = [
      lineOf(2, 'new@example.com', newToken(), 'New'),
      lineOf(3, 'new@example.com'),
      lineOf(4, 'second@example.com'),
    ];
    expect(await run(...lines)).toBe(3);
    for (const { token } of lines) expect(await tokens.identify(token)).toBeDefined();
    expect(await userOf('new@example.com')).toMatchObject({
      display_name: 'New',
      email_proven_at: expect.any(Date) as Date,
    });
    await app.app.get(TokenUsage).flush();
    const before: unknown = await everything();
    expect(await run(...lines)).toBe(0);
    expect(await everything()).toEqual(before);
  });

  it('changes nothing either when the same file is imported twice at once', async () => {
    const lines = [lineOf(2, 'twice@example.com'), lineOf(3, 'twice2@example.com')];
    expect((await Promise.all([run(...lines), run(...lines)])).sort()).toEqual([0, 2]);
  });

  it('gives a token to one person when two imports at once name two', async () => {
    const token = newToken();
    const results = await Promise.allSettled([
      run(lineOf(2, 'one@example.com', token)),
      run(lineOf(2, 'two@example.com', token)),
    ]);
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    expect(refused).toEqual([new BadTokenLineError(2, 'this token belongs to another e-mail')]);
  });

  it('adds to a proven account and leaves what it has', async () => {
    const person = await createPerson(app, { password: 'correct horse' });
    await app.dataSource.query(`UPDATE users SET email_proven_at = now() WHERE id = $1`, [person.id]);
    expect(await run(lineOf(2, person.email))).toBe(1);
    expect(await tokens.identify(person.token)).toBeDefined();
    expect((await userOf(person.email))?.['password_hash']).not.toBeNull();
  });

  it('takes an unproven account from whoever signed up with the address first', async () => {
    const squatter = await createPerson(app, { password: 'correct horse' });
    await run(lineOf(2, squatter.email));
    expect(await tokens.identify(squatter.token)).toBeUndefined();
    expect((await userOf(squatter.email))?.['password_hash']).toBeNull();
  });

  it('imports nothing when a token belongs to another e-mail', async () => {
    const { token } = await createPerson(app);
    const before: unknown = await everything();
    const failure = run(lineOf(2, 'third@example.com'), lineOf(5, 'fourth@example.com', token));
    await expect(failure).rejects.toThrow(new BadTokenLineError(5, 'this token belongs to another e-mail'));
    expect(await everything()).toEqual(before);
  });

  it('imports nothing when a person would have more than fifty', async () => {
    const lines = Array.from({ length: 51 }, (_, index) => lineOf(index + 2, 'crowd@example.com'));
    const failure = run(lineOf(1, 'alone@example.com'), ...lines);
    await expect(failure).rejects.toThrow('line 52: more than 50 tokens for one e-mail; nothing was imported');
    expect(await userOf('crowd@example.com')).toBeUndefined();
    expect(await userOf('alone@example.com')).toBeUndefined();
    expect(await run(...lines.slice(1))).toBe(50);
  });
});
