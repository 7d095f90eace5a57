import { Http, NO_STORE, OK, type Reply, reply, unauthorized } from '../support/http.js';
import { forge, OidcIssuer } from './support/oidc-issuer.js';

const AUDIENCE = 'https://timer.example/api';
const SESSIONS = '/v1/auth/sessions';

let issuer: OidcIssuer;
let http: Http;

beforeAll(async () => {
  issuer = await OidcIssuer.start();
  http = await startWithIssuer();
});
afterAll(async () => {
  await http.close();
  await issuer.stop();
});
afterEach(() => issuer.setMode('up'));

const startWithIssuer = (): Promise<Http> =>
  Http.start({
    env: { OIDC_ISSUER_URL: issuer.url, OIDC_AUDIENCE: AUDIENCE },
    ...((http as Http | undefined) ? { connection: http.connection } : {}),
  });
const signIn = async (sub: string, claims: Record<string, unknown> = {}): Promise<string> =>
  (await issuer.signIn(sub, claims, AUDIENCE)).accessToken;
const userOf = async (id: string) => {
  const rows = await http.query<Record<string, unknown>>(
    `SELECT id, email, verified_email, claims->>'display_name' AS name FROM users WHERE id = $1`,
    [id],
  );
  return rows[0];
};

describe('a token of the outside issuer', () => {
  it('works like one of our own', async () => {
    const token = await signIn('ann', { email: 'Ann@Example.com', email_verified: true, name: 'Ann' });
    expect(await http.sessions(token)).toEqual(reply(200, []));
    expect(await userOf('ann')).toEqual({ id: 'ann', email: null, verified_email: 'ann@example.com', name: 'Ann' });
    const issued = await http.post('/v1/auth/legacy-tokens', { label: 'phone' }, token);
    expect(issued).toMatchObject({ status: 201, headers: NO_STORE, body: { label: 'phone' } });
  });

  it('refreshes the profile when it says something new', async () => {
    expect((await http.sessions(await signIn('bob', { name: 'Bob' }))).status).toBe(200);
    expect((await http.sessions(await signIn('bob', { name: 'Robert' }))).status).toBe(200);
    expect(await userOf('bob')).toMatchObject({ name: 'Robert' });
  });

  it('has no session to end and no address to prove', async () => {
    const token = await signIn('cas');
    expect(await http.post('/v1/auth/logout', undefined, token)).toEqual(OK);
    expect((await http.sessions(token)).status).toBe(200);
    expect((await http.post('/v1/auth/email/code', {}, token)).status).toBe(202);
    expect(http.codesIn()).toEqual([]);
    expect((await http.post('/v1/auth/email/verify', { code: 'ABCD2345' }, token)).status).toBe(400);
  });

  it('is refused when it is for somebody else, too late, forged or of nobody', async () => {
    const key = issuer.key();
    const now = Math.floor(Date.now() / 1_000);
    const claims = { iss: issuer.url, sub: 'eve', aud: AUDIENCE, iat: now, exp: now + 600 };
    const own = { ...claims, iss: 'metronome', aud: 'metronome' };
    expect((await http.sessions(forge(claims, key))).status).toBe(200);
    const rows: [string, string][] = [
      [forge({ ...claims, aud: 'others' }, key), 'Invalid audience'],
      [forge({ ...claims, iat: now - 900, exp: now - 300 }, key), 'Invalid token: expired'],
      [forge(claims, key, { alg: 'none' }), 'Invalid token: algorithm not allowed'],
      [forge(claims, key, { alg: 'HS256' }), 'Invalid token: algorithm not allowed'],
      [forge({ ...claims, iss: 'https://evil.test' }, key), 'Invalid issuer: https://evil.test'],
      [forge({ ...claims, sub: undefined }, key), `Token missing 'sub' claim`],
      [forge(own, key), 'Invalid token: algorithm not allowed'],
      [forge(own, key, { alg: 'HS256' }), 'Invalid token: bad signature'],
    ];
    for (const [token, detail] of rows) expect(await http.sessions(token)).toEqual(unauthorized(detail));
  });
});

describe('while the issuer is down', () => {
  const UNAVAILABLE: Reply = reply(503, { detail: 'Authentication service unavailable' }, { 'retry-after': '1' });

  it.each(['down', 'broken', 'silent'] as const)('(%s) a token whose keys cannot be fetched is 503', async (mode) => {
    const token = await signIn('dan');
    const fresh = await startWithIssuer();
    await issuer.setMode(mode);
    const before = performance.now();
    expect(await fresh.sessions(token)).toEqual(UNAVAILABLE);
    expect(performance.now() - before).toBeLessThan(3 * 3_000);
    const own = await fresh.signUp();
    expect((await fresh.sessions(own.access_token)).status).toBe(200);
    await fresh.close();
  });

  it('a token that is known works on', async () => {
    const token = await signIn('fay');
    expect((await http.sessions(token)).status).toBe(200);
    await issuer.setMode('down');
    expect(await http.call({ method: 'GET', path: SESSIONS, token })).toEqual(reply(200, []));
  });
});
