import { WebSocket } from 'ws';

import { readSettings } from '../../src/config/settings.js';
import { Device, type Frame, hangUpAll, knock, type Person, type Sockets, startSockets } from '../support/sockets.js';
import { HandClock } from '../support/domain.js';
import { until } from '../support/server.js';
import { befriend } from '../support/people.js';
import {
  describeGuide,
  filledIn,
  type HttpAnswer,
  membersOf,
  parseAsMeant,
  runInPage,
  sampleOf,
  sendPrinted,
  type Table,
} from './guide.js';

/** When the guide's samples were taken. */
const THEN = Date.parse('2026-01-28T10:00:00Z');

type Item = Record<string, unknown> & { readonly id: string };

// The class of the guide is run in realtime/guide-28, its hook in Chromium (browser/hooks-28).
describeGuide('timer-guide-2026-01-28.md', 'the guide of 2026-01-28', (samples) => {
  let sockets: Sockets;
  let tag: Item;
  let schedule: Item;
  let todo: Item;

  beforeAll(async () => {
    const env = { AUTH_MODE: 'open' };
    sockets = await startSockets({ env, clock: new HandClock(THEN) });
    const group = await make('/v1/tags/groups', { name: 'g', color: '#abc' });
    tag = await make('/v1/tags', { name: 'x', color: '#fff', group_id: group.id });
    const times = { start_time: '2026-01-28T10:00:00Z', end_time: '2026-01-28T11:00:00Z' };
    schedule = await make('/v1/schedules', { title: 's', ...times });
    todo = await make('/v1/todos', { title: 't', tag_group_id: group.id });
  });
  beforeEach(() => {
    sockets.clock.ms = THEN;
  });
  afterEach(() => hangUpAll());
  afterAll(() => sockets.close());

  const call = async (method: string, path: string, body?: unknown): Promise<HttpAnswer> => {
    const headers = { 'Content-Type': 'application/json' };
    const sent = body === undefined ? {} : { headers, body: JSON.stringify(body) };
    const response = await fetch(sockets.url + path, { method, ...sent });
    return { status: response.status, body: await response.json() };
  };
  const make = async (path: string, body: unknown): Promise<Item> => {
    const made = await call('POST', path, body);
    expect(made.status).toBe(201);
    return made.body as Item;
  };
  const atTime = (hours: number, minutes: number) => {
    sockets.clock.ms = Date.UTC(2026, 0, 28, hours, minutes);
  };
  const send = (heading: string, table: Table = []) =>
    sendPrinted(sockets.url, filledIn(sampleOf(samples, heading), table));

  it('has these samples, in this order', () => {
    expect(samples.filter(({ language }) => language !== '').map(({ heading }) => heading)).toEqual([
      ...['Timer', 'pause_history 예시', '연결', '연결 후 자동 동기화 (NEW!) 🔥'],
      ...['⚠️ 중요: CORS 설정', '⚠️ 중요: CORS 설정', '연결 성공 응답', '연결 성공 응답'],
      ...['타이머 생성 (timer.create)', '타이머 일시정지 (timer.pause)', '타이머 재개 (timer.resume)'],
      ...['타이머 종료 (timer.stop)', '타이머 동기화 요청 (timer.sync)'],
      ...['타이머 생성됨 (timer.created)', '타이머 업데이트됨 (timer.updated)'],
      ...['타이머 동기화 결과 (timer.sync_result)', '친구 활동 알림 (timer.friend_activity)', '에러 (error)'],
      ...['타이머 목록 조회', '현재 활성 타이머 조회', '타이머 상세 조회', '타이머 메타데이터 업데이트', '타이머 삭제'],
      ...['TypeScript 타입 정의', 'WebSocket 연결 및 타이머 제어', 'React Hook 예시', '2. CORS 설정 필수 ⚠️'],
      ...['5. pause_history 활용', '6. 연결 재시도'],
    ]);
  });

  describe('its REST half, without a token (AUTH_MODE=open)', () => {
    let timer: Item;

    it('현재 활성 타이머 조회: 404 when none is active', async () => {
      const detail = 'No active timer found';
      expect(await send('현재 활성 타이머 조회')).toMatchObject({ status: 404, body: { detail } });
    });

    it('lists, reads, edits and deletes', async () => {
      timer = await make('/v1/timers', { allocated_duration: 3_600, title: '작업 타이머' });
      const id: Table = [['{timer_id}', timer.id]];
      expect(await send('타이머 목록 조회')).toEqual({ status: 200, body: [timer] });
      expect(await send('현재 활성 타이머 조회')).toEqual({ status: 200, body: timer });
      expect(await send('타이머 상세 조회', id)).toEqual({ status: 200, body: timer });
      const edited = { title: '업데이트된 제목', description: '업데이트된 설명', revision: 2 };
      const answer = await send('타이머 메타데이터 업데이트', [...id, ['tag-uuid', tag.id]]);
      expect(answer).toEqual({ status: 200, body: { ...timer, ...edited } });
      expect(await call('GET', `/v1/timers/${timer.id}?tag_include_mode=timer_only`)).toMatchObject({
        body: { tags: [tag] },
      });
      expect(await send('타이머 삭제', id)).toEqual({ status: 200, body: { ok: true } });
      expect(await send('타이머 목록 조회')).toEqual({ status: 200, body: [] });
    });

    it.each(['Timer', 'TypeScript 타입 정의'])('%s: its type is what is sent', (heading) => {
      const { code } = sampleOf(samples, heading);
      const members = membersOf(code.replaceAll('export ', ''), 'Timer');
      expect(members).toHaveLength(19);
      for (const { key, optional, type } of members) {
        const value = timer[key];
        const expected = type === 'TimerStatus' ? 'string' : type.endsWith('[]') ? 'object' : type;
        if (!(optional && value === null)) expect([key, typeof value]).toEqual([key, expected]);
      }
    });

    it('takes every query of its table', async () => {
      const linked = { schedule_id: schedule.id, tag_ids: [tag.id], allocated_duration: 60 };
      const made = await make('/v1/timers', linked);
      for (const query of [
        ...['scope=mine', 'scope=all', 'status=RUNNING&status=PAUSED', 'type=schedule'],
        ...['start_date=2026-01-28T10:00:00Z', 'end_date=2026-01-28T19:00:00%2B09:00'],
      ]) {
        expect({ query, ...(await call('GET', `/v1/timers?${query}`)) }).toEqual({ query, status: 200, body: [made] });
      }
      for (const query of [
        'scope=shared',
        'status=CANCELLED',
        'type=independent',
        'type=todo',
        'end_date=2026-01-28',
      ]) {
        expect({ query, ...(await call('GET', `/v1/timers?${query}`)) }).toEqual({ query, status: 200, body: [] });
      }
      const whole = 'include_schedule=true&include_todo=true&tag_include_mode=timer_only&timezone=Asia/Seoul';
      expect(await call('GET', `/v1/timers?${whole}`)).toMatchObject({
        body: [
          {
            started_at: '2026-01-28T19:00:00+09:00',
            schedule: { id: schedule.id },
            todo: null,
            tags: [{ id: tag.id }],
          },
        ],
      });
      await call('DELETE', `/v1/timers/${made.id}`);
    });

    it.each([
      ['schedule', () => schedule],
      ['todo', () => todo],
    ] as const)('lists the timers of a %s', async (kind, item) => {
      const made = await make('/v1/timers', { [`${kind}_id`]: item().id, allocated_duration: 60 });
      expect(await call('GET', `/v1/${kind}s/${item().id}/timers`)).toEqual({ status: 200, body: [made] });
      await call('DELETE', `/v1/timers/${made.id}`);
    });

    it('pause_history 예시: the same day has the same history', async () => {
      const history = parseAsMeant(sampleOf(samples, 'pause_history 예시').code);
      const { id } = await make('/v1/timers', { allocated_duration: 3_600 });
      for (const [hours, minutes, method, verb] of [
        [10, 30, 'PATCH', 'pause'],
        [10, 35, 'PATCH', 'resume'],
        [10, 50, 'PATCH', 'pause'],
        [11, 0, 'PATCH', 'resume'],
        [11, 30, 'POST', 'stop'],
      ] as const) {
        atTime(hours, minutes);
        expect((await call(method, `/v1/timers/${id}/${verb}`)).status).toBe(200);
      }
      const read = await call('GET', `/v1/timers/${id}`);
      expect(read).toMatchObject({ body: { elapsed_time: 4_500 } });
      expect((read.body as Item)['pause_history']).toEqual(history);
    });

    it('6. 연결 재시도: the delays that its comment names', async () => {
      const { code } = sampleOf(samples, '6. 연결 재시도');
      const delays = [];
      for (const attempt of [1, 2, 3, 4]) {
        const page = { origin: sockets.url, names: { attempt, Math } };
        delays.push((await runInPage(`${code}\nconsole.log(delay);`, page)).flat());
      }
      expect(delays).toEqual([[2_000], [4_000], [8_000], [16_000]]);
    });

    it.each(['⚠️ 중요: CORS 설정', '2. CORS 설정 필수 ⚠️'])('%s: its lists are settings', (heading) => {
      const lines = samples
        .filter((sample) => sample.heading === heading)
        .flatMap(({ code }) => [...code.matchAll(/^(CORS_ALLOWED_ORIGINS)=(.*)$/gm)]);
      expect(lines).toHaveLength(2);
      for (const [, name = '', value = ''] of lines) expect(() => readSettings({ [name]: value })).not.toThrow();
    });
  });

  describe('its frames', () => {
    let person: Person;
    beforeEach(async () => {
      person = await sockets.signUp();
    });

    /** A device behind one of the printed addresses, host and token filled in. */
    async function connect(table: Table, text: string): Promise<Device> {
      const address = filledIn(sampleOf(samples, '연결', text), table).trim();
      return opened(new WebSocket(address));
    }

    async function opened(socket: WebSocket): Promise<Device> {
      const device = new Device(socket);
      await until(() => device.frames.length >= 2, 5_000);
      return device;
    }

    /** A frame as the guide prints it, with what differs from server to server filled in. */
    const printed = (heading: string, table: Table = [], text = ''): Frame =>
      parseAsMeant(filledIn(sampleOf(samples, heading, text), table)) as Frame;
    const changeId = { change_id: expect.any(String) as string };
    const payloadOf = (frame: Frame) => frame['payload'] as Item & { readonly timer: Item };
    const host = () => new URL(sockets.url).host;

    it('연결: all three ways in, and the zone', async () => {
      await person.call('POST', '/v1/timers', { allocated_duration: 60 });
      const ways = [
        await connect(
          [
            ['localhost:8000', host()],
            ['<JWT_TOKEN>', person.token],
          ],
          'ws://localhost:8000/v1/ws/timers?token',
        ),
        await connect(
          [
            ['wss', 'ws'],
            ['your-domain.com', host()],
            ['<JWT_TOKEN>', person.token],
          ],
          'wss://your-domain.com',
        ),
      ];
      const code = filledIn(sampleOf(samples, '연결', 'new WebSocket'), [['localhost:8000', host()]]);
      const opening: WebSocket[] = [];
      const names = {
        WebSocket: function (address: string, protocols: string[]) {
          opening.push(new WebSocket(address, protocols));
        },
        jwtToken: person.token,
      };
      await runInPage(code, { origin: sockets.url, names });
      for (const socket of opening) ways.push(await opened(socket));
      expect(ways).toHaveLength(3);
      for (const { frames } of ways) {
        expect(frames).toMatchObject([
          { type: 'connected', payload: { user_id: person.id }, timestamp: '2026-01-28T19:00:00+09:00' },
          { type: 'timer.sync_result', payload: { timers: [{ started_at: '2026-01-28T19:00:00+09:00' }], count: 1 } },
        ]);
      }
      for (const { socket } of ways) socket.terminate();
    });

    it('연결 성공 응답: connected, then the running timer', async () => {
      const title = '작업 중인 타이머';
      const made = await person.call('POST', '/v1/timers', { allocated_duration: 3_600, title });
      sockets.clock.ms = THEN + 1_234_000;
      const { frames } = await person.open();
      await until(() => frames.length >= 2, 5_000);
      // The two samples are of ten o'clock; this is 1,234 s later, as the second one's timer is.
      const timestamp = '2026-01-28T10:20:34Z';
      const connected = printed('연결 성공 응답', [['user-uuid', person.id]], '"connected"');
      expect(frames[0]).toEqual({ ...connected, timestamp, ...changeId });
      const ids: Table = [
        ['timer-uuid', (made.body as Item).id],
        ['user-uuid', person.id],
      ];
      const list = printed('연결 성공 응답', ids, 'sync_result');
      expect(frames[1]).toMatchObject({ ...list, timestamp });
      expect(Object.keys(frames[1] ?? {}).sort()).toEqual(Object.keys(list).sort());
    });

    it('timer.create, .pause, .resume, .stop and .sync, and what everybody is told', async () => {
      const friend = await sockets.signUp('Friend');
      await befriend(person, friend);
      const [device, friends] = [await person.connect(), await friend.connect()];
      const group = (await person.call('POST', '/v1/tags/groups', { name: 'g', color: '#abc' })).body as Item;
      const own = { name: 'x', color: '#fff', group_id: group.id };
      const label = (await person.call('POST', '/v1/tags', own)).body as Item;
      const create = printed('타이머 생성 (timer.create)', [
        ['"uuid-or-null"', 'null'],
        ['"uuid-or-null"', 'null'],
        ['tag-uuid-1', label.id],
      ]);
      device.say(create);
      const created = await device.next();
      const { timer } = payloadOf(created);
      const user: Table = [['user-uuid', person.id]];
      expect(created).toEqual({ ...withTimer(printed('타이머 생성됨 (timer.created)', user), timer), ...changeId });
      const { tag_ids: asked, ...texts } = payloadOf(create);
      expect([timer, asked]).toMatchObject([{ ...texts, tags: [label], status: 'RUNNING' }, [label.id]]);
      const activity = printed('친구 활동 알림 (timer.friend_activity)', [
        ['friend-user-uuid', person.id],
        ['timer-uuid', timer.id],
        ['친구의 작업', '작업 타이머'],
        ['friend-user-uuid', person.id],
      ]);
      expect(await friends.next()).toMatchObject(activity);

      const id: Table = [['timer-uuid', timer.id]];
      atTime(10, 30);
      device.say(printed('타이머 일시정지 (timer.pause)', id));
      const paused = await device.next();
      const updated = printed('타이머 업데이트됨 (timer.updated)', user);
      expect(paused).toEqual({ ...withTimer(updated, payloadOf(paused).timer), ...changeId });
      expect(paused).toMatchObject({ payload: { timer: { id: timer.id, status: 'PAUSED', elapsed_time: 1_800 } } });
      const list = printed('타이머 동기화 결과 (timer.sync_result)', user);
      device.say({ type: 'timer.sync', payload: {} });
      const synced = await device.next();
      expect(Object.keys(synced).sort()).toEqual(Object.keys(list).sort());
      expect(synced).toMatchObject({ type: list['type'], payload: { count: 1 }, timestamp: list['timestamp'] });

      device.say(printed('타이머 재개 (timer.resume)', id));
      device.say(printed('타이머 동기화 요청 (timer.sync)', id));
      device.say(printed('타이머 종료 (timer.stop)', id));
      const actions = [await device.next(), await device.next(), await device.next()];
      expect(actions.map(({ type, payload }) => [type, (payload as Item)['action']])).toEqual([
        ['timer.updated', 'resume'],
        ['timer.updated', 'sync'],
        ['timer.updated', 'stop'],
      ]);
      sockets.clock.ms = THEN + 1_800_000;
      device.say(printed('타이머 일시정지 (timer.pause)', id));
      expect(await device.next()).toEqual({ ...printed('에러 (error)'), timestamp: '2026-01-28T10:30:00Z' });
    });

    const withTimer = (frame: Frame, timer: Item): Frame => ({
      ...frame,
      payload: { ...payloadOf(frame), timer },
    });
  });

  it('fifty of its clients behind one address may all be refused, and nobody else notices', async () => {
    const limited = await startSockets({ env: { RATE_LIMIT_ENABLED: 'true' } });
    try {
      const someone = await limited.signUp();
      // After a refusal it comes back after 2, 4, 8, 16 and 32 s: three knocks within the ten seconds of the limit.
      const knocks = Array.from({ length: 50 * 3 }, () => knock(limited.url, '/v1/ws/timers?token=expired'));
      const statuses = (await Promise.all(knocks)).map(({ status }) => status);
      expect(new Set(statuses)).toEqual(new Set([401]));
      expect((await someone.connect()).socket.readyState).toBe(WebSocket.OPEN);
    } finally {
      await hangUpAll();
      await limited.close();
    }
  });
});
