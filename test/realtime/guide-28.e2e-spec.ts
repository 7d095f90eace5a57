import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createContext, runInContext } from 'node:vm';
import ts from 'typescript';
import { WebSocket } from 'ws';

import { describeWithSeed, seedPath } from '../support/seeds.js';
import { until } from '../support/server.js';
import { befriend } from '../support/people.js';
import {
  aChangeId,
  type Frame,
  hangUpAll,
  NOON,
  type Person,
  type Sockets,
  startSockets,
  timerObject,
} from '../support/sockets.js';

const GUIDE = seedPath('timer-guide-2026-01-28.md');

/** The class as the guide prints it. */
interface TimerWebSocket {
  connect(): void;
  createTimer(data: Frame): void;
  pauseTimer(timerId: string): void;
  resumeTimer(timerId: string): void;
  stopTimer(timerId: string): void;
  syncTimer(timerId?: string): void;
  disconnect(): void;
}

interface Printed {
  readonly TimerWebSocket: new (
    token: string,
    onMessage: (frame: Frame) => void,
    onError?: (error: unknown) => void,
    timezone?: string,
  ) => TimerWebSocket;
  readonly getTotalWorkTime: (history: readonly Frame[]) => number;
  readonly getPauseCount: (history: readonly Frame[]) => number;
}

describeWithSeed(GUIDE, "the guide's client, as printed", () => {
  let sockets: Sockets;
  let person: Person;
  /** What the page of a test has waited for, and the sockets it has opened. */
  let delays: number[];
  let opened: string[];
  /** Pages that are left: the printed class comes back even after its own `disconnect`. */
  const pages: { isLeft: boolean }[] = [];
  const clients: TimerWebSocket[] = [];

  beforeAll(async () => {
    sockets = await startSockets();
  });
  beforeEach(async () => {
    person = await sockets.signUp();
    delays = [];
    opened = [];
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) page.isLeft = true;
    for (const client of clients.splice(0)) client.disconnect();
    await hangUpAll();
  });
  afterAll(() => sockets.close());

  /** Extracted from the document, its types taken off, run on a page of this server. */
  function printed(url = sockets.url): Printed {
    const { protocol, host } = new URL(url);
    const [visit, waited, knocked] = [{ isLeft: false }, delays, opened];
    pages.push(visit);
    class Socket extends WebSocket {
      constructor(address: string) {
        super(address, { origin: url });
        knocked.push(address);
      }
    }
    const page = {
      window: { location: { protocol, host } },
      console: { log: () => undefined, error: () => undefined },
      setTimeout: (act: () => void, ms: number) => {
        waited.push(ms);
        if (!visit.isLeft) setTimeout(act, Math.min(ms, 20));
      },
      ...{ WebSocket: Socket, URLSearchParams, JSON, Math, Date },
    };
    const script = `${scripts()}\n({ TimerWebSocket, getTotalWorkTime, getPauseCount })`;
    return runInContext(script, createContext(page)) as Printed;
  }

  function connect(timezone?: string, token = person.token, from = printed()) {
    const heard: Frame[] = [];
    const errors: unknown[] = [];
    const client = new from.TimerWebSocket(
      token,
      // Objects of the page have prototypes of their own.
      (frame) => heard.push(JSON.parse(JSON.stringify(frame)) as Frame),
      (error) => errors.push(error),
      timezone,
    );
    clients.push(client);
    client.connect();
    const told = async (count: number) => {
      await until(
        () => heard.length >= count,
        5_000,
        () => JSON.stringify(heard),
      );
      return heard;
    };
    return { client, heard, errors, told };
  }

  it('connected, then the automatic list', async () => {
    const { told } = connect();
    expect(await told(2)).toEqual([
      {
        type: 'connected',
        payload: { user_id: person.id, message: 'Connected to timer WebSocket' },
        timestamp: NOON,
        change_id: aChangeId,
      },
      { type: 'timer.sync_result', payload: { timers: [], count: 0 }, from_user: person.id, timestamp: NOON },
    ]);
    expect(opened).toEqual([`${sockets.url.replace('http', 'ws')}/v1/ws/timers?token=${person.token}`]);
  });

  it('creates, pauses, resumes, stops and syncs, in the zone it asks for', async () => {
    const { client, told, heard } = connect('Asia/Seoul');
    await told(2);
    client.createTimer({
      allocated_duration: 3_600,
      ...{ title: '작업 타이머', description: '프로젝트 작업', schedule_id: null, todo_id: null, tag_ids: [] },
    });
    await told(3);
    const { timer } = heard[2]?.['payload'] as { timer: Frame };
    const id = String(timer['id']);
    client.pauseTimer(id);
    client.resumeTimer(id);
    client.stopTimer(id);
    client.syncTimer(id);
    client.syncTimer();
    await told(8);
    expect(heard.slice(2).map(({ type, payload }) => [type, (payload as Frame)['action']])).toEqual([
      ['timer.created', 'start'],
      ['timer.updated', 'pause'],
      ['timer.updated', 'resume'],
      ['timer.updated', 'stop'],
      ['timer.updated', 'sync'],
      ['timer.sync_result', undefined],
    ]);
    const local = '2026-03-02T21:00:00+09:00';
    const facts = { allocated_duration: 3_600, title: '작업 타이머', description: '프로젝트 작업' };
    const times = { started_at: local, created_at: local, updated_at: local, running_since: local };
    expect(timer).toEqual(timerObject(person, { ...facts, ...times, pause_history: [{ action: 'start', at: local }] }));
    expect(heard.every(({ timestamp }) => timestamp === local)).toBe(true);
  });

  it('an error leaves the connection open', async () => {
    const { client, told, heard } = connect();
    await told(2);
    client.createTimer({ allocated_duration: 60 });
    const { timer } = (await told(3))[2]?.['payload'] as { timer: { id: string } };
    client.stopTimer(timer.id);
    client.pauseTimer(timer.id);
    client.syncTimer();
    await told(6);
    expect(heard[4]).toEqual({
      type: 'error',
      payload: { code: 'PAUSE_FAILED', message: 'Cannot pause timer with status completed' },
      timestamp: NOON,
    });
    expect(heard[5]).toMatchObject({ type: 'timer.sync_result', payload: { count: 0 } });
  });

  it('two devices stay in step, and a friend is told', async () => {
    const friend = await sockets.signUp('Friend');
    await befriend(person, friend);
    const [one, two, friends] = [connect(), connect(), connect(undefined, friend.token)];
    await Promise.all([one.told(2), two.told(2), friends.told(2)]);
    one.client.createTimer({ allocated_duration: 1_800, title: '포모도로' });
    const [, , created] = await two.told(3);
    expect(created).toEqual((await one.told(3))[2]);
    const { id } = (created?.['payload'] as { timer: { id: string } }).timer;
    const [, , activity] = await friends.told(3);
    expect(activity).toMatchObject({
      type: 'timer.friend_activity',
      payload: { friend_id: person.id, action: 'start', timer_id: id, timer_title: '포모도로' },
      from_user: person.id,
    });
  });

  it('its sum over pause_history is elapsed_time', async () => {
    const page = printed();
    const { client, told, heard } = connect(undefined, person.token, page);
    await told(2);
    client.createTimer({ allocated_duration: 60 });
    await told(3);
    const { id } = (heard[2]?.['payload'] as { timer: { id: string } }).timer;
    let frames = 3;
    for (const act of ['pauseTimer', 'resumeTimer', 'pauseTimer', 'resumeTimer', 'stopTimer'] as const) {
      sockets.later(700);
      client[act](id);
      await told((frames += 1));
    }
    sockets.clock.ms = Date.parse(NOON);
    const { timer } = heard.at(-1)?.['payload'] as { timer: { elapsed_time: number; pause_history: Frame[] } };
    expect(timer.elapsed_time).toBe(2_100);
    expect(page.getTotalWorkTime(timer.pause_history)).toBe(2_100);
    expect(page.getPauseCount(timer.pause_history)).toBe(2);
  });

  it('after a cut it comes back 2 s later and is told the state', async () => {
    const { client, told } = connect();
    await told(2);
    client.createTimer({ allocated_duration: 60 });
    await told(3);
    const { ws } = client as unknown as { ws: WebSocket };
    ws.terminate();
    const heard = await told(5);
    expect(delays).toEqual([2_000]);
    expect(heard.slice(3)).toMatchObject([{ type: 'connected' }, { type: 'timer.sync_result', payload: { count: 1 } }]);
  });

  it('a refused handshake: five more knocks, 2, 4, 8, 16 and 32 s apart, then it is silent', async () => {
    const { errors } = connect(undefined, 'expired');
    await until(() => opened.length === 6, 5_000);
    await sleep(200);
    expect(opened).toHaveLength(6);
    expect(delays).toEqual([2_000, 4_000, 8_000, 16_000, 32_000]);
    expect(errors).toHaveLength(6);
  });

  it('after 1008 the same: its session has ended', async () => {
    const { told } = connect();
    await told(2);
    await person.call('POST', '/v1/auth/logout');
    await until(() => opened.length === 6, 5_000);
    await sleep(200);
    expect(opened).toHaveLength(6);
    expect(delays).toEqual([2_000, 4_000, 8_000, 16_000, 32_000]);
  });

  it('after 1001 it comes back while the server is away, and finds nobody', async () => {
    const house = await startSockets();
    const someone = await house.signUp();
    const { told } = connect(undefined, someone.token, printed(house.url));
    await told(2);
    await house.close();
    await until(() => opened.length === 6, 5_000);
    expect(delays).toEqual([2_000, 4_000, 8_000, 16_000, 32_000]);
  });
});

/** The blocks of the guide that a client is made of, as JavaScript; types are taken off, not checked. */
function scripts(): string {
  const blocks = [...readFileSync(GUIDE, 'utf8').matchAll(/```typescript\n(.*?)```/gs)].map(([, code = '']) => code);
  const wanted = ['class TimerWebSocket', 'function getTotalWorkTime'].map((text) => {
    const found = blocks.filter((code) => code.includes(text));
    if (found.length !== 1) throw new Error(`the guide has ${found.length} blocks with ${text}`);
    return found[0] ?? '';
  });
  const target = ts.ScriptTarget.ES2022;
  return ts.transpileModule(wanted.join('\n'), { compilerOptions: { target, module: ts.ModuleKind.ESNext } })
    .outputText;
}
