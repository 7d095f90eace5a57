import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DataSource } from 'typeorm';

import { ServiceUnavailableError } from '../../src/common/errors.js';
import { packageRoot } from '../../src/common/package.js';
import { IdempotencyKeyInUseError } from '../../src/idempotency/errors.js';
import { KeptAnswers } from '../../src/idempotency/kept-answers.js';
import { Readiness } from '../../src/database/readiness.js';
import { RoomStore } from '../../src/rooms/rooms/room-store.js';
import { knock } from '../support/sockets.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { send } from '../support/send.js';

const DETAIL = { malformed: 'Malformed request', failed: 'Internal server error' };

/** Answers that are documented and that no other test has a reason to ask for. */
describe('rare answers are as documented', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({ env: { RATE_LIMIT_ENABLED: 'false' } });
  });

  afterEach(() => jest.restoreAllMocks());
  afterAll(() => app.close());

  const get = (path: string, headers: Record<string, string> = {}) => fetch(`${app.url}${path}`, { headers });

  it.each([
    ['/v1/timers/%zz', { detail: DETAIL.malformed }],
    ['/assets/%zz', { detail: DETAIL.malformed }],
    ['/api/v1/rooms/%zz', { status: 'error', error: { code: 'BAD_REQUEST', message: DETAIL.malformed } }],
  ])('a broken escape: %s', async (path, body) => {
    const answer = await get(path);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual(body);
  });

  it('a share URL for programs, also when the database is away or something is broken', async () => {
    const made = await send(app.url, 'POST', '/api/v1/rooms', { body: { room_name: 'team-alpha' } });
    const { room_id: id } = (made.body as { data: { room_id: string } }).data;
    const json = { Accept: 'application/json' };
    expect((await get(`/room/${id}`, json)).status).toBe(200);
    expect((await get('/room/nowhere', json)).status).toBe(404);
    jest.spyOn(app.app.get(RoomStore), 'use').mockRejectedValueOnce(new ServiceUnavailableError());
    expect((await get(`/room/${id}`, json)).status).toBe(503);
    jest.spyOn(app.app.get(RoomStore), 'use').mockRejectedValueOnce(new Error('broken'));
    expect(await (await get(`/room/${id}`, json)).json()).toEqual({ detail: DETAIL.failed });
  });

  it('a timer added by hand, in a zone that there is not', async () => {
    const account = { email: 'hand@example.com', password: 'correct horse' };
    const { body } = await send(app.url, 'POST', '/v1/auth/signup', { body: account });
    const { access_token: token } = body as { access_token: string };
    const work = { schedule_id: null, segments: [{ start: '2026-01-28T10:00:00Z', end: '2026-01-28T11:00:00Z' }] };
    const add = (query: string) => send(app.url, 'POST', `/v1/timers/manual${query}`, { body: work, token });
    expect((await add('?timezone=Mars')).status).toBe(400);
    expect((await add('')).status).toBe(201);
  });

  it('a key that is in use', async () => {
    const account = { email: 'key@example.com', password: 'correct horse', cookie: true };
    await send(app.url, 'POST', '/v1/auth/signup', { body: account });
    const { body } = await send(app.url, 'POST', '/v1/auth/login', { body: account });
    const { access_token: token } = body as { access_token: string };
    const made = await send(app.url, 'POST', '/v1/tags/groups', { body: { name: 'Study', color: '#abc' }, token });
    const tag = { name: 'Maths', color: '#abc', group_id: (made.body as { id: string }).id, description: 'Numbers' };
    expect((await send(app.url, 'POST', '/v1/tags', { body: tag, token })).status).toBe(201);
    jest.spyOn(app.app.get(KeptAnswers, { strict: false }), 'once').mockRejectedValue(new IdempotencyKeyInUseError());
    const headers = {
      'Content-Type': 'application/json',
      'Idempotency-Key': 'a key that is in use'.replaceAll(' ', '-'),
    };
    const calls = { '/v1/tags': { ...tag, name: 'Art' }, '/api/v1/rooms': { room_name: 'team-alpha' } };
    for (const [path, sent] of Object.entries(calls)) {
      const authorization = path.startsWith('/v1/') ? { Authorization: `Bearer ${token}` } : {};
      const init = { method: 'POST', headers: { ...headers, ...authorization }, body: JSON.stringify(sent) };
      const answer = await fetch(`${app.url}${path}`, init);
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([409, '1']);
    }
  });

  it('a handshake while the database is away', async () => {
    const account = { email: 'rare@example.com', password: 'correct horse' };
    const { body } = await send(app.url, 'POST', '/v1/auth/signup', { body: account });
    const { access_token: token } = body as { access_token: string };
    await send(app.url, 'GET', '/v1/users/me', { token });
    jest.spyOn(app.app.get(DataSource), 'query').mockRejectedValueOnce(new ServiceUnavailableError());
    const refusal = await knock(app.url, `/v1/ws/timers?token=${token}`);
    expect(refusal.status).toBe(503);
    expect(refusal.headers['retry-after']).toBe('1');
  });

  it('files of the pages, of each kind', async () => {
    const names = readdirSync(join(packageRoot, 'dist', 'web', 'assets'));
    for (const kind of ['.js', '.css', '.svg']) {
      const name = names.find((file) => file.endsWith(kind)) ?? '';
      expect((await get(`/assets/${name}`)).status).toBe(200);
    }
  });

  it('not ready, while the server stops', async () => {
    app.app.get(Readiness).drain();
    const answer = await get('/health/ready');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ status: 'not ready' });
  });
});
