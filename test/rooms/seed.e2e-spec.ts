import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { createContext, runInContext } from 'node:vm';
import ts from 'typescript';
import { WebSocket } from 'ws';

import { type Frame, hangUpAll } from '../support/sockets.js';
import { describeWithSeed, seedPath } from '../support/seeds.js';
import { until } from '../support/server.js';
import { type House, roomTimer, startHouse, type TestRoom } from '../support/rooms.js';

/** The seed's samples as printed; only the address and the room's id are those of this run. */

const SEED = seedPath('focus-mate-rooms.md');
const ADDRESS = 'localhost:8000';
const PRINTED_ID = '550e8400-e29b-41d4-a716-446655440000';

const run = promisify(execFile);

/** The code of a section, by the language it is printed in. */
function printed(heading: string, language: string): string[] {
  const section =
    readFileSync(SEED, 'utf8')
      .split(`${heading} `)[1]
      ?.split(/\n#{2,4} /)[0] ?? '';
  return [...section.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, code]) => code ?? '');
}

describeWithSeed(SEED, 'the seed’s samples, as printed', () => {
  let house: House;
  let room: TestRoom;
  const sockets: WebSocket[] = [];
  /** Pages that are left: the printed class comes back even then. */
  const pages: { isLeft: boolean }[] = [];

  beforeAll(async () => {
    house = await startHouse();
  });
  beforeEach(async () => {
    room = await house.create();
  });
  afterEach(async () => {
    for (const visit of pages.splice(0)) visit.isLeft = true;
    for (const socket of sockets.splice(0)) socket.terminate();
    await hangUpAll();
  });
  afterAll(() => house.close());

  const here = (code: string, roomId: string) =>
    code.replaceAll(ADDRESS, new URL(house.url).host).replaceAll(PRINTED_ID, roomId);

  /** What a page of this server logs and waits for while it runs a script. */
  function page(script: string) {
    const [logged, waited]: [unknown[][], number[]] = [[], []];
    const visit = { isLeft: false };
    pages.push(visit);
    class Socket extends WebSocket {
      constructor(address: string) {
        super(address, { origin: house.url });
        sockets.push(this);
      }
    }
    // What is logged has the prototypes of the page.
    const log = (...words: unknown[]) => logged.push(JSON.parse(JSON.stringify(words)) as unknown[]);
    const context = createContext({
      console: { log, error: log },
      setTimeout: (act: () => void, ms: number) => {
        waited.push(ms);
        if (!visit.isLeft) setTimeout(act, 1);
      },
      ...{ WebSocket: Socket, handleMessage: (message: unknown) => log('handled', message) },
    });
    const result: unknown = runInContext(script, context);
    return { logged, waited, result };
  }

  it('7.1: creates a room with curl, starts its timer with curl, and hears of it on a socket', async () => {
    const [walkThrough = ''] = printed('### 7.1', 'bash');
    const [create = '', start = ''] = walkThrough.match(/^curl .*?[^\\]$(?=\n\n)/gms) ?? [];
    const script = walkThrough.slice(walkThrough.indexOf('const ws'));
    expect([create, start, script].map((part) => part.split('\n').length)).toEqual([7, 3, 6]);

    const { stdout: created } = await run('bash', ['-c', here(create, '')]);
    const answer = JSON.parse(created) as { data: { room_id: string } };
    const { room_id: roomId } = answer.data;
    expect(answer).toMatchObject({
      status: 'success',
      data: { room_name: 'team-alpha', work_duration: 1_500, break_duration: 300, auto_start_break: true },
      message: 'Room created successfully',
    });

    const { stdout: started } = await run('bash', ['-c', here(start, roomId)]);
    const running = roomTimer({
      ...{ status: 'running', started_at: house.at(), target_timestamp: house.at(1_500), revision: 2 },
    });
    expect(JSON.parse(started)).toEqual({ status: 'success', data: running, message: 'Timer started successfully' });

    const { logged } = page(here(script, roomId));
    await until(() => logged.length === 3, 5_000);
    expect(logged[0]).toEqual(['Timer update:', expect.objectContaining({ event: 'timer_update', data: running })]);
    expect(logged.map(([, message]) => (message as Frame)['event'])).toEqual([
      'timer_update',
      'participant_list',
      'participant_update',
    ]);
  });

  it('4.1: connects, and hands every message on', async () => {
    const [connect = ''] = printed('### 4.1', 'javascript');
    const { logged } = page(here(connect, room.id));
    await until(() => logged.length === 4, 5_000);
    expect(logged[0]).toEqual(['Connected to room']);
    await room.call('DELETE', '', room.asHost);
    await house.settle();
    await until(() => logged.some(([text]) => text === 'Disconnected from room'), 5_000);
    expect(logged.at(-2)).toMatchObject(['handled', { event: 'error', error: { code: 'ROOM_NOT_FOUND' } }]);
  });

  it('4.2 and 4.3: every message to the server is answered as printed', async () => {
    const device = await room.enter();
    const [start, pause, resume, reset, ping] = printedMessages('### 4.2') as [Frame, Frame, Frame, Frame, Frame];
    const keysOf = (value: unknown) => Object.keys(value as object).sort();
    const [update, change, complete, pong, error] = printedMessages('### 4.3') as Frame[];
    for (const [frame, status] of [
      [start, 'running'],
      [pause, 'paused'],
      [resume, 'running'],
      [reset, 'idle'],
    ] as const) {
      device.say(frame);
      const answer = await device.next();
      expect(answer).toMatchObject({ event: 'timer_update', data: { status } });
      expect(keysOf(answer)).toEqual(expect.arrayContaining(keysOf(update)));
      expect(keysOf(answer['data'])).toEqual(expect.arrayContaining(keysOf(update?.['data'])));
    }
    device.say(ping);
    expect(await device.next()).toMatchObject({ event: pong?.['event'], timestamp: house.at() });
    device.say({ action: 'invalid_action' });
    expect(await device.next()).toEqual({ ...error, timestamp: house.at() });
    const joined = room.enter({ query: { name: 'Alice' } });
    const heard = await device.next();
    const { participant, ...facts } = change?.['data'] as Frame;
    expect(heard).toMatchObject({ event: change?.['event'], data: { ...facts, current_count: 2 } });
    expect(keysOf((heard['data'] as Frame)['participant'])).toEqual(keysOf(participant));
    await (await joined).heard();
    await room.timer('start');
    await device.next();
    await house.later(1_500);
    await house.tick();
    const { timestamp, ...over } = complete as Frame;
    expect(await device.next()).toMatchObject({ ...over, timestamp: house.at() });
    expect(typeof timestamp).toBe('string');
  });

  /** Every JSON of a section and those below it. */
  function printedMessages(heading: string): unknown[] {
    const section =
      readFileSync(SEED, 'utf8')
        .split(`${heading} `)[1]
        ?.split(/\n#{1,3} /)[0] ?? '';
    return [...section.matchAll(/```json\n(.*?)```/gs)].map(([, code]) => JSON.parse(code ?? '') as unknown);
  }

  describe('4.4: the client that reconnects', () => {
    const manager = (roomId: string) => {
      const [source = ''] = printed('### 4.4', 'typescript');
      const { outputText } = ts.transpileModule(source, { compilerOptions: { target: ts.ScriptTarget.ES2022 } });
      return page(here(`${outputText}\nnew WebSocketManager().connect('${roomId}')`, roomId));
    };

    it('comes back after a cut', async () => {
      const { logged, waited } = manager(room.id);
      await until(() => logged.length === 1, 5_000);
      sockets[0]?.terminate();
      await until(() => sockets.length === 2 && logged.filter(([text]) => text === 'Connected').length === 2, 5_000);
      expect([logged.map(([text]) => text), waited]).toEqual([
        ['Connected', 'Disconnected', 'Reconnecting in 2000ms (attempt 1)', 'Connected'],
        [2_000],
      ]);
    });

    it('gives up after five refusals, which an accepted and then closed handshake would never let it', async () => {
      const { logged, waited } = manager(PRINTED_ID.replace('5', '6'));
      await until(() => logged.some(([text]) => text === 'Max reconnect attempts reached'), 5_000);
      expect([sockets.length, waited]).toEqual([6, [2_000, 4_000, 8_000, 16_000, 30_000]]);
      expect(logged.some(([text]) => text === 'Connected')).toBe(false);
    });
  });

  it('3: every key that an answer is printed with is there, and every error word for word', async () => {
    const sample = (heading: string, nth: number): Frame => {
      const section =
        readFileSync(SEED, 'utf8')
          .split(heading)[1]
          ?.split(/\n#### /)[0] ?? '';
      const codes = [...section.matchAll(/\*\*Response[^\n]*\n\n```json\n(.*?)```/gs)].map(([, code]) => code ?? '');
      return JSON.parse(codes[nth] ?? '') as Frame;
    };
    const has = (actual: unknown, expected: Frame) => {
      const keys = Object.keys(expected['data'] as object);
      expect(Object.keys((actual as { data: object }).data)).toEqual(expect.arrayContaining(keys));
      expect(actual).toMatchObject({ status: expected['status'] });
      expect((actual as Frame)['message']).toBe(expected['message']);
    };
    has(room.creation.body, sample('POST /api/v1/rooms\n', 0));
    const refused = await house.call('POST', '/api/v1/rooms', { body: { room_name: 'team alpha!' } });
    expect(refused.body).toMatchObject(sample('POST /api/v1/rooms\n', 1));
    has((await room.timer('start')).body, sample('timer/start', 0));
    has((await room.call('GET')).body, sample('GET /api/v1/rooms/{room_id}', 0));
    expect((await room.timer('start')).body).toEqual(sample('timer/start', 1));
    has((await room.timer('pause')).body, sample('timer/pause', 0));
    has((await room.timer('resume')).body, sample('timer/resume', 0));
    has((await room.timer('reset')).body, sample('timer/reset', 0));
    has((await room.call('GET', '/statistics')).body, sample('/statistics', 0));
    expect((await house.call('GET', `/api/v1/rooms/${PRINTED_ID}`)).body).toEqual(
      sample('GET /api/v1/rooms/{room_id}', 1),
    );
    const section = readFileSync(SEED, 'utf8').split('#### DELETE')[1] ?? '';
    const forbidden: unknown = JSON.parse(/```json\n(.*?)```/s.exec(section)?.[1] ?? '');
    expect((await room.call('DELETE')).body).toEqual(forbidden);
    const health = JSON.parse(
      /#### GET \/health.*?```json\n(.*?)```/s.exec(readFileSync(SEED, 'utf8'))?.[1] ?? '',
    ) as object;
    expect(Object.keys((await house.call('GET', '/health')).body as object)).toEqual(Object.keys(health));
  });
});
