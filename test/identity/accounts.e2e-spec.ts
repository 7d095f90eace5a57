import { setImmediate as nextTurn } from 'node:timers/promises';

import { PasswordHasher } from '../../src/identity/passwords/password-hasher.js';
import {
  domainError,
  Http,
  invalid,
  newEmail,
  NO_STORE,
  OK,
  PASSWORD,
  type Reply,
  reply,
  TOKENS,
  tokensOf,
  unauthorized,
} from '../support/http.js';

const SIGN_UP = '/v1/auth/signup';
const LOGIN = '/v1/auth/login';
const PASSWORD_PATH = '/v1/auth/password';
const WRONG_LOGIN = unauthorized('Invalid email or password');

let http: Http;
beforeAll(async () => {
  http = await Http.start({ slowPasswords: true });
});
afterAll(() => http.close());
afterEach(() => jest.restoreAllMocks());

const userOf = async (email: string) => {
  const rows = await http.query<Record<string, unknown>>(`SELECT * FROM users WHERE email = $1`, [email]);
  return rows[0];
};

describe('signing up', () => {
  it('opens an account and answers with tokens', async () => {
    const email = newEmail();
    const answer = await http.post(SIGN_UP, { email, password: PASSWORD, display_name: 'Ann' });
    expect(answer).toEqual(reply(201, TOKENS, NO_STORE));
    expect(await userOf(email)).toMatchObject({ display_name: 'Ann', email_proven_at: null });
    expect((await userOf(email))?.['password_hash']).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect((await http.sessions(tokensOf(answer).access_token)).status).toBe(200);
  });

  it.each([['/v1/auth/signup/'], ['/v1/auth/signup?whatever=1']])('is served at %s', async (path) => {
    expect((await http.post(path, { email: newEmail(), password: PASSWORD, unknown: 1 })).status).toBe(201);
  });

  it('trims and lower-cases the address, and takes it once', async () => {
    const email = newEmail();
    expect((await http.post(SIGN_UP, { email: `  ${email.toUpperCase()} `, password: PASSWORD })).status).toBe(201);
    expect(await http.post(SIGN_UP, { email, password: PASSWORD })).toEqual(
      domainError(409, 'EmailAlreadyRegisteredError', 'Email already registered', SIGN_UP),
    );
  });

  it('lets one of ten have an address', async () => {
    const email = newEmail();
    const all = await Promise.all(Array.from({ length: 10 }, () => http.post(SIGN_UP, { email, password: PASSWORD })));
    expect(all.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 9 }, () => 409)]);
  });

  it('counts a password in characters, 8 to 128', async () => {
    for (const password of ['12345678', '😀'.repeat(8), '😀'.repeat(128)]) {
      const { email } = await http.signUp(newEmail(), password);
      expect((await http.logIn(email, password)).status).toBe(200);
    }
  });

  it.each([
    ['1234567', 'string_too_short', 'String should have at least 8 characters', { min_length: 8 }],
    ['😀'.repeat(7), 'string_too_short', 'String should have at least 8 characters', { min_length: 8 }],
    ['x'.repeat(129), 'string_too_long', 'String should have at most 128 characters', { max_length: 128 }],
    [12345678, 'string_type', 'Input should be a valid string', undefined],
    ['a\u0000bcdefgh', 'value_error', 'Value error, text must not contain U+0000 or a lone surrogate', { error: {} }],
  ])('refuses the password %j without showing it', async (password, type, msg, ctx) => {
    expect(await http.post(SIGN_UP, { email: newEmail(), password })).toEqual(
      invalid({ type, loc: ['body', 'password'], msg, ...(ctx ? { ctx } : {}) }),
    );
  });

  it.each(['ann', 'a@b@c', 'a b@c.d', '@c.d', 'a@', '', 5])('refuses the address %j', async (email) => {
    expect(await http.post(SIGN_UP, { email, password: PASSWORD })).toEqual(
      invalid({
        type: 'value_error',
        loc: ['body', 'email'],
        msg: 'Value error, text@text with one @ and no spaces',
        input: email,
        ctx: { error: {} },
      }),
    );
  });

  it('lists everything that is wrong', async () => {
    const missing = (name: string) => ({ type: 'missing', loc: ['body', name], msg: 'Field required' });
    expect(await http.post(SIGN_UP, {})).toEqual(invalid(missing('email'), missing('password')));
    expect(await http.post(SIGN_UP)).toEqual(invalid({ type: 'missing', loc: ['body'], msg: 'Field required' }));
  });

  it('says what is no JSON and what is no object', async () => {
    expect(await http.post(SIGN_UP, '{"email"')).toMatchObject({
      status: 422,
      body: { detail: [{ type: 'json_invalid', msg: 'JSON decode error' }] },
    });
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
    for (const sent of [{ body: '[]' }, { body: 'email=a', headers: form }]) {
      expect(await http.call({ path: SIGN_UP, ...sent })).toMatchObject({
        status: 422,
        body: { detail: [{ type: 'model_attributes_type', loc: ['body'] }] },
      });
    }
  });

  it('is a POST, and not of any size', async () => {
    expect(await http.get(SIGN_UP)).toEqual(reply(405, { detail: 'Method Not Allowed' }, { allow: 'POST' }));
    expect(await http.post('/v1/auth/sign-up')).toEqual(reply(404, { detail: 'Not Found' }));
    expect(await http.post(SIGN_UP, { email: 'x'.repeat(300_000) })).toEqual(
      reply(413, { detail: 'Request body too large' }),
    );
  });

  it('leaves nothing behind when it fails', async () => {
    const email = newEmail();
    await http.query(`ALTER TABLE refresh_tokens RENAME TO refresh_tokens_away`);
    try {
      expect(await http.post(SIGN_UP, { email, password: PASSWORD })).toEqual(
        domainError(500, 'InternalServerError', 'Internal server error', SIGN_UP),
      );
    } finally {
      await http.query(`ALTER TABLE refresh_tokens_away RENAME TO refresh_tokens`);
    }
    expect(await userOf(email)).toBeUndefined();
    // The house's own lines are looked through for secrets too.
    expect(http.lines.join('')).toContain('"msg":"unexpected error"');
  });
});

describe('logging in', () => {
  it('answers with tokens, whatever the spelling of the address', async () => {
    const { email } = await http.signUp();
    expect(await http.logIn(` ${email.toUpperCase()}`)).toEqual(reply(200, TOKENS, NO_STORE));
  });

  it('costs as many hashes and says the same for a wrong password and for an unknown e-mail', async () => {
    const { email } = await http.signUp();
    await http.query(`INSERT INTO users (id, email) VALUES ('codes-only', 'codes-only@example.com')`);
    const verify = jest.spyOn(http.app.get(PasswordHasher), 'verify');
    const hash = jest.spyOn(http.app.get(PasswordHasher), 'hash');
    const attempts: [string, string][] = [
      [email, 'wrong password'],
      ['nobody@example.com', PASSWORD],
      ['codes-only@example.com', PASSWORD],
      [email, 'short'],
      [email, `${PASSWORD}${'x'.repeat(200)}`],
      ['no address', PASSWORD],
      ['nobody@example.com', '\ud800'],
    ];
    for (const [name, password] of attempts) {
      verify.mockClear();
      expect(await http.logIn(name, password)).toEqual(WRONG_LOGIN);
      expect(verify).toHaveBeenCalledTimes(1);
    }
    expect(hash).not.toHaveBeenCalled();
  });

  it('wants both values, and texts', async () => {
    expect(await http.post(LOGIN, { email: 1, password: null })).toEqual(
      invalid(
        { type: 'string_type', loc: ['body', 'email'], msg: 'Input should be a valid string', input: 1 },
        { type: 'string_type', loc: ['body', 'password'], msg: 'Input should be a valid string' },
      ),
    );
  });

  describe('while more passwords are checked than may wait', () => {
    /** Keeps the hasher full with work of one address until `login` is answered. */
    async function beside(address: string, login: () => Promise<Reply>): Promise<Reply> {
      const hasher = http.app.get(PasswordHasher);
      let answered = false;
      const flood = Array.from({ length: 80 }, async () => {
        // A refusal comes at once: without a turn of the event loop nothing else would be served.
        while (!answered) await hasher.verify(null, PASSWORD, address).catch(() => nextTurn());
      });
      const reply = await login().finally(() => (answered = true));
      await Promise.all(flood);
      return reply;
    }

    it('answers 503 to the address that sends them', async () => {
      expect(await beside('127.0.0.1', () => http.logIn('nobody@example.com'))).toEqual(
        domainError(503, 'ServiceUnavailableError', 'Service temporarily unavailable, try again', LOGIN, {
          'retry-after': '1',
        }),
      );
      expect(await http.logIn('nobody@example.com')).toEqual(WRONG_LOGIN);
    });

    it('answers every other address', async () => {
      expect(await beside('192.0.2.1', () => http.logIn('nobody@example.com'))).toEqual(WRONG_LOGIN);
    });
  });
});

describe('changing the password', () => {
  const change = (token: string | undefined, password: unknown, replacement: unknown): Promise<Reply> =>
    http.call({ path: PASSWORD_PATH, token, body: { password, new_password: replacement } });
  const REFUSED = domainError(
    403,
    'ReauthenticationRequiredError',
    'Password or a fresh token required',
    PASSWORD_PATH,
  );

  it('replaces it and ends every other session', async () => {
    const first = await http.signUp();
    const second = tokensOf(await http.logIn(first.email));
    expect(await change(second.access_token, PASSWORD, 'another password')).toEqual(OK);
    expect((await http.sessions(second.access_token)).status).toBe(200);
    expect((await http.refresh(second.refresh_token)).status).toBe(200);
    expect(await http.sessions(first.access_token)).toEqual(unauthorized('Invalid token: revoked'));
    expect(await http.refresh(first.refresh_token)).toEqual(unauthorized('Invalid refresh token'));
    expect(await http.logIn(first.email)).toEqual(WRONG_LOGIN);
    expect((await http.logIn(first.email, 'another password')).status).toBe(200);
  });

  it('refuses a wrong one and changes nothing', async () => {
    const { email, access_token: token } = await http.signUp();
    expect(await change(token, 'wrong password', 'another password')).toEqual(REFUSED);
    expect((await http.logIn(email)).status).toBe(200);
  });

  it('refuses whoever has none', async () => {
    const { email, access_token: token } = await http.signUp();
    await http.query(`UPDATE users SET password_hash = NULL WHERE email = $1`, [email]);
    expect(await change(token, PASSWORD, 'another password')).toEqual(REFUSED);
  });

  it('wants a token, then a password that can be one', async () => {
    expect(await change(undefined, PASSWORD, 'x')).toEqual(unauthorized('Authorization header missing'));
    const { access_token: token } = await http.signUp();
    expect(await change(token, PASSWORD, 'short')).toEqual(
      invalid({
        type: 'string_too_short',
        loc: ['body', 'new_password'],
        msg: 'String should have at least 8 characters',
        ctx: { min_length: 8 },
      }),
    );
  });
});

describe('legacy tokens', () => {
  const TOKENS_PATH = '/v1/auth/legacy-tokens';
  const INSTANT = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string;
  const check = (token: string) =>
    http.call({
      method: 'GET',
      path: '/v1/user/info/manage/basic/checktoken/',
      headers: { Authorization: `Token ${token}` },
    });

  it('are issued once, listed without their text, and revoked', async () => {
    const { access_token: token } = await http.signUp();
    const issued = await http.post(TOKENS_PATH, { label: 'My phone' }, token);
    const { id, token: text } = issued.body as { id: string; token: string };
    expect(issued).toEqual(reply(201, { id, label: 'My phone', token: text, created_at: INSTANT }, NO_STORE));
    expect(text).toMatch(/^[\da-f]{40}$/);
    expect((await check(text)).status).toBe(200);
    const record = { id, label: 'My phone', created_at: INSTANT, last_used_at: null, calls: 0 };
    expect(await http.get(TOKENS_PATH, token)).toEqual(reply(200, [record]));
    const remove = () => http.call({ method: 'DELETE', path: `${TOKENS_PATH}/${id.toUpperCase()}`, token });
    expect(await remove()).toEqual(OK);
    expect((await check(text)).status).toBe(401);
    expect(await remove()).toEqual(
      domainError(404, 'TokenNotFoundError', 'Token not found', `${TOKENS_PATH}/${id.toUpperCase()}`),
    );
  });

  it('need no label and no body', async () => {
    const { access_token: token } = await http.signUp();
    for (const body of [undefined, {}, { label: null }]) {
      expect(await http.post(TOKENS_PATH, body, token)).toMatchObject({ status: 201, body: { label: null } });
    }
    expect((await http.post(TOKENS_PATH, { label: 'x'.repeat(256) }, token)).status).toBe(422);
  });

  it('are nobody else’s to see or revoke', async () => {
    const owner = await http.signUp();
    const stranger = await http.signUp();
    const { id } = (await http.post(TOKENS_PATH, {}, owner.access_token)).body as { id: string };
    const path = `${TOKENS_PATH}/${id}`;
    expect(await http.get(TOKENS_PATH, stranger.access_token)).toEqual(reply(200, []));
    expect(await http.call({ method: 'DELETE', path, token: stranger.access_token })).toEqual(
      domainError(404, 'TokenNotFoundError', 'Token not found', path),
    );
    expect(await http.call({ method: 'DELETE', path })).toEqual(unauthorized('Authorization header missing'));
  });
});
