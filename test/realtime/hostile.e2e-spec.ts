import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { Hub } from '../../src/realtime/hub/hub.js';
import { until } from '../support/server.js';
import {
  type Device,
  type Frame,
  hangUpAll,
  knock,
  NOON,
  type Person,
  raw,
  type Sockets,
  startSockets,
  startTimer,
} from '../support/sockets.js';

let sockets: Sockets;
let person: Person;
/** Somebody else, who must not notice. */
let bystander: Device;

beforeAll(async () => {
  sockets = await startSockets({ env: { RATE_LIMIT_ENABLED: 'true' } });
  person = await sockets.signUp();
  bystander = await (await sockets.signUp()).connect();
});
afterEach(async () => {
  expect(await bystander.ask({ type: 'ping' })).toMatchObject({ type: 'pong' });
  await hangUpAll(bystander);
});
afterAll(async () => {
  await hangUpAll();
  await sockets.close();
});

const invalid = (message: string): Frame => ({
  type: 'error',
  payload: { code: 'INVALID_MESSAGE', message },
  timestamp: NOON,
});

const NO_OBJECT = 'Message is not a JSON object';

/** One frame of a client as bytes, masked with zeros. */
function frameOf(firstByte: number, payload: Buffer | string): Buffer {
  const body = Buffer.from(payload);
  const length =
    body.length < 126 ? Buffer.from([0x80 | body.length]) : Buffer.from([0xfe, body.length >> 8, body.length & 255]);
  return Buffer.concat([Buffer.from([firstByte]), length, Buffer.alloc(4), body]);
}

/** The stream beneath a device: what a library would not send. */
const streamOf = (device: Device) => (device.socket as unknown as { _socket: NodeJS.WritableStream })._socket;

/** What the process still holds, in MiB. */
async function heapAfterCollection(): Promise<number> {
  await sleep(50);
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1_048_576;
}

describe('frames that say nothing', () => {
  it.each([
    ['no JSON', 'hello', NO_OBJECT],
    ['nothing', '', NO_OBJECT],
    ['half of it', '{"type":', NO_OBJECT],
    ['an array', '[]', NO_OBJECT],
    ['an array of commands', '[{"type":"ping"}]', NO_OBJECT],
    ['null', 'null', NO_OBJECT],
    ['a number', '1', NO_OBJECT],
    ['a text', '"ping"', NO_OBJECT],
    ['no type', '{}', 'Message has no type'],
    ['a payload that is none', '{"type":"timer.sync","payload":[]}', 'payload must be an object'],
    ['a payload of null', '{"type":"timer.sync","payload":null}', 'payload must be an object'],
  ])('%s', async (_what, frame, message) => {
    const device = await person.connect();
    device.say(frame);
    expect(await device.heard()).toEqual([invalid(message)]);
  });

  it('binary: JSON in UTF-8 is as good as text, anything else is none', async () => {
    const device = await person.connect();
    device.say(Buffer.from('{"type":"ping","id":"b"}'));
    device.say(Buffer.from([0xff, 0xfe, 0x00]));
    device.say(randomBytes(1_000));
    expect(await device.heard()).toEqual([
      { type: 'pong', payload: { server_time: Date.parse(NOON) }, timestamp: NOON, id: 'b' },
      invalid(NO_OBJECT),
      invalid(NO_OBJECT),
    ]);
  });

  it.each([
    ['a deep one', '['.repeat(100_000)],
    ['a deep payload', `{"type":"timer.sync","payload":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`],
    ['a deep type', `{"type":${'['.repeat(50_000)}${']'.repeat(50_000)}}`],
    ['a prototype', '{"type":"ping","__proto__":{"x":1},"constructor":{"prototype":{"x":1}}}'],
    ['surrogates', '{"type":"\\ud800"}'],
    ['a type of __proto__', '{"type":"__proto__"}'],
    ['a type of toString', '{"type":"toString"}'],
  ])('%s is answered, and the next one too', async (_what, frame) => {
    const device = await person.connect();
    device.say(frame);
    expect(await device.heard()).toHaveLength(1);
  });

  it('an unknown type is said back, cut at 100 characters', async () => {
    const device = await person.connect();
    device.say({ type: 'x'.repeat(1_000), id: 'u' });
    expect(await device.heard()).toEqual([
      {
        type: 'error',
        payload: { code: 'UNKNOWN_TYPE', message: `Unknown message type: '${'x'.repeat(100)}'` },
        timestamp: NOON,
        id: 'u',
      },
    ]);
  });
});

describe('frames that are too much', () => {
  it('1 MB closes with 1009', async () => {
    const device = await person.connect();
    device.say(`{"type":"ping","payload":{"sent_at":"${'a'.repeat(1_048_576)}"}}`);
    expect(await device.closed).toMatchObject({ code: 1009 });
  });

  it('128 KiB are heard, a byte more is not', async () => {
    const device = await person.connect();
    const frame = (length: number) => `{"a":"${'a'.repeat(length - 8)}"}`;
    device.say(frame(131_072));
    expect(await device.heard()).toEqual([invalid('Message has no type')]);
    device.say(frame(131_073));
    expect(await device.closed).toMatchObject({ code: 1009 });
  });

  it('20,000 fragments end the connection; 64 are a message', async () => {
    const device = await person.connect();
    const text = '{"type":"ping","id":"f"}'.padEnd(64);
    streamOf(device).write(
      Buffer.concat(
        Array.from(text, (character, index) => frameOf((index === 63 ? 0x80 : 0) | (index === 0 ? 1 : 0), character)),
      ),
    );
    expect(await device.next()).toMatchObject({ type: 'pong', id: 'f' });
    streamOf(device).write(
      Buffer.concat(Array.from({ length: 20_000 }, (_, index) => frameOf(index === 0 ? 1 : 0, ' '))),
    );
    expect([1006, 1008]).toContain((await device.closed).code);
  });

  it.each([
    ['text that is no UTF-8', frameOf(0x81, Buffer.from([0xff])), 1007],
    ['an unknown opcode', frameOf(0x83, 'x'), 1002],
    ['a reserved bit', frameOf(0xc1, 'x'), 1002],
    ['an unmasked frame', Buffer.from([0x81, 1, 0x7b]), 1002],
  ])('%s ends the connection', async (_what, bytes, code) => {
    const device = await person.connect();
    streamOf(device).write(bytes);
    expect(await device.closed).toMatchObject({ code });
  });

  it('the 121st message within 10 s is answered with an error once, more are ignored, the 241st closes', async () => {
    const device = await person.open();
    await until(() => device.frames.length === 2, 3_000);
    for (let index = 1; index <= 240; index += 1) device.say({ type: 'ping', id: index });
    await until(() => device.frames.some(({ type }) => type === 'error'), 3_000);
    await sleep(100);
    const heard = device.frames.slice(2);
    expect(heard.map(({ id }) => id)).toEqual([...Array.from({ length: 120 }, (_, index) => index + 1), undefined]);
    expect(heard.at(-1)).toEqual({
      type: 'error',
      payload: { code: 'RATE_LIMIT_EXCEEDED', message: 'Too many messages' },
      timestamp: NOON,
    });
    device.say({ type: 'ping' });
    expect(await device.closed).toMatchObject({ code: 4029 });
  });

  it('a flood of pings is ended, and not answered without end', async () => {
    const device = await person.connect();
    let pongs = 0;
    device.socket.on('pong', () => (pongs += 1));
    for (let index = 0; index < 5_000; index += 1) device.socket.ping('x'.repeat(125));
    expect([1006, 4029]).toContain((await device.closed).code);
    expect(pongs).toBeLessThanOrEqual(240);
  });

  it('the 241st ping within 10 s closes, too, however well they are read', async () => {
    const device = await person.connect();
    let pongs = 0;
    device.socket.on('pong', () => {
      pongs += 1;
      device.socket.ping();
    });
    device.socket.ping();
    expect(await device.closed).toMatchObject({ code: 4029 });
    expect(pongs).toBeGreaterThanOrEqual(240);
    expect(pongs).toBeLessThanOrEqual(241);
  });
});

it('all of it again and again, on many sockets at once: memory flat, and a bystander is answered as before', async () => {
  const free = await startSockets();
  try {
    const [villain, other] = [await free.signUp(), await (await free.signUp()).connect()];
    const fragments = Buffer.concat(Array.from({ length: 20_000 }, (_, index) => frameOf(index === 0 ? 1 : 0, ' ')));
    const worst: ((device: Device) => void)[] = [
      (device) => {
        device.say(`{"type":"ping","payload":{"sent_at":"${'a'.repeat(1_048_576)}"}}`);
      },
      (device) => streamOf(device).write(fragments),
      (device) => {
        for (let turn = 0; turn < 20; turn += 1) device.say('['.repeat(100_000));
      },
      (device) => {
        for (let turn = 0; turn < 200; turn += 1) device.say(randomBytes(1_000));
      },
    ];
    const round = async () => {
      const bad = await Promise.all(worst.map(() => villain.connect()));
      for (const [index, device] of bad.entries()) worst[index]?.(device);
      for (let turn = 0; turn < 5; turn += 1) {
        const startedAt = performance.now();
        expect(await other.ask({ type: 'ping' })).toMatchObject({ type: 'pong' });
        latencies.push(performance.now() - startedAt);
      }
      for (const device of bad) device.hangUp();
      await Promise.all(bad.map(({ closed }) => closed));
    };
    const latencies: number[] = [];
    for (let turn = 0; turn < 3; turn += 1) await round();
    const before = await heapAfterCollection();
    for (let turn = 0; turn < 8; turn += 1) await round();
    expect((await heapAfterCollection()) - before).toBeLessThan(10);
    const sorted = latencies.sort((one, next) => one - next);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(3 * 250);
  } finally {
    await hangUpAll(bystander);
    await free.close();
  }
});

it('10,000 unauthenticated upgrades: refused, memory flat', async () => {
  const waves = async (count: number) => {
    for (let wave = 0; wave < count; wave += 1) {
      const statuses = await Promise.all(
        Array.from({ length: 100 }, () => knock(sockets.url, '/v1/ws/timers').then(({ status }) => status)),
      );
      expect(statuses.every((status) => status === 401 || status === 429)).toBe(true);
    }
  };
  await waves(20);
  const before = await heapAfterCollection();
  await waves(80);
  const after = await heapAfterCollection();
  expect(after - before).toBeLessThan(10);
  const open = await new Promise<number>((resolve, reject) => {
    sockets.app.getHttpServer().getConnections((error: Error | null, count: number) => {
      if (error) reject(error);
      else resolve(count);
    });
  });
  expect(open).toBeLessThan(20);
});

/** 30 kB each: more than the buffers of the kernel take. */
const ROUNDS = 600;

describe('who does not read', () => {
  let free: Sockets;
  let owner: Person;

  beforeAll(async () => {
    free = await startSockets();
    owner = await free.signUp();
  });
  afterAll(async () => {
    await free.close();
  });

  /** Somebody whose list is an answer of 2 MB. */
  async function withLargeTimers(): Promise<Person> {
    const someone = await free.signUp();
    await free.dataSource.query(
      `INSERT INTO timers (id, user_id, origin, status, title, description, allocated_duration, elapsed_time, started_at,
         paused_at, history, revision, created_at, updated_at)
       SELECT gen_random_uuid(), $1, 'v1', 'paused', i::text, repeat('a', 10000), 60, 0,
         now(), now(), '[]', 1, now(), now() FROM generate_series(1, 200) AS i`,
      [someone.id],
    );
    return someone;
  }

  it('is dropped with more than 1 MiB of broadcasts waiting; others hear everything', async () => {
    const reader = await owner.connect();
    const stalled = await owner.connect();
    stalled.socket.pause();
    const description = '가'.repeat(10_000);
    const id = await startTimer(owner, { description });
    for (let round = 0; round < ROUNDS; round += 1) {
      await owner.call('PATCH', `/v1/timers/${id}`, { title: String(round) });
    }
    await free.settle();
    const revisions = (await reader.heard()).map(({ payload }) => ((payload as Frame)['timer'] as Frame)['revision']);
    expect(revisions).toEqual(Array.from({ length: ROUNDS + 1 }, (_, index) => index + 1));
    stalled.socket.resume();
    expect([1006, 1013]).toContain((await stalled.closed).code);
    expect(stalled.frames.length).toBeLessThan(ROUNDS);
    const again = await owner.open();
    expect(await again.heard()).toMatchObject([{ type: 'connected' }, { payload: { count: 1 } }]);
  });

  it('is not read either while 256 KiB of its frames wait: the rest stays with it', async () => {
    const someone = await withLargeTimers();
    const device = await someone.connect();
    device.socket.pause();
    // Answers of 2 MB each, so that what follows has to wait.
    for (let index = 0; index < 8; index += 1) device.say({ type: 'timer.sync', id: `list ${index}` });
    const frame = JSON.stringify({ type: 'ping', payload: { filler: 'a'.repeat(100_000) }, id: 'x'.repeat(200) });
    const frames = 500;
    for (let index = 0; index < frames; index += 1) device.say(frame);
    await sleep(1_000);
    // The kernel's buffers of both ends take some of it.
    expect(device.socket.bufferedAmount).toBeGreaterThan((frames * frame.length) / 2);
    const left = device.socket.bufferedAmount;
    await sleep(500);
    expect(device.socket.bufferedAmount).toBe(left);
    device.socket.resume();
    await until(() => device.frames.length >= 2 + 8 + frames, 20_000);
    expect(device.socket.bufferedAmount).toBe(0);
    expect(device.frames.slice(-frames).every(({ type }) => type === 'pong')).toBe(true);
  });

  it('is dropped with more than 1 MiB of broadcasts held back behind its own answer', async () => {
    const someone = await withLargeTimers();
    const device = await someone.connect();
    const connection = [...free.app.get(Hub).listenersOf(`user:${someone.id}`)][0];
    connection?.hold();
    const id = await startTimer(someone, { description: '가'.repeat(10_000) });
    for (let round = 0; round < 40; round += 1) {
      await someone.call('PATCH', `/v1/timers/${id}`, { title: String(round) });
    }
    expect(await device.closed).toMatchObject({ code: 1013 });
  });

  it('is answered no faster than it reads', async () => {
    const someone = await withLargeTimers();
    const device = await someone.connect();
    device.socket.pause();
    const [asked, mostAtOnce] = [30, 8];
    const [connection] = [...free.app.get(Hub).listenersOf(`user:${someone.id}`)];
    if (connection === undefined) throw new Error('the device has no connection');
    const send = jest.spyOn(connection, 'send');
    for (let index = 0; index < asked; index += 1) device.say({ type: 'timer.sync', id: index });
    // Of 2 MB each: those that fit into the kernel's buffers, and the one that waits. The next one is not made.
    await until(() => send.mock.calls.length > 0, 10_000);
    await sleep(1_000);
    expect(send.mock.calls.length).toBeLessThanOrEqual(mostAtOnce);
    device.socket.resume();
    await until(() => device.frames.at(-1)?.['id'] === asked - 1, 25_000);
    expect(send).toHaveBeenCalledTimes(asked);
    const ids = device.frames.flatMap(({ id }) => (typeof id === 'number' ? [id] : []));
    expect(ids).toEqual(Array.from({ length: asked }, (_, index) => index));
  });
});

it('a peer that vanishes without a word leaves nothing behind', async () => {
  const socket = raw(sockets.url);
  socket.write('GET /v1/ws/timers HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n');
  socket.destroy();
  const device = await person.open();
  device.hangUp();
  await device.closed;
});
