import { PasswordHasher } from '../../src/identity/passwords/password-hasher.js';
import {
  domainError,
  Http,
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

const CODE = '/v1/auth/email/code';
const VERIFY = '/v1/auth/email/verify';
const RESET = '/v1/auth/password/reset';
const SENT = reply(202, { ok: true });
const NEW_PASSWORD = 'a password nobody had';
const WRONG_CODE = domainError(400, 'InvalidCodeError', 'Invalid or expired code', VERIFY);
const WRONG_RESET = unauthorized('Invalid code');
const REVOKED = unauthorized('Invalid token: revoked');

let http: Http;
beforeAll(async () => {
  http = await Http.start();
});
afterAll(() => http.close());

const reset = (email: string, code: string, password = NEW_PASSWORD): Promise<Reply> =>
  http.call({ method: 'PUT', path: RESET, body: { email, code, new_password: password } });
const verify = (token: string, code: string) => http.post(VERIFY, { code }, token);
const codeAfter = async (email: string, send: () => Promise<unknown>): Promise<string> => {
  const before = http.codesIn(email).length;
  await send();
  return (await http.mailedCodes(email, before + 1)).at(-1) ?? '';
};
const resetCode = (email: string) => codeAfter(email, () => http.post(RESET, { email }));
const isProven = async (email: string): Promise<boolean> => {
  const rows = await http.query(`SELECT FROM users WHERE email = $1 AND email_proven_at IS NOT NULL`, [email]);
  return rows.length > 0;
};
const age = (email: string, interval: string) =>
  http.query(`UPDATE mailed_codes SET created_at = created_at - $2::interval WHERE email = $1`, [email, interval]);
const checkLegacy = async (token: string): Promise<number> => {
  const headers = { Authorization: `Token ${token}` };
  return (await http.call({ method: 'GET', path: '/v1/user/info/manage/basic/checktoken/', headers })).status;
};
/** The e-mail-code sign-in of the old apps. @returns the legacy token */
const legacySignIn = async (email: string): Promise<string> => {
  const path = '/v1/user/manage/signin/';
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const code = await codeAfter(email, () => http.call({ path, body: `email=${email}`, headers: form }));
  const { body } = await http.call({ method: 'PUT', path: `${path}?auth=${code}&email=${email}` });
  return (body as { data: { token: string } }).data.token;
};
const legacyTokenOf = async (accessToken: string): Promise<string> =>
  ((await http.post('/v1/auth/legacy-tokens', {}, accessToken)).body as { token: string }).token;

describe('a code typed into the account’s own session', () => {
  it('proves the address and changes nothing else', async () => {
    const { email, access_token: token, refresh_token: refresh } = await http.signUp();
    const legacy = await legacyTokenOf(token);
    expect(await isProven(email)).toBe(false);
    const code = await codeAfter(email, async () => {
      expect(await http.post(CODE, {}, token)).toEqual(SENT);
    });
    expect(await verify(token, ` ${code.toLowerCase()} `)).toEqual(OK);
    expect(await isProven(email)).toBe(true);
    expect((await http.sessions(token)).status).toBe(200);
    expect((await http.refresh(refresh)).status).toBe(200);
    expect(await checkLegacy(legacy)).toBe(200);
    expect((await http.logIn(email)).status).toBe(200);
    expect(await verify(token, code)).toEqual(WRONG_CODE);
  });

  it('needs no body to be sent, and a token', async () => {
    const { email, access_token: token } = await http.signUp();
    await codeAfter(email, async () => {
      expect(await http.post(CODE, undefined, token)).toEqual(SENT);
    });
    expect(await http.post(CODE, {})).toEqual(unauthorized('Authorization header missing'));
    expect(await http.post(VERIFY, { code: 'ABCD2345' })).toEqual(unauthorized('Authorization header missing'));
    expect(await http.post(VERIFY, {}, token)).toMatchObject({ status: 422 });
  });

  it('is refused when it is wrong, too late or another’s', async () => {
    const { email, access_token: token } = await http.signUp();
    const stranger = await http.signUp();
    const code = await codeAfter(email, () => http.post(CODE, {}, token));
    expect(await verify(token, 'WRONG234')).toEqual(WRONG_CODE);
    expect(await verify(stranger.access_token, code)).toEqual(WRONG_CODE);
    await age(email, '5 minutes');
    expect(await verify(token, code)).toEqual(WRONG_CODE);
    expect(await isProven(email)).toBe(false);
  });

  it('is dead after five wrong guesses', async () => {
    const { email, access_token: token } = await http.signUp();
    const code = await codeAfter(email, () => http.post(CODE, {}, token));
    for (let guess = 0; guess < 5; guess += 1) expect(await verify(token, `WRONG23${guess}`)).toEqual(WRONG_CODE);
    expect(await verify(token, code)).toEqual(WRONG_CODE);
  });

  it('is mailed three times in 15 minutes for each purpose', async () => {
    const { email, access_token: token } = await http.signUp();
    for (let mail = 0; mail < 5; mail += 1) expect(await http.post(CODE, {}, token)).toEqual(SENT);
    expect(http.codesIn(email)).toHaveLength(3);
    await resetCode(email);
    expect(http.codesIn(email)).toHaveLength(4);
  });

  describe('asked for by strangers', () => {
    const OTHER_NETWORK = '127.0.0.2';
    const askFrom = (from: string | undefined, email: string) =>
      http.call({ path: RESET, body: { email }, ...(from === undefined ? {} : { from }) });
    const guessFrom = (from: string | undefined, email: string, code: string) =>
      http.call({
        method: 'PUT',
        path: RESET,
        body: { email, code, new_password: NEW_PASSWORD },
        ...(from === undefined ? {} : { from }),
      });

    it('leaves the owner their own three mails', async () => {
      const { email } = await http.signUp();
      for (let mail = 0; mail < 5; mail += 1) await askFrom(OTHER_NETWORK, email);
      await http.mailedCodes(email, 3);
      expect(http.codesIn(email)).toHaveLength(3);
      expect(await reset(email, await resetCode(email))).toEqual(OK);
    });

    it('and guessed at by them, stays good for the owner', async () => {
      const { email } = await http.signUp();
      const code = await resetCode(email);
      for (let guess = 0; guess < 7; guess += 1) await guessFrom(OTHER_NETWORK, email, `WRONG23${guess}`);
      expect(await guessFrom(OTHER_NETWORK, email, code)).toEqual(WRONG_RESET);
      expect(await guessFrom(undefined, email, code)).toEqual(OK);
    });
  });

  it('opens nothing else', async () => {
    const { email, access_token: token } = await http.signUp();
    const proof = await codeAfter(email, () => http.post(CODE, {}, token));
    expect(await reset(email, proof)).toEqual(WRONG_RESET);
    const other = await resetCode(email);
    expect(await verify(token, other)).toEqual(WRONG_CODE);
    expect(await reset(email, other)).toEqual(OK);
  });
});

describe('resetting the password', () => {
  it('sets a new one and ends all sessions', async () => {
    const { email, access_token: token, refresh_token: refresh } = await http.signUp();
    expect((await http.sessions(token)).status).toBe(200);
    expect(await reset(email.toUpperCase(), await resetCode(email))).toEqual(OK);
    expect(await http.sessions(token)).toEqual(REVOKED);
    expect(await http.refresh(refresh)).toEqual(unauthorized('Invalid refresh token'));
    expect((await http.logIn(email)).status).toBe(401);
    expect(await http.logIn(email, NEW_PASSWORD)).toEqual(reply(200, TOKENS, NO_STORE));
    expect(await isProven(email)).toBe(true);
  });

  it('answers alike for an address that has no account, and mails nothing', async () => {
    const email = newEmail();
    expect(await http.post(RESET, { email })).toEqual(SENT);
    const known = await http.signUp();
    expect(await http.post(RESET, { email: ` ${known.email.toUpperCase()}` })).toEqual(SENT);
    await http.mailedCodes(known.email);
    expect(http.codesIn(email)).toEqual([]);
    expect(await reset(email, 'ABCD2345')).toEqual(WRONG_RESET);
    expect(await http.query(`SELECT FROM users WHERE email = $1`, [email])).toEqual([]);
  });

  it('takes a code once, within 5 minutes, and not after five wrong ones', async () => {
    const { email } = await http.signUp();
    const first = await resetCode(email);
    expect(await reset(email, first)).toEqual(OK);
    expect(await reset(email, first)).toEqual(WRONG_RESET);
    const second = await resetCode(email);
    await age(email, '5 minutes');
    expect(await reset(email, second)).toEqual(WRONG_RESET);
    const third = await resetCode(email);
    for (let guess = 0; guess < 5; guess += 1) expect(await reset(email, `WRONG23${guess}`)).toEqual(WRONG_RESET);
    expect(await reset(email, third)).toEqual(WRONG_RESET);
    expect((await http.logIn(email, NEW_PASSWORD)).status).toBe(200);
  });

  it('takes a code once when it comes ten times at the same moment', async () => {
    const { email } = await http.signUp();
    const code = await resetCode(email);
    const all = await Promise.all(Array.from({ length: 10 }, () => reset(email, code)));
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('wants an address, a code and a password that can be one, and shows none of the latter', async () => {
    expect(
      await http.call({ method: 'PUT', path: RESET, body: { email: 'ann', code: 5, new_password: 'short' } }),
    ).toEqual(
      reply(422, {
        detail: [
          {
            type: 'value_error',
            loc: ['body', 'email'],
            msg: 'Value error, text@text with one @ and no spaces',
            input: 'ann',
            ctx: { error: {} },
          },
          { type: 'string_type', loc: ['body', 'code'], msg: 'Input should be a valid string' },
          {
            type: 'string_too_short',
            loc: ['body', 'new_password'],
            msg: 'String should have at least 8 characters',
            ctx: { min_length: 8 },
          },
        ],
      }),
    );
    expect(await http.get(RESET)).toEqual(reply(405, { detail: 'Method Not Allowed' }, { allow: 'POST, PUT' }));
  });
});

describe('the first proof from outside', () => {
  it('by the legacy sign-in takes the account from whoever signed up with the address', async () => {
    const squatter = await http.signUp();
    const { email, access_token: token } = squatter;
    const legacy = await legacyTokenOf(token);
    expect(await checkLegacy(legacy)).toBe(200);
    const owner = await legacySignIn(email);
    expect(await http.sessions(token)).toEqual(REVOKED);
    expect(await http.refresh(squatter.refresh_token)).toEqual(unauthorized('Invalid refresh token'));
    expect(await http.logIn(email)).toEqual(unauthorized('Invalid email or password'));
    expect([await checkLegacy(legacy), await checkLegacy(owner)]).toEqual([401, 200]);
    expect(await isProven(email)).toBe(true);
  });

  it('by a reset too', async () => {
    const squatter = await http.signUp();
    const legacy = await legacyTokenOf(squatter.access_token);
    expect(await reset(squatter.email, await resetCode(squatter.email))).toEqual(OK);
    expect(await http.sessions(squatter.access_token)).toEqual(REVOKED);
    expect(await checkLegacy(legacy)).toBe(401);
    expect((await http.logIn(squatter.email)).status).toBe(401);
    expect((await http.logIn(squatter.email, NEW_PASSWORD)).status).toBe(200);
  });

  it('leaves an account that was proven as it is', async () => {
    const { email, access_token: token } = await http.signUp();
    const legacy = await legacyTokenOf(token);
    await verify(token, await codeAfter(email, () => http.post(CODE, {}, token)));
    const second = await legacySignIn(email);
    expect((await http.sessions(token)).status).toBe(200);
    expect([await checkLegacy(legacy), await checkLegacy(second)]).toEqual([200, 200]);
    expect((await http.logIn(email)).status).toBe(200);
    expect(await reset(email, await resetCode(email))).toEqual(OK);
    expect([await checkLegacy(legacy), await checkLegacy(second)]).toEqual([401, 401]);
    expect(await http.sessions(token)).toEqual(REVOKED);
  });

  it('lets the owner of an address sign up by a reset afterwards', async () => {
    const email = newEmail();
    await legacySignIn(email);
    expect(await http.post('/v1/auth/signup', { email, password: PASSWORD })).toEqual(
      domainError(409, 'EmailAlreadyRegisteredError', 'Email already registered', '/v1/auth/signup'),
    );
    expect(await reset(email, await resetCode(email))).toEqual(OK);
    expect(tokensOf(await http.logIn(email, NEW_PASSWORD))).toEqual(TOKENS);
  });
});

describe('a sign-in that a reset overtakes', () => {
  it('opens nothing, neither a session nor a legacy token', async () => {
    const { email } = await http.signUp();
    const hasher = http.app.get(PasswordHasher);
    const verifyForReal = hasher.verify.bind(hasher);
    const codes = [await resetCode(email), await resetCode(email)];
    // The password is right when it is looked at, and replaced before the sign-in is written.
    const overtaken = jest.spyOn(hasher, 'verify').mockImplementation(async (hash, password) => {
      const right = await verifyForReal(hash, password);
      expect(await reset(email, codes.pop() ?? '', `${NEW_PASSWORD} ${codes.length}`)).toEqual(OK);
      return right;
    });
    expect(await http.logIn(email)).toEqual(unauthorized('Invalid email or password'));
    const body = { username: email, password: `${NEW_PASSWORD} 1` };
    expect(await http.post('/v1/user/token/', body)).toMatchObject({
      status: 400,
      body: { non_field_errors: ['Unable to log in with provided credentials.'] },
    });
    overtaken.mockRestore();
    expect((await http.logIn(email, `${NEW_PASSWORD} 0`)).status).toBe(200);
  });
});

describe('without a way to send mail in production', () => {
  it('codes are 503, known address or not', async () => {
    const production = await Http.start({
      env: { NODE_ENV: 'production', PUBLIC_URL: 'https://timer.example', JWT_SECRET: 'x'.repeat(40) },
    });
    const { email, access_token: token } = await production.signUp();
    const unavailable = (path: string) =>
      domainError(503, 'ServiceUnavailableError', 'Service temporarily unavailable, try again', path, {
        'retry-after': '1',
      });
    expect(await production.post(CODE, {}, token)).toEqual(unavailable(CODE));
    expect(await production.post(RESET, { email })).toEqual(unavailable(RESET));
    expect(await production.post(RESET, { email: newEmail() })).toEqual(unavailable(RESET));
    await production.close();
  });
});
