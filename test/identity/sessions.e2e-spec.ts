import { createHash, createHmac, randomUUID } from 'node:crypto';
import { Pool } from 'pg';

import { ServiceUnavailableError } from '../../src/common/errors.js';
import { BearerIdentities } from '../../src/identity/bearer/bearer-identities.js';
import { Sessions } from '../../src/identity/sessions/sessions.js';
import { SignalFollower } from '../../src/signals/signal-follower.js';
import { until } from '../support/server.js';
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
  type Tokens,
  tokensOf,
  unauthorized,
} from '../support/http.js';

const SESSIONS = '/v1/auth/sessions';
const LOGOUT = '/v1/auth/logout';
const REFRESH = '/v1/auth/refresh';
const REVOKED = unauthorized('Invalid token: revoked');
const NO_REFRESH = unauthorized('Invalid refresh token');
const NO_TOKEN = unauthorized('Authorization header missing');
const INSTANT = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string;

let http: Http;
beforeAll(async () => {
  http = await Http.start();
});
afterAll(() => http.close());
afterEach(() => jest.restoreAllMocks());

const isIn = async ({ access_token: token }: Tokens): Promise<boolean> => (await http.sessions(token)).status === 200;
const hashOf = (token: string) => createHash('sha256').update(token).digest();
/** As if a refresh token had been spent so long ago. */
const spentAgo = ({ refresh_token: token }: Tokens, interval: string) =>
  http.query(`UPDATE refresh_tokens SET spent_at = spent_at - $2::interval WHERE token_hash = $1`, [
    hashOf(token),
    interval,
  ]);
const claimsOf = ({ access_token: token }: Tokens) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;

describe('refreshing', () => {
  it('spends a token on the next one, of the same session', async () => {
    const first = await http.signUp();
    const answer = await http.refresh(first.refresh_token);
    expect(answer).toEqual(reply(200, TOKENS, NO_STORE));
    const second = tokensOf(answer);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(claimsOf(second)).toMatchObject({ sid: claimsOf(first)['sid'], auth_time: claimsOf(first)['auth_time'] });
    expect(claimsOf(second)['jti']).not.toBe(claimsOf(first)['jti']);
    expect([await isIn(first), await isIn(second)]).toEqual([true, true]);
    expect((await http.refresh(second.refresh_token)).status).toBe(200);
  });

  it('answers a spent token within 30 s with another pair of the session, and both live', async () => {
    const first = await http.signUp();
    const second = tokensOf(await http.refresh(first.refresh_token));
    await spentAgo(first, '25 seconds');
    const third = tokensOf(await http.refresh(first.refresh_token));
    expect(third.refresh_token).not.toBe(second.refresh_token);
    expect(claimsOf(third)['sid']).toBe(claimsOf(first)['sid']);
    expect([await isIn(second), await isIn(third)]).toEqual([true, true]);
    expect((await http.refresh(second.refresh_token)).status).toBe(200);
    expect((await http.refresh(third.refresh_token)).status).toBe(200);
  });

  it('counts the 30 s from the first time that a token was spent', async () => {
    const first = await http.signUp();
    await http.refresh(first.refresh_token);
    await spentAgo(first, '25 seconds');
    const second = tokensOf(await http.refresh(first.refresh_token));
    await spentAgo(first, '6 seconds');
    expect(await http.refresh(first.refresh_token)).toEqual(NO_REFRESH);
    expect(await http.refresh(second.refresh_token)).toEqual(NO_REFRESH);
  });

  it('revokes the family when a token is reused later', async () => {
    const first = await http.signUp();
    const elsewhere = tokensOf(await http.logIn(first.email));
    const second = tokensOf(await http.refresh(first.refresh_token));
    expect(await isIn(second)).toBe(true);
    await spentAgo(first, '30 seconds');
    expect(await http.refresh(first.refresh_token)).toEqual(NO_REFRESH);
    expect(await http.sessions(second.access_token)).toEqual(REVOKED);
    expect(await http.sessions(first.access_token)).toEqual(REVOKED);
    expect(await http.refresh(second.refresh_token)).toEqual(NO_REFRESH);
    expect(await isIn(elsewhere)).toBe(true);
  });

  it('gives each of ten tabs a pair of its own', async () => {
    const first = await http.signUp();
    const all = await Promise.all(Array.from({ length: 10 }, () => http.refresh(first.refresh_token)));
    const pairs = all.map(tokensOf);
    expect(new Set(pairs.map(({ refresh_token: token }) => token)).size).toBe(10);
    expect(new Set(pairs.map((pair) => claimsOf(pair)['sid'])).size).toBe(1);
    expect(await isIn(first)).toBe(true);
  });

  it.each([
    ['unknown', { refresh_token: 'x'.repeat(43) }],
    ['missing', {}],
    ['null', { refresh_token: null }],
    ['empty', { refresh_token: '' }],
    ['odd', { refresh_token: '\u0000\ud800' }],
    ['no body', undefined],
  ])('refuses a token that is %s', async (_, body) => {
    expect(await http.post(REFRESH, body)).toEqual(NO_REFRESH);
  });

  it('refuses an access token, and one that is no text', async () => {
    const { access_token: token } = await http.signUp();
    expect(await http.refresh(token)).toEqual(NO_REFRESH);
    expect((await http.post(REFRESH, { refresh_token: 5 })).status).toBe(422);
  });

  it('refuses a session that has been over for a month', async () => {
    const person = await http.signUp();
    await http.query(`UPDATE sessions SET expires_at = now() - interval '1 second' WHERE id = $1`, [
      claimsOf(person)['sid'],
    ]);
    expect(await http.refresh(person.refresh_token)).toEqual(NO_REFRESH);
    expect(await http.sessions(person.access_token)).toEqual(REVOKED);
  });

  it('keeps tokens as SHA-256 alone', async () => {
    const { refresh_token: token } = await http.signUp();
    const rows = await http.query(`SELECT FROM refresh_tokens WHERE token_hash = $1`, [hashOf(token)]);
    expect(rows).toHaveLength(1);
  });

  it('never loses to a revocation that comes at the same moment', async () => {
    for (let round = 0; round < 15; round += 1) {
      const first = await http.signUp();
      const { access_token: token, refresh_token: refresh } = first;
      const [refreshed, ended] = await Promise.all([
        http.refresh(refresh),
        http.call({ method: 'DELETE', path: `${SESSIONS}/${String(claimsOf(first)['sid'])}`, token }),
      ]);
      expect([200, 401]).toContain(refreshed.status);
      expect(ended).toEqual(OK);
      expect(await http.sessions(token)).toEqual(REVOKED);
    }
  });
});

describe('logging out', () => {
  it('ends the session of the token and no other', async () => {
    const first = await http.signUp();
    const second = tokensOf(await http.logIn(first.email));
    expect(await http.post(LOGOUT, undefined, first.access_token)).toEqual(OK);
    expect(await http.sessions(first.access_token)).toEqual(REVOKED);
    expect(await http.refresh(first.refresh_token)).toEqual(NO_REFRESH);
    expect(await http.post(LOGOUT, undefined, first.access_token)).toEqual(REVOKED);
    expect(await isIn(second)).toBe(true);
  });

  it('wants a token', async () => {
    expect(await http.post(LOGOUT)).toEqual(NO_TOKEN);
    for (const header of ['', 'Bearer', 'Token abc', 'Basic YTpi', 'Bearer a b']) {
      expect(await http.call({ path: LOGOUT, headers: { Authorization: header } })).toEqual(NO_TOKEN);
    }
  });

  it('ends it once for whoever clicks ten times', async () => {
    const { access_token: token } = await http.signUp();
    const all = await Promise.all(Array.from({ length: 10 }, () => http.post(LOGOUT, undefined, token)));
    expect(all.filter(({ status }) => status !== 200 && status !== 401)).toEqual([]);
    expect(await http.sessions(token)).toEqual(REVOKED);
  });
});

describe('the list of sessions', () => {
  it('has the newest first and names the current one', async () => {
    const email = newEmail();
    const logIn = (agent?: string) =>
      http.call({
        path: '/v1/auth/login',
        body: { email, password: PASSWORD },
        headers: agent === undefined ? {} : { 'User-Agent': agent },
      });
    const first = await http.signUp(email);
    const second = tokensOf(await logIn('A phone'));
    const third = tokensOf(await logIn('u'.repeat(600)));
    const session = (tokens: Tokens, userAgent: string | null, current: boolean) => ({
      id: claimsOf(tokens)['sid'],
      created_at: INSTANT,
      last_used_at: INSTANT,
      user_agent: userAgent,
      current,
    });
    expect(await http.sessions(second.access_token)).toEqual(
      reply(200, [
        session(third, 'u'.repeat(500), false),
        session(second, 'A phone', true),
        session(first, null, false),
      ]),
    );
  });

  it('tells when a session was last used', async () => {
    const first = await http.signUp();
    await http.query(`UPDATE sessions SET created_at = '2026-01-01Z', last_used_at = '2026-01-02Z' WHERE id = $1`, [
      claimsOf(first)['sid'],
    ]);
    expect(await http.sessions(first.access_token)).toMatchObject({
      body: [{ created_at: '2026-01-01T00:00:00Z', last_used_at: '2026-01-02T00:00:00Z' }],
    });
    await http.refresh(first.refresh_token);
    const [{ last_used_at: used } = { last_used_at: '' }] = (await http.sessions(first.access_token)).body as {
      last_used_at: string;
    }[];
    expect(Date.now() - Date.parse(used)).toBeLessThan(5_000);
  });

  it('lets its owner end any, at once', async () => {
    const first = await http.signUp();
    const second = tokensOf(await http.logIn(first.email));
    expect(await isIn(second)).toBe(true);
    const path = `${SESSIONS}/${String(claimsOf(second)['sid']).toUpperCase()}`;
    const end = (token?: string) => http.call({ method: 'DELETE', path, token });
    expect(await end()).toEqual(NO_TOKEN);
    const stranger = await http.signUp();
    const notFound = domainError(404, 'SessionNotFoundError', 'Session not found', path);
    expect(await end(stranger.access_token)).toEqual(notFound);
    expect(await isIn(second)).toBe(true);
    expect(await end(first.access_token)).toEqual(OK);
    expect(await http.sessions(second.access_token)).toEqual(REVOKED);
    expect(await end(first.access_token)).toEqual(notFound);
  });

  it('wants the id of one', async () => {
    const { access_token: token } = await http.signUp();
    const path = `${SESSIONS}/${randomUUID()}`;
    expect(await http.call({ method: 'DELETE', path, token })).toMatchObject({ status: 404 });
    expect(await http.call({ method: 'DELETE', path: `${SESSIONS}/5`, token })).toMatchObject({
      status: 422,
      body: { detail: [{ type: 'uuid_parsing', loc: ['path', 'id'], input: '5' }] },
    });
  });
});

describe('access tokens', () => {
  const SECRET = 'a secret of the tests, long enough for HS256';
  const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const sign = (claims: object, { alg = 'HS256', secret = SECRET, header = {} } = {}) => {
    const input = `${encode({ alg, typ: 'JWT', ...header })}.${encode(claims)}`;
    const hash = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' }[alg];
    return `${input}.${hash === undefined ? '' : createHmac(hash, secret).update(input).digest('base64url')}`;
  };
  let good: Record<string, unknown>;
  beforeAll(async () => {
    good = claimsOf(await http.signUp());
  });

  it('say what they must', () => {
    const uuid = expect.stringMatching(/^[\da-f-]{36}$/) as string;
    const seconds = expect.any(Number) as number;
    expect(good).toEqual({
      ...{ iss: 'metronome', aud: 'metronome', sub: uuid, jti: uuid, typ: 'access', sid: uuid },
      ...{ iat: seconds, exp: Number(good['iat']) + 86_400, auth_time: seconds },
    });
  });

  it('are believed when they are ours, in any letters of the scheme', async () => {
    expect((await http.sessions(sign(good))).status).toBe(200);
    const headers = { Authorization: `bearer ${sign(good)}` };
    expect((await http.call({ method: 'GET', path: SESSIONS, headers })).status).toBe(200);
  });

  const without = (...names: string[]) =>
    Object.fromEntries(Object.entries(good).filter(([name]) => !names.includes(name)));
  const past = () => Math.floor(Date.now() / 1_000) - 5;

  it.each<[string, () => string, string]>([
    ['alg none', () => sign(good, { alg: 'none' }), 'Invalid token: bad signature'],
    ['alg none and a signature', () => `${sign(good, { alg: 'none' })}abcd`, 'Invalid token: algorithm not allowed'],
    ['HS384', () => sign(good, { alg: 'HS384' }), 'Invalid token: algorithm not allowed'],
    ['HS512', () => sign(good, { alg: 'HS512' }), 'Invalid token: algorithm not allowed'],
    ['RS256 in the header', () => sign(good, { header: { alg: 'RS256' } }), 'Invalid token: algorithm not allowed'],
    ['another key', () => sign(good, { secret: 'x'.repeat(40) }), 'Invalid token: bad signature'],
    ['an empty key', () => sign(good, { secret: '' }), 'Invalid token: bad signature'],
    ['another audience', () => sign({ ...good, aud: 'somebody' }), 'Invalid audience'],
    ['no audience', () => sign(without('aud')), 'Invalid audience'],
    ['another issuer', () => sign({ ...good, iss: 'https://evil.test' }), 'Invalid issuer: https://evil.test'],
    ['no issuer', () => sign(without('iss')), 'Invalid issuer: none'],
    ['a number for an issuer', () => sign({ ...good, iss: 5 }), 'Invalid issuer: none'],
    ['a list of issuers', () => sign({ ...good, iss: ['metronome'] }), 'Invalid issuer: none'],
    ['null for claims', () => sign(null as never), 'Invalid token: malformed'],
    ['a very long issuer', () => sign({ ...good, iss: 'x'.repeat(900) }), `Invalid issuer: ${'x'.repeat(200)}`],
    ['no sub', () => sign(without('sub')), `Token missing 'sub' claim`],
    ['an empty sub', () => sign({ ...good, sub: '' }), `Token missing 'sub' claim`],
    ['a number for a sub', () => sign({ ...good, sub: 5 }), `Token missing 'sub' claim`],
    ['an end in the past', () => sign({ ...good, exp: past() }), 'Invalid token: expired'],
    ['no end', () => sign(without('exp')), 'Invalid token: no expiry'],
    ['a text for an end', () => sign({ ...good, exp: 'never' }), 'Invalid token: malformed'],
    ['a later beginning', () => sign({ ...good, nbf: past() + 600 }), 'Invalid token: not yet valid'],
    ['another type', () => sign({ ...good, typ: 'refresh' }), 'Invalid token: no access token'],
    ['no type', () => sign(without('typ')), 'Invalid token: no access token'],
    ['no session', () => sign(without('sid')), 'Invalid token: no access token'],
    ['another session', () => sign({ ...good, sid: randomUUID() }), 'Invalid token: revoked'],
    ['no UUID for a session', () => sign({ ...good, sid: 'mine' }), 'Invalid token: no access token'],
    ['somebody else', () => sign({ ...good, sub: 'somebody' }), 'Invalid token: revoked'],
    ['no claims', () => `${encode({ alg: 'HS256' })}.${encode('text')}.abc`, 'Invalid token: malformed'],
    ['no JSON', () => 'abc.def.ghi', 'Invalid token: malformed'],
    ['no JWT', () => 'abc', 'Invalid token: malformed'],
    ['no end to it', () => 'x'.repeat(8_000), 'Invalid token: malformed'],
  ])('are refused with %s', async (_, token, detail) => {
    expect(await http.sessions(token())).toEqual(unauthorized(detail));
  });

  it('are refused with changed claims', async () => {
    const [header, , signature] = sign(good).split('.');
    const forged = `${header ?? ''}.${encode({ ...good, sub: 'somebody' })}.${signature ?? ''}`;
    expect(await http.sessions(forged)).toEqual(unauthorized('Invalid token: bad signature'));
  });

  it('are not refresh tokens or legacy tokens', async () => {
    const { access_token: access, refresh_token: refresh } = await http.signUp();
    const { token } = (await http.post('/v1/auth/legacy-tokens', {}, access)).body as { token: string };
    for (const other of [refresh, token]) {
      expect(await http.sessions(other)).toEqual(unauthorized('Invalid token: malformed'));
    }
  });

  it('are not taken from the query or a cookie', async () => {
    const { access_token: token } = await http.signUp();
    expect(await http.get(`${SESSIONS}?token=${token}&access_token=${token}`)).toEqual(NO_TOKEN);
    const headers = { Cookie: `metronome_refresh=${token}; token=${token}` };
    expect(await http.call({ method: 'GET', path: SESSIONS, headers })).toEqual(NO_TOKEN);
  });

  it('are verified once within their life, and not believed beyond it', async () => {
    const soon = Math.floor(Date.now() / 1_000) + 60;
    const token = sign({ ...good, exp: soon });
    const isOpen = jest.spyOn(http.app.get(Sessions), 'isOpen');
    for (let round = 0; round < 3; round += 1) expect((await http.sessions(token)).status).toBe(200);
    expect(isOpen).toHaveBeenCalledTimes(1);
    const now = Date.now();
    jest.spyOn(Date, 'now').mockReturnValue(now + 61_000);
    expect(await http.sessions(token)).toEqual(unauthorized('Invalid token: expired'));
  });
});

describe('the cookie of browsers', () => {
  const cookieOf = ({ headers }: Reply): string[] => headers['set-cookie'] as string[];
  const pairOf = (answer: Reply): string => cookieOf(answer)[0]?.split(';')[0] ?? '';
  const signUp = async () => http.post('/v1/auth/signup', { email: newEmail(), password: PASSWORD, cookie: true });
  const send = (path: string, cookie: string, headers: Record<string, string> = {}) =>
    http.call({ path, headers: { Cookie: `other=1; ${cookie}`, ...headers } });
  const WITHOUT_REFRESH = { access_token: TOKENS.access_token, token_type: 'bearer', expires_in: 86_400 };
  const SET = expect.stringMatching(
    /^metronome_refresh=[\w-]{43}; Max-Age=2592000; Path=\/v1\/auth; Expires=\w{3}, [^;]+; HttpOnly; SameSite=Strict$/,
  ) as string;
  const CLEARED = 'metronome_refresh=; Path=/v1/auth; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Strict';
  const withCookie = (status: number, body: object, cookie: string, headers = {}) => {
    const answer = reply(status, body, headers);
    return { ...answer, headers: { ...answer.headers, 'set-cookie': [cookie] } };
  };

  it('takes the place of the refresh token in the body', async () => {
    const email = newEmail();
    const body = { email, password: PASSWORD, cookie: true };
    expect(await http.post('/v1/auth/signup', body)).toEqual(withCookie(201, WITHOUT_REFRESH, SET, NO_STORE));
    expect(await http.post('/v1/auth/login', body)).toEqual(withCookie(200, WITHOUT_REFRESH, SET, NO_STORE));
    for (const cookie of [false, null]) {
      expect(await http.post('/v1/auth/login', { ...body, cookie })).toEqual(reply(200, TOKENS, NO_STORE));
    }
  });

  it('refreshes from a page of the server itself', async () => {
    const own = { Origin: http.url };
    let cookie = pairOf(await signUp());
    for (const headers of [own, {}, { 'Sec-Fetch-Site': 'same-origin' }]) {
      const answer = await send(REFRESH, cookie, headers);
      expect(answer).toMatchObject({ status: 200, body: WITHOUT_REFRESH });
      expect(answer.body).not.toHaveProperty('refresh_token');
      expect(cookieOf(answer)).toEqual([SET]);
      expect(pairOf(answer)).not.toBe(cookie);
      cookie = pairOf(answer);
    }
  });

  it.each([
    { Origin: 'https://evil.test' },
    { Origin: 'http://localhost:3000' },
    { Origin: 'null' },
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
  ])('counts as none from %j', async (headers) => {
    const answer = await signUp();
    for (const path of [REFRESH, LOGOUT]) {
      const refused = await send(path, pairOf(answer), headers);
      expect(refused).toMatchObject({ status: 401, body: { detail: expect.any(String) as string } });
      expect(refused.headers).toMatchObject({ 'www-authenticate': 'Bearer' });
      expect(refused.headers).not.toHaveProperty('set-cookie');
    }
    expect((await send(REFRESH, pairOf(answer))).status).toBe(200);
  });

  it('logs out and goes', async () => {
    const answer = await signUp();
    const { access_token: token } = answer.body as Tokens;
    expect(await send(LOGOUT, pairOf(answer), { Origin: http.url })).toMatchObject({
      status: 200,
      body: { ok: true },
      headers: { 'set-cookie': [CLEARED] },
    });
    expect(await http.sessions(token)).toEqual(REVOKED);
    expect(await send(REFRESH, pairOf(answer))).toEqual(NO_REFRESH);
  });

  it('goes too when the token in the header logs out, and when it is stale', async () => {
    const answer = await signUp();
    const { access_token: token } = answer.body as Tokens;
    const ended = await send(LOGOUT, pairOf(answer), { Authorization: `Bearer ${token}` });
    expect(ended).toEqual(withCookie(200, { ok: true }, CLEARED));
    expect(await send(LOGOUT, pairOf(answer))).toEqual(withCookie(200, { ok: true }, CLEARED));
  });

  it('is Secure over https', async () => {
    const secure = await Http.start({ env: { PUBLIC_URL: 'https://timer.example' }, connection: http.connection });
    const body = { email: newEmail(), password: PASSWORD, cookie: true };
    const [cookie] = cookieOf(await secure.post('/v1/auth/signup', body));
    expect(cookie).toMatch(/; HttpOnly; Secure; SameSite=Strict$/);
    await secure.close();
  });

  it('is a wish in true or false', async () => {
    const body = { email: newEmail(), password: PASSWORD, cookie: 'yes' };
    expect(await http.post('/v1/auth/signup', body)).toMatchObject({
      status: 422,
      body: { detail: [{ type: 'bool_type', loc: ['body', 'cookie'], input: 'yes' }] },
    });
  });
});

describe('on another instance', () => {
  it('a revoked session is over within 5 s', async () => {
    const other = await Http.start({ connection: http.connection });
    const person = await http.signUp();
    expect((await other.sessions(person.access_token)).status).toBe(200);
    expect(await http.post(LOGOUT, undefined, person.access_token)).toEqual(OK);
    expect(await http.sessions(person.access_token)).toEqual(REVOKED);
    await until(async () => (await other.sessions(person.access_token)).status === 401, 5_000);
    await other.close();
  });
});

describe('with the database away', () => {
  it('believes whom it knows for 60 s and nobody longer, and signs nobody out', async () => {
    const known = await http.signUp();
    expect(await isIn(known)).toBe(true);
    const identities = http.app.get(BearerIdentities);
    const back = takeDatabaseAway();
    const advance = carryClockOn();
    advance(58_000);
    await expect(identities.identify(known.access_token)).resolves.toMatchObject({ userId: claimsOf(known)['sub'] });
    advance(3_000);
    await expect(identities.identify(known.access_token)).rejects.toBeInstanceOf(ServiceUnavailableError);
    expect(await http.sessions(known.access_token)).toEqual(
      domainError(503, 'ServiceUnavailableError', 'Service temporarily unavailable, try again', SESSIONS, {
        'retry-after': '1',
      }),
    );
    back();
    await http.app.get(SignalFollower).follow();
    expect(http.app.get(SignalFollower).isCurrent).toBe(true);
    expect(await isIn(known)).toBe(true);
  });

  /** @returns how to bring it back */
  function takeDatabaseAway(): () => void {
    const gone = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const connect = (callback?: (error: Error) => void) => {
      if (!callback) return Promise.reject(gone);
      callback(gone);
      return undefined;
    };
    const away = jest.spyOn(http.app.get(Pool), 'connect').mockImplementation(connect as never);
    return () => {
      away.mockRestore();
    };
  }

  function carryClockOn(): (milliseconds: number) => void {
    const now = performance.now.bind(performance);
    let ahead = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => now() + ahead);
    return (milliseconds) => (ahead += milliseconds);
  }
});
