import { type AddressInfo, createServer, type Socket } from 'node:net';

import { startTestApp, type TestApp } from '../support/app.js';
import { createDatabase } from '../support/database.js';
import { through, wireTo } from '../support/wire.js';
import { answer, createPerson, ROW, send } from '../support/legacy.js';

const UNAVAILABLE = answer(503, '{"detail":"Service temporarily unavailable, try again","status":503,"data":{}}', {
  'retry-after': '1',
});
const CODE_MAIL = { path: '/v1/user/manage/signin/', body: 'email=ann@example.com' };

describe('legacy API without its database', () => {
  let app: TestApp;
  afterEach(() => app.close());

  it('answers 503 within 3 s, and as ever once the database is back', async () => {
    const connection = await createDatabase();
    const wire = wireTo(connection);
    const port = await wire.open();
    app = await startTestApp({ connection: through(connection, port) });
    const { auth } = await createPerson(app);
    const start = () => send(app.url, { path: '/v1/user/timer/start/', headers: auth, body: 'title=Math' });
    const stop = () => send(app.url, { path: '/v1/user/timer/stop/', headers: auth });
    expect(await start()).toEqual(ROW.ok);

    await wire.cut();
    const began = Date.now();
    const login = { path: '/v1/user/token/', body: 'username=ann@example.com&password=correcthorse' };
    const unknown = { path: '/v1/user/timer/stop/', headers: { Authorization: `Token ${'0'.repeat(40)}` } };
    const replies = [start(), stop(), send(app.url, unknown), send(app.url, login), send(app.url, CODE_MAIL)];
    for (const reply of await Promise.all(replies)) expect(reply).toEqual(UNAVAILABLE);
    expect(Date.now() - began).toBeLessThan(3 * 3_000);

    await wire.open(port);
    expect([ROW.ok, ROW.stopped]).toContainEqual(await stop());
    expect(await stop()).toEqual(ROW.stopped);
    await wire.cut();
  });
});

describe('legacy API with a fault of its own', () => {
  it('says nothing of the inside', async () => {
    const app = await startTestApp();
    const { auth } = await createPerson(app);
    await app.dataSource.query(`ALTER TABLE legacy_tokens RENAME TO gone`);
    expect(await send(app.url, { path: '/v1/user/timer/stop/', headers: auth })).toEqual(
      answer(500, '{"detail":"Internal server error","status":500,"data":{}}'),
    );
    await app.close();
  });
});

/** A server whose every answer comes just before the client loses patience. */
function drag(socket: Socket): void {
  const say = (line: string) => setTimeout(() => socket.write(line), 1_500);
  say('220 mail\r\n');
  socket.on('data', () => say('250 ok\r\n'));
}

describe('mailed codes without a mail server', () => {
  let app: TestApp | undefined;
  afterEach(() => app?.close());

  const production = {
    NODE_ENV: 'production',
    PUBLIC_URL: 'http://localhost:0',
    JWT_SECRET: 'x'.repeat(32),
    MAIL_FROM: 'metronome@example.com',
  };
  const codes = () => app?.dataSource.query(`SELECT 1 FROM mailed_codes`) as Promise<unknown[]>;

  it('are 503 in production', async () => {
    app = await startTestApp({ env: production });
    expect(await send(app.url, CODE_MAIL)).toEqual(UNAVAILABLE);
    expect(await codes()).toEqual([]);
  });

  it.each([
    ['is away', (socket: Socket) => socket.destroy()],
    ['says nothing', () => undefined],
    ['greets and says nothing more', (socket: Socket) => socket.write('220 mail\r\n')],
    ['drags every step', drag],
    ['refuses', (socket: Socket) => socket.write('421 closed\r\n')],
  ])('are 503 within 3 s when it %s, and count for nothing', async (_, behave: (socket: Socket) => unknown) => {
    const server = createServer((socket) => {
      behave(socket.on('error', () => undefined));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    app = await startTestApp({ env: { ...production, SMTP_URL: `smtp://127.0.0.1:${port}` } });
    const began = Date.now();
    const replies = await Promise.all(Array.from({ length: 3 }, () => send(app?.url ?? '', CODE_MAIL)));
    expect(replies).toEqual([UNAVAILABLE, UNAVAILABLE, UNAVAILABLE]);
    expect(Date.now() - began).toBeLessThan(3 * 3_000);
    expect(await codes()).toEqual([]);
    server.close();
  });
});
