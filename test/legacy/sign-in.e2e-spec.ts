import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startTestApp, type TestApp } from '../support/app.js';
import { type Answer, answer, createPerson, createUser, mailedCodes, ROW, send } from '../support/legacy.js';

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
const JSON_TYPE = { 'Content-Type': 'application/json' };
const TOKEN = '/v1/user/token/';
const SIGN_IN = '/v1/user/manage/signin/';
const CHECK = '/v1/user/info/manage/basic/checktoken/';

const tokenIn = ({ body }: Answer): string => /"token":"([0-9a-f]{40})"/.exec(body)?.[1] ?? '';
const plain = (status: number, detail: string) => answer(status, { status, detail, data: {} });

let app: TestApp;
let dataDir: string;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'metronome-sign-in-'));
  app = await startTestApp({ env: { DATA_DIR: dataDir, RATE_LIMIT_ENABLED: 'false' } });
});
afterAll(async () => {
  await app.close();
  rmSync(dataDir, { recursive: true });
});

const check = (token: string): Promise<Answer> =>
  send(app.url, { method: 'GET', path: CHECK, headers: { Authorization: `Token ${token}` } });
const VALID = answer(200, '{"status":200,"detail":"Valid Token","data":{}}');

describe('checktoken', () => {
  it('tells whether a token works, in both slash forms', async () => {
    const { auth } = await createPerson(app);
    for (const path of [CHECK, CHECK.slice(0, -1)]) {
      expect(await send(app.url, { method: 'GET', path, headers: auth })).toEqual(VALID);
      expect(await send(app.url, { method: 'GET', path })).toEqual(ROW.invalidToken);
      expect(await send(app.url, { method: 'GET', path, headers: { Authorization: 'Token null' } })).toEqual(
        ROW.invalidToken,
      );
    }
  });

  it('is a GET', async () => {
    const { auth } = await createPerson(app);
    expect(await send(app.url, { path: CHECK, headers: auth })).toEqual(
      answer(405, '{"detail":"Method Not Allowed","status":405,"data":{}}', { allow: 'GET, HEAD' }),
    );
    const head = await send(app.url, { method: 'HEAD', path: CHECK, headers: auth });
    expect(head).toEqual({ ...VALID, body: '' });
  });
});

describe('token login', () => {
  const password = 'correct horse & staple';
  const login = (body: string, headers: Record<string, string> = JSON_TYPE, path = TOKEN) =>
    send(app.url, { path, headers, body });
  const json = (username: unknown, secret: unknown = password) => JSON.stringify({ username, password: secret });
  const WRONG = answer(400, '{"non_field_errors":["Unable to log in with provided credentials."]}');

  beforeAll(async () => {
    await createUser(app, { email: 'ann@example.com', password });
    await createUser(app, { email: 'codes-only@example.com' });
  });

  it.each([
    ['JSON', JSON_TYPE, json('ann@example.com')],
    ['JSON with another spelling of the address', JSON_TYPE, json(' Ann@Example.COM ')],
    ['a form', FORM, `username=ann%40example.com&password=${encodeURIComponent(password)}`],
    ['a form of no type', {}, `username=ann@example.com&password=${encodeURIComponent(password)}&`],
    ['a bad header beside it', { ...JSON_TYPE, Authorization: 'Token null' }, json('ann@example.com')],
  ])('takes %s', async (_, headers, body) => {
    for (const path of [TOKEN, TOKEN.slice(0, -1)]) {
      const reply = await login(body, headers, path);
      expect(reply).toEqual(answer(200, { token: tokenIn(reply) }));
      expect(await check(tokenIn(reply))).toEqual(VALID);
    }
  });

  it.each([
    ['another password', json('ann@example.com', 'wrong')],
    ['a password that only begins right', json('ann@example.com', `${password} `)],
    ['an unknown address', json('nobody@example.com')],
    ['an account without a password', json('codes-only@example.com')],
    ['what is no address', json('ann')],
    ['U+0000', json('ann@example.com\u0000', 'a\u0000')],
    ['a lone surrogate', '{"username":"ann@example.com","password":"\\ud800"}'],
    ['a very long password', json('ann@example.com', password.repeat(50))],
  ])('refuses %s', async (_, body) => {
    expect(await login(body)).toEqual(WRONG);
  });

  it.each([
    ['', { username: ['This field is required.'], password: ['This field is required.'] }],
    ['{', { username: ['This field is required.'], password: ['This field is required.'] }],
    ['{"username":"ann@example.com"}', { password: ['This field is required.'] }],
    [
      '{"username":" ","password":""}',
      { username: ['This field may not be blank.'], password: ['This field may not be blank.'] },
    ],
  ])('says what is missing in %j', async (body, problems) => {
    expect(await login(body)).toEqual(answer(400, problems));
  });

  it('has the limits of every body, and one method', async () => {
    expect(await login('x'.repeat(300_000))).toEqual(ROW.tooLarge);
    expect(await login('x', { 'Content-Type': 'text/xml' })).toEqual(ROW.unsupported);
    expect(await send(app.url, { method: 'GET', path: TOKEN })).toEqual(
      answer(405, '{"detail":"Method Not Allowed","status":405,"data":{}}', { allow: 'POST' }),
    );
  });

  it('turns away what would wait too long for its hash', async () => {
    const replies = await Promise.all(Array.from({ length: 40 }, () => login(json('nobody@example.com'))));
    const busy = answer(503, '{"detail":"Service temporarily unavailable, try again","status":503,"data":{}}', {
      'retry-after': '1',
    });
    expect(replies.filter(({ status }) => status === 400).length).toBeGreaterThanOrEqual(20);
    for (const reply of replies) expect(reply).toEqual(reply.status === 400 ? WRONG : busy);
  });
});

describe('sign-in by mailed code', () => {
  let email: string;
  let people = 0;
  beforeEach(() => {
    people += 1;
    email = `code-${people}@example.com`;
  });

  const ask = (headers: Record<string, string> = FORM, body = `email=${encodeURIComponent(email)}`, path = SIGN_IN) =>
    send(app.url, { path, headers, body });
  const enter = (code: string, path = SIGN_IN, headers: Record<string, string> = {}) =>
    send(app.url, { method: 'PUT', path: `${path}?auth=${code}&email=${encodeURIComponent(email)}`, headers });
  const codes = () => mailedCodes(dataDir, email);
  const lastCode = () => codes().at(-1) ?? '';
  const mailed = (isEmailExist: boolean) =>
    answer(200, { status: 200, detail: 'OK', data: { isEmailExist, emailSent: true } });
  const WRONG = answer(401, '{"status":401,"detail":"invalid auth code","data":{}}', { 'www-authenticate': 'Token' });
  const LATE = plain(410, 'time limit exceeded (5min)');
  const signIn = async (code = lastCode()): Promise<string> => {
    const reply = await enter(code);
    expect(reply).toEqual(answer(200, { status: 200, detail: 'OK', data: { token: tokenIn(reply) } }));
    return tokenIn(reply);
  };
  interface UserRow {
    id: string;
    email_proven_at: Date | null;
    password_hash: string | null;
  }
  const user = async () => (await app.dataSource.query<UserRow[]>(`SELECT * FROM users WHERE email = $1`, [email]))[0];
  const age = (interval: string) =>
    app.dataSource.query(`UPDATE mailed_codes SET created_at = created_at - $2::interval WHERE email = $1`, [
      email,
      interval,
    ]);

  it('makes the account of an unknown address when its code comes back', async () => {
    expect(await ask()).toEqual(mailed(false));
    expect(await user()).toBeUndefined();
    expect(await check(await signIn())).toEqual(VALID);
    expect(await user()).toMatchObject({ email, password_hash: null, email_proven_at: expect.any(Date) as Date });
    expect(await ask()).toEqual(mailed(true));
  });

  it.each([
    ['JSON', JSON_TYPE, (to: string) => JSON.stringify({ email: ` ${to.toUpperCase()} ` })],
    ['no type', {}, (to: string) => `email=${to}&`],
    ['a bad header', { ...FORM, Authorization: 'Token null' }, (to: string) => `email=${to}`],
  ])('takes %s', async (_, headers, body) => {
    for (const path of [SIGN_IN, SIGN_IN.slice(0, -1)]) {
      expect((await ask(headers, body(email), path)).status).toBe(200);
    }
    expect(codes()).toHaveLength(2);
    const reply = await enter(lastCode().toLowerCase(), SIGN_IN.slice(0, -1), { Authorization: 'Bearer x' });
    expect(await check(tokenIn(reply))).toEqual(VALID);
  });

  it.each([
    '',
    'email=',
    'email=ann',
    'email=a@b@c',
    'email=a%20b@c',
    'email=a@b%00',
    `email=${'a'.repeat(300)}@b`,
    '{"email":5}',
    '{',
  ])('does not mail to %j', async (body) => {
    expect(await ask(FORM, body)).toEqual(ROW.missing);
  });

  it.each(['', '?auth=ABCD2345', '?auth=&email=a@b', '?auth=ABCD2345&email=', '?auth=ABCD2345&email=ann'])(
    'misses a value in %j',
    async (query) => {
      expect(await send(app.url, { method: 'PUT', path: `${SIGN_IN}${query}` })).toEqual(ROW.missing);
    },
  );

  it('spends a code once', async () => {
    await ask();
    await signIn();
    expect(await enter(lastCode())).toEqual(WRONG);
  });

  it('spends a code once when it comes ten times at the same moment', async () => {
    await ask();
    const replies = await Promise.all(Array.from({ length: 10 }, () => enter(lastCode())));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(replies.filter(({ status }) => status !== 200)).toEqual(Array.from({ length: 9 }, () => WRONG));
    expect(
      await app.dataSource.query(`SELECT 1 FROM legacy_tokens WHERE user_id = $1`, [(await user())?.id]),
    ).toHaveLength(1);
  });

  it('does not take the code of another address', async () => {
    await ask();
    const code = lastCode();
    email = `other-${email}`;
    await ask();
    expect(await enter(code)).toEqual(WRONG);
  });

  it('tells a code that came too late from a wrong one', async () => {
    await ask();
    await age('4 minutes 59 seconds');
    expect(await enter('WRONG234')).toEqual(WRONG);
    await age('1 second');
    expect(await enter(lastCode())).toEqual(LATE);
    expect(await enter('WRONG234')).toEqual(WRONG);
    await app.dataSource.query(`UPDATE mailed_codes SET used_at = now() WHERE email = $1`, [email]);
    expect(await enter(lastCode())).toEqual(WRONG);
  });

  it('leaves four wrong guesses and not five', async () => {
    await ask();
    for (let guess = 0; guess < 4; guess += 1) expect(await enter(`WRONG23${guess}`)).toEqual(WRONG);
    await signIn();
    await ask();
    for (let guess = 0; guess < 5; guess += 1) expect(await enter(`WRONG23${guess}`)).toEqual(WRONG);
    expect(await enter(lastCode())).toEqual(WRONG);
  });

  it('counts guesses that come at the same moment, on every living code', async () => {
    await ask();
    await ask();
    await Promise.all(Array.from({ length: 5 }, (_, guess) => enter(`WRONG23${guess}`)));
    expect(
      await app.dataSource.query(
        `SELECT g.tries FROM code_guesses g JOIN mailed_codes c ON c.id = g.code_id WHERE email = $1`,
        [email],
      ),
    ).toEqual([{ tries: 5 }, { tries: 5 }]);
    for (const code of codes()) expect(await enter(code)).toEqual(WRONG);
  });

  it('mails three codes in 15 minutes, and answers as ever', async () => {
    for (let mail = 0; mail < 5; mail += 1) expect(await ask()).toEqual(mailed(false));
    expect(codes()).toHaveLength(3);
    await age('14 minutes 55 seconds');
    expect(await ask()).toEqual(mailed(false));
    expect(codes()).toHaveLength(3);
    await age('5 seconds');
    expect(await ask()).toEqual(mailed(false));
    expect(codes()).toHaveLength(4);
    await signIn();
  });

  it('mails three codes to whoever asks ten times at the same moment', async () => {
    const replies = await Promise.all(Array.from({ length: 10 }, () => ask()));
    expect(replies).toEqual(Array.from({ length: 10 }, () => mailed(false)));
    expect(codes()).toHaveLength(3);
  });

  it('takes an account from whoever signed up with the address of somebody else', async () => {
    const squatter = await createPerson(app, { email, password: 'the squatter knows' });
    expect(await check(squatter.token)).toEqual(VALID);
    await ask();
    const token = await signIn();
    expect(await check(squatter.token)).toEqual(ROW.invalidToken);
    expect(await check(token)).toEqual(VALID);
    expect(await user()).toMatchObject({ id: squatter.id, password_hash: null });
  });

  it('leaves a proven account as it is', async () => {
    const person = await createPerson(app, { email, password: 'correct horse' });
    await app.dataSource.query(`UPDATE users SET email_proven_at = now() WHERE id = $1`, [person.id]);
    await ask();
    await signIn();
    expect(await check(person.token)).toEqual(VALID);
    expect((await user())?.password_hash).not.toBeNull();
  });

  it('writes mails that only the owner of the server can read', async () => {
    await ask();
    const folder = join(dataDir, 'mail');
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const file of readdirSync(folder)) {
      expect(file).toMatch(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z\.eml$/);
      expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
    }
  });
});
