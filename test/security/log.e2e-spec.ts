import { Http, PASSWORD, type Tokens } from '../support/http.js';
import { until } from '../support/server.js';
import { hangUpAll, knock, open } from '../support/sockets.js';

/**
 * Secrets in every place where they can travel, also where they do not belong, and through failures whose texts quote
 * them: the log has none of it (docs/architecture.md#logs-and-secrets).
 */

const SECRET = 'zq-s3cr3t';
let number = 0;
const secret = (): string => `${SECRET}-${(number += 1)}`.padEnd(24, 'x');

let http: Http;
let me: Tokens & { email: string };

beforeAll(async () => {
  http = await Http.start();
  me = await http.signUp();
});
afterAll(async () => {
  await hangUpAll();
  await http.close();
});

const expectSilence = (): void => {
  const log = http.lines.join('');
  expect(log).toContain('"msg":"request"');
  const told = [SECRET, me.access_token, me.refresh_token, PASSWORD].filter((text) => log.includes(text));
  expect(told).toEqual([]);
};

it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])(
  '%s with secrets in path, query, headers and body',
  async (method) => {
    const paths = [
      `/${secret()}`,
      `/v1/${secret()}`,
      `/v1/users/me/${secret()}`,
      `/v1/timers/${secret()}`,
      `/v1/calendar/${secret()}.ics`,
      `/api/v1/rooms/${secret()}`,
      `/room/${secret()}`,
      `/assets/${secret()}`,
      `/v1/user/manage/signin?auth=${secret()}&email=${secret()}@example.com`,
      `/v1/timers?token=${secret()}&cursor=${secret()}`,
      `/health?token=${secret()}`,
    ];
    const names = [
      'Authorization',
      'Cookie',
      'X-Host-Token',
      'X-Participant-Token',
      'Idempotency-Key',
      'Referer',
      'Origin',
    ];
    for (const path of paths) {
      const headers = Object.fromEntries(names.map((name) => [name, secret()]));
      const body = method === 'GET' ? undefined : { password: secret(), token: secret(), title: secret() };
      await http.call({ method, path, body, headers });
      await http.call({ method, path, body, headers: { Authorization: `Bearer ${secret()}` } });
      await http.call({ method, path, body, token: me.access_token });
      // An id that is not one of ours.
      await http.call({ method, path, headers: { 'X-Request-Id': `${secret()}/` } });
    }
    expectSilence();
  },
);

it('bodies that are none', async () => {
  for (const body of [`{"password": "${secret()}`, `[${JSON.stringify(secret())}]`, JSON.stringify(secret())]) {
    for (const path of ['/v1/auth/login', '/v1/auth/signup', '/v1/auth/refresh', '/v1/user/token/', '/api/v1/rooms']) {
      await http.call({ path, body });
    }
  }
  expectSilence();
});

it('sockets: refused handshakes, frames that fail, tokens to renew with', async () => {
  for (const target of [`/v1/ws/timers?token=${secret()}`, `/ws/room/${secret()}?token=${secret()}`, `/${secret()}`]) {
    await knock(http.url, target, { 'Sec-WebSocket-Protocol': `authorization.bearer.${secret()}`, Cookie: secret() });
  }
  const device = await open(http.url, { token: me.access_token });
  for (const type of ['timer.create', 'timer.pause', 'room.join', 'timer.sync', secret()]) {
    await device.ask({
      type,
      payload: { token: secret(), timer_id: secret(), room_id: secret() },
      idempotency_key: secret(),
    });
  }
  device.say({ type: 'auth.renew', payload: { token: secret() } });
  await device.closed;
  expectSilence();
});

describe('failures that nobody expected', () => {
  it('of the database, whose texts quote statements and values', async () => {
    const before = http.lines.length;
    await http.query(`ALTER TABLE sessions RENAME TO sessions_away`);
    await http.query(`ALTER TABLE legacy_tokens RENAME TO legacy_tokens_away`);
    try {
      const body = { email: `${secret()}@example.com`, password: secret() };
      const answers = [
        await http.post('/v1/auth/signup', body),
        await http.logIn(me.email),
        await http.post('/v1/auth/legacy-tokens', { label: secret() }, me.access_token),
        await http.call({ path: '/v1/user/timer/start/', headers: { Authorization: `Token ${'a'.repeat(40)}` } }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([500, 500, 500, 500]);
      for (const answer of answers)
        expect(JSON.stringify(answer.body)).not.toMatch(/sessions|legacy_tokens|zq-|SELECT/);
    } finally {
      await http.query(`ALTER TABLE sessions_away RENAME TO sessions`);
      await http.query(`ALTER TABLE legacy_tokens_away RENAME TO legacy_tokens`);
    }
    const lines = () => http.lines.slice(before).filter((line) => line.includes('unexpected error'));
    // An error that repeats is one line a second, with how often it occurred.
    const occurrences = () =>
      lines().reduce((sum, line) => sum + ((JSON.parse(line) as { times?: number }).times ?? 1), 0);
    await until(() => occurrences() === 4, 10_000);
    expectSilence();
  });

  it('of our own, whose texts we do not know', async () => {
    const { Accounts } = await import('../../src/identity/accounts/accounts.js');
    const text = secret();
    const spy = jest.spyOn(http.app.get(Accounts), 'logIn').mockRejectedValue(new Error(`cannot read ${text}`));
    const answer = await http.logIn(me.email);
    spy.mockRestore();
    expect(answer).toMatchObject({ status: 500, body: { error_type: 'InternalServerError' } });
    expect(JSON.stringify(answer.body)).not.toContain(text);
    expectSilence();
  });
});
