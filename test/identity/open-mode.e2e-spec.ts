import { readSettings } from '../../src/config/settings.js';
import { knock } from '../realtime/support.js';
import { domainError, Http, OK, reply, unauthorized } from './http.js';

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

  it('is refused in production', () => {
    const production = { NODE_ENV: 'production', PUBLIC_URL: 'https://timer.example', JWT_SECRET: 'x'.repeat(32) };
    expect(() => readSettings({ ...production, AUTH_MODE: 'open' })).toThrow(
      'AUTH_MODE: open is for development, production refuses it',
    );
    expect(readSettings(production).auth.mode).toBe('required');
  });
});
