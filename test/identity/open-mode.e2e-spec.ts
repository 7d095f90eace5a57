import { readSettings } from '../../src/config/settings.js';
import { welcome } from '../../src/welcome.js';
import { knock } from '../support/sockets.js';
import { domainError, Http, OK, reply, unauthorized } from '../support/http.js';

const SESSIONS = '/v1/auth/sessions';
const TOKENS_PATH = '/v1/auth/legacy-tokens';

let http: Http;
beforeAll(async () => {
  http = await Http.start({ env: { AUTH_MODE: 'open' } });
});
afterAll(() => http.close());

const get = (path: string, headers: Record<string, string> = {}) => http.call({ method: 'GET', path, headers });

describe('AUTH_MODE=open', () => {
  it('takes whoever shows no token for the test user', async () => {
    expect(await get(SESSIONS)).toEqual(reply(200, []));
    const { id } = (await http.post(TOKENS_PATH, {})).body as { id: string };
    expect(await http.query(`SELECT user_id FROM legacy_tokens WHERE id = $1`, [id])).toEqual([
      { user_id: 'test-user-id' },
    ]);
    expect(await http.query(`SELECT display_name, verified_email, email FROM users WHERE id = 'test-user-id'`)).toEqual(
      [{ display_name: 'Test User', verified_email: 'test@example.com', email: null }],
    );
    expect(await http.post('/v1/auth/logout')).toEqual(OK);
  });

  it('lets somebody sign up with the test user’s address', async () => {
    const person = await http.signUp('test@example.com');
    expect((await http.sessions(person.access_token)).body).toHaveLength(1);
    expect(await get(SESSIONS)).toEqual(reply(200, []));
  });

  it('checks tokens that are sent', async () => {
    expect(await get(SESSIONS, { Authorization: 'Bearer abc' })).toEqual(unauthorized('Invalid token: malformed'));
    expect(await get(SESSIONS, { Authorization: 'Token abc' })).toEqual(unauthorized('Authorization header missing'));
  });

  it('takes an empty token for none, since not every client of the guides can leave it out', async () => {
    expect((await knock(http.url, '/v1/ws/timers?token=')).status).toBe(101);
    expect((await knock(http.url, '/v1/ws/timers', { 'Sec-WebSocket-Protocol': 'authorization.bearer.' })).status).toBe(
      101,
    );
    for (const Authorization of ['Bearer ', 'bearer', '']) {
      expect([Authorization, (await get(SESSIONS, { Authorization })).status]).toEqual([Authorization, 200]);
    }
    for (const Origin of ['https://evil.test', 'null']) {
      expect((await knock(http.url, '/v1/ws/timers?token=', { Origin })).status).toBe(403);
      expect((await get(SESSIONS, { Authorization: 'Bearer ', Origin })).status).toBe(403);
    }
    for (const token of ['undefined', 'null', '%20']) {
      expect([token, (await knock(http.url, `/v1/ws/timers?token=${token}`)).status]).toEqual([token, 401]);
    }
  });

  it('refuses the pages of other sites, unless they show a token', async () => {
    const { access_token: token } = await http.signUp();
    for (const origin of ['https://evil.test', 'null']) {
      const refused = reply(403, { detail: 'Origin not allowed' });
      expect(await get(SESSIONS, { Origin: origin })).toEqual(refused);
      expect(await http.call({ path: TOKENS_PATH, headers: { Origin: origin } })).toEqual(refused);
      expect(await http.call({ path: '/v1/auth/logout', headers: { Origin: origin } })).toEqual(refused);
      const headers = { Origin: origin, Authorization: `Bearer ${token}` };
      expect((await get(SESSIONS, headers)).status).toBe(200);
    }
    for (const origin of ['http://localhost:3000', http.url]) {
      expect((await get(SESSIONS, { Origin: origin })).status).toBe(200);
    }
  });

  it('refuses a page that points its own name at this machine, unless it shows a token', async () => {
    const { access_token: token } = await http.signUp();
    for (const host of ['evil.com:8000', 'localhost.evil.com', '127.0.0.1.evil.com', 'evil.com.']) {
      const headers = { Host: host };
      expect([host, await get(SESSIONS, headers)]).toEqual([host, reply(403, { detail: 'Origin not allowed' })]);
      expect((await get(SESSIONS, { ...headers, Origin: `http://${host}` })).status).toBe(403);
      expect((await get(SESSIONS, { ...headers, Authorization: `Bearer ${token}` })).status).toBe(200);
      expect((await knock(http.url, '/v1/ws/timers', headers)).status).toBe(403);
    }
    for (const host of [
      'localhost:8000',
      'LOCALHOST',
      '192.168.1.5:8000',
      '[::1]:8000',
      'metronome:8000',
      'my-mac.local',
    ]) {
      expect([host, (await get(SESSIONS, { Host: host })).status]).toEqual([host, 200]);
      expect([host, (await knock(http.url, '/v1/ws/timers', { Host: host })).status]).toEqual([host, 101]);
    }
  });

  it('changes nothing for the legacy API', async () => {
    const answer = await http.post('/v1/user/timer/start/', undefined);
    expect(answer).toMatchObject({ status: 401, body: { detail: 'Invalid token.' } });
    expect(answer.headers).toMatchObject({ 'www-authenticate': 'Token' });
  });

  it('has a test user without a password', async () => {
    const body = { password: 'whatever it is', new_password: 'another password' };
    expect(await http.post('/v1/auth/password', body)).toEqual(
      domainError(403, 'ReauthenticationRequiredError', 'Password or a fresh token required', '/v1/auth/password'),
    );
  });

  it('starts again over the same test user', async () => {
    const again = await Http.start({ env: { AUTH_MODE: 'open' }, connection: http.connection });
    expect((await again.get(SESSIONS)).status).toBe(200);
    await again.close();
  });

  it('is off unless asked for', async () => {
    const closed = await Http.start({ connection: http.connection });
    expect(await closed.get(SESSIONS)).toEqual(unauthorized('Authorization header missing'));
    await closed.close();
  });

  describe('is named where it would help', () => {
    const hint = 'Get a token from POST /v1/auth/signup, or start the server with AUTH_MODE=open, which asks for none';
    const answers = async (env: Record<string, string>) => {
      const server = await Http.start({ connection: http.connection, env });
      try {
        return [
          (await server.get(SESSIONS)).body,
          (await knock(server.url, '/v1/ws/timers')).body,
          (await server.call({ method: 'GET', path: SESSIONS, headers: { Authorization: 'Bearer abc' } })).body,
        ];
      } finally {
        await server.close();
      }
    };
    const details = ['Authorization header missing', 'Authorization header missing', 'Invalid token: malformed'];

    it('by a hint beside the detail of a 401, in development', async () => {
      expect(await answers({ NODE_ENV: 'development' })).toEqual(details.map((detail) => ({ detail, hint })));
    });

    it('nowhere else', async () => {
      const production = { NODE_ENV: 'production', PUBLIC_URL: 'https://timer.example', JWT_SECRET: 'x'.repeat(32) };
      const plain = details.map((detail) => ({ detail }));
      expect(await answers(production)).toEqual(plain);
      expect(await answers({ NODE_ENV: 'test' })).toEqual(plain);
      expect(await answers({ NODE_ENV: 'development', AUTH_MODE: 'open' })).not.toContainEqual(
        expect.objectContaining({ hint }),
      );
      const server = await Http.start({ connection: http.connection, env: { NODE_ENV: 'development' } });
      const login = await server.logIn('nobody@example.com');
      expect([login.status, login.body]).toEqual([401, { detail: 'Invalid email or password' }]);
      expect((await server.call({ path: '/v1/user/timer/start/' })).body).not.toHaveProperty('hint');
      await server.close();
    });

    it('by the banner, in development', () => {
      const banner = (env: Record<string, string>) => welcome(readSettings(env), 8000);
      expect(banner({})).toContain('AUTH_MODE=open npm start');
      expect(banner({ AUTH_MODE: 'open' })).toContain('AUTH_MODE=open: calls of v1 without a token are the test user');
      const production = { NODE_ENV: 'production', PUBLIC_URL: 'https://timer.example', JWT_SECRET: 'x'.repeat(32) };
      expect(banner(production)).not.toContain('AUTH_MODE');
    });
  });

  it('is refused in production', () => {
    const production = { NODE_ENV: 'production', PUBLIC_URL: 'https://timer.example', JWT_SECRET: 'x'.repeat(32) };
    expect(() => readSettings({ ...production, AUTH_MODE: 'open' })).toThrow(
      'AUTH_MODE: open is for development, production refuses it',
    );
    expect(readSettings(production).auth.mode).toBe('required');
  });
});
