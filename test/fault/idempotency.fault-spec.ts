import { createDatabase, urlOf } from '../support/database.js';
import { FROM_DIST, Server } from '../support/server.js';

const KEY = 'the-key-that-fifty-senders-use';
const BODY = JSON.stringify({ allocated_duration: 1_500, title: 'once' });

/** docs/spec/extensions.md#idempotency, over two processes and the end of both. */
describe('one Idempotency-Key over two instances', () => {
  let env: Record<string, string>;
  let servers: Server[];
  let urls: string[];
  let token: string;

  const start = async () => {
    servers = [0, 1].map(() => new Server({ env, command: FROM_DIST }));
    urls = await Promise.all(servers.map((server) => server.listening()));
  };
  const create = async (index: number, body = BODY) => {
    const response = await fetch(`${urls[index % urls.length] ?? ''}/v1/timers`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', 'Idempotency-Key': KEY },
      body,
    });
    const replayed = response.headers.get('idempotency-replayed') === 'true';
    return { status: response.status, replayed, text: await response.text() };
  };
  const active = async () => {
    const response = await fetch(`${urls[0] ?? ''}/v1/timers`, { headers: { Authorization: `Bearer ${token}` } });
    return (await response.json()) as { id: string }[];
  };

  beforeAll(async () => {
    const connection = await createDatabase();
    env = { DATABASE_URL: urlOf(connection), JWT_SECRET: 'one secret for both instances, long enough' };
    await start();
    const response = await fetch(`${urls[0] ?? ''}/v1/auth/signup`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email: 'fifty@example.com', password: 'correct horse battery' }),
    });
    token = ((await response.json()) as { access_token: string }).access_token;
  }, 60_000);

  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
  });

  it('fifty sends make one timer and equal answers; so does a fifty-first after both were killed', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => create(index)));
    const done = answers.filter(({ status }) => status === 201);
    expect(answers.filter(({ status }) => status !== 201 && status !== 409)).toEqual([]);
    expect(new Set(done.map(({ text }) => text)).size).toBe(1);
    expect(done.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(await active()).toHaveLength(1);

    await Promise.all(servers.map((server) => server.kill()));
    await start();
    const again = await create(1);
    expect(again).toEqual({ status: 201, replayed: true, text: done[0]?.text });
    expect((await create(0, JSON.stringify({ allocated_duration: 60 }))).status).toBe(422);
    expect(await active()).toHaveLength(1);
  }, 60_000);
});
