import { Pool } from 'pg';

import { hangUpAll, type Person } from '../support/sockets.js';
import { failure as v1Failure, invalid } from '../support/planning.js';
import { failure, type House, notFound, seen, startHouse } from '../support/rooms.js';
import { type Reply, send } from '../support/send.js';

let keys = 0;
const newKey = (): string => `key-of-the-tests-${(keys += 1)}`;
const isReplayed = ({ headers }: Reply): boolean => headers.get('idempotency-replayed') === 'true';

describe('Idempotency-Key (docs/spec/extensions.md#idempotency)', () => {
  let house: House;
  let ada: Person;
  let bob: Person;

  beforeAll(async () => {
    house = await startHouse();
    [ada, bob] = await Promise.all([house.signUp('ada'), house.signUp('bob')]);
  });

  afterAll(async () => {
    await hangUpAll();
    await house.close();
  });

  const call = (person: Person | undefined, method: string, path: string, key: string, body?: unknown) =>
    send(house.url, method, path, {
      ...(body === undefined ? {} : { body }),
      ...(person === undefined ? {} : { token: person.token }),
      headers: { 'Idempotency-Key': key },
    });

  const rows = async (sql: string, ...values: unknown[]): Promise<unknown[]> => {
    const found: unknown[] = await house.dataSource.query(sql, values);
    return found;
  };
  const timersOf = ({ id }: Person) => rows(`SELECT id FROM timers WHERE user_id = $1`, id);
  const kept = (key: string) => rows(`SELECT body::text AS body FROM kept_answers WHERE key = $1`, key);

  describe('a REST call', () => {
    it('has one effect, and the same answer every time', async () => {
      const key = newKey();
      const before = (await timersOf(ada)).length;
      const first = await call(ada, 'POST', '/v1/tags/groups', key, { name: 'work', color: '#ff0000' });
      expect([first.status, isReplayed(first)]).toEqual([201, false]);
      house.clock.ms += 5_000;
      const second = await call(ada, 'POST', '/v1/tags/groups', key, { color: '#ff0000', name: 'work' });
      expect(second.status).toBe(422);
      const third = await call(ada, 'POST', '/v1/tags/groups', key, { name: 'work', color: '#ff0000' });
      expect([seen(third), isReplayed(third)]).toEqual([seen(first), true]);
      expect(await timersOf(ada)).toHaveLength(before);
    });

    it('that starts a timer is announced once, after its commit', async () => {
      const device = await ada.connect();
      const key = newKey();
      const path = '/v1/timers';
      const id = (await call(ada, 'POST', path, key, { allocated_duration: 1500, title: 'once' })).body as {
        id: string;
      };
      expect((await call(ada, 'POST', path, key, { allocated_duration: 1500, title: 'once' })).body).toEqual(id);
      expect((await device.heard()).filter(({ type }) => type === 'timer.created')).toHaveLength(1);
      const pause = newKey();
      const answers = [
        await call(ada, 'PATCH', `${path}/${id.id}/pause`, pause),
        await call(ada, 'PATCH', `${path}/${id.id}/pause`, pause),
      ];
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      expect(answers[1]?.body).toEqual(answers[0]?.body);
      expect((await device.heard()).filter(({ type }) => type === 'timer.updated')).toHaveLength(1);
    });

    it('with another method, path or body is refused', async () => {
      const key = newKey();
      const refused = v1Failure(422, 'IdempotencyKeyReusedError', 'Idempotency key was used for another request');
      expect((await call(ada, 'POST', '/v1/tags/groups', key, { name: 'a', color: '#00ff00' })).status).toBe(201);
      expect(seen(await call(ada, 'POST', '/v1/tags/groups', key, { name: 'b', color: '#00ff00' }))).toEqual(refused);
      expect(seen(await call(ada, 'POST', '/v1/tags/groups', key, { name: 'a', color: '#123456' }))).toEqual(refused);
      expect(seen(await call(ada, 'DELETE', '/v1/friends/block/somebody', key))).toEqual(refused);
    });

    it('belongs to its user and its generation', async () => {
      const key = newKey();
      const body = { room_name: 'ours' };
      const made = await Promise.all([
        call(ada, 'POST', '/v1/tags/groups', key, { name: 'mine', color: '#123456' }),
        call(bob, 'POST', '/v1/tags/groups', key, { name: 'mine', color: '#123456' }),
        call(ada, 'POST', '/api/v1/rooms', key, body),
      ]);
      expect(made.map((reply) => [reply.status, isReplayed(reply)])).toEqual([
        [201, false],
        [201, false],
        [201, false],
      ]);
    });

    it('without an effect is judged anew', async () => {
      const key = newKey();
      const missing = await call(ada, 'DELETE', '/v1/tags/groups/00000000-0000-7000-8000-000000000000', key);
      expect(missing.status).toBe(404);
      expect((await call(ada, 'POST', '/v1/tags/groups', key, { color: '#123456' })).status).toBe(422);
      expect((await call(undefined, 'POST', '/v1/tags/groups', key, { name: 'x', color: '#123456' })).status).toBe(401);
      expect(await kept(key)).toEqual([]);
      expect((await call(ada, 'POST', '/v1/tags/groups', key, { name: 'now', color: '#123456' })).status).toBe(201);
    });

    it.each(['short', 'k'.repeat(256), 'a key with blanks in it'])('%p is no key', async (key) => {
      const refused = await call(ada, 'POST', '/v1/tags/groups', key, { name: 'x', color: '#123456' });
      expect(seen(refused)).toEqual(invalid(['value_error', 'header', 'Idempotency-Key']));
      const room = await call(undefined, 'POST', '/api/v1/rooms', key, { room_name: 'x' });
      expect(room).toMatchObject({ status: 422, body: { error: { code: 'VALIDATION_ERROR' } } });
    });

    it('is answered 409 while the first is under way', async () => {
      const key = newKey();
      const holder = house.dataSource.createQueryRunner();
      await holder.startTransaction();
      await holder.query(`SELECT pg_advisory_xact_lock(hashtextextended($1, 1))`, [`v1:user:${ada.id} ${key}`]);
      const busy = await call(ada, 'POST', '/v1/tags/groups', key, { name: 'x', color: '#123456' });
      expect(seen(busy)).toEqual(
        v1Failure(409, 'IdempotencyKeyInUseError', 'A request with this idempotency key is in progress'),
      );
      expect(busy.headers.get('retry-after')).toBe('1');
      await holder.rollbackTransaction();
      await holder.release();
      expect((await call(ada, 'POST', '/v1/tags/groups', key, { name: 'x', color: '#123456' })).status).toBe(201);
    });

    it('keeps its answer and its effect together or neither', async () => {
      const key = newKey();
      await house.dataSource.query(`ALTER TABLE kept_answers ADD CONSTRAINT not_now CHECK (false) NOT VALID`);
      const before = (await timersOf(ada)).length;
      const failed = await call(ada, 'POST', '/v1/timers', key, { allocated_duration: 60 });
      await house.dataSource.query(`ALTER TABLE kept_answers DROP CONSTRAINT not_now`);
      expect(failed.status).toBe(500);
      expect(await timersOf(ada)).toHaveLength(before);
    });

    it('is forgotten after 24 hours', async () => {
      const key = newKey();
      const first = (await call(ada, 'POST', '/v1/tags/groups', key, { name: 'again', color: '#123456' })).body as {
        id: string;
      };
      await house.dataSource.query(
        `UPDATE kept_answers SET created_at = created_at - interval '24 hours' WHERE key = $1`,
        [key],
      );
      const second = (await call(ada, 'POST', '/v1/tags/groups', key, { name: 'again', color: '#123456' })).body as {
        id: string;
      };
      expect(second.id).not.toBe(first.id);
    });

    it('with 50 senders at once has one effect', async () => {
      const key = newKey();
      const before = (await timersOf(bob)).length;
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => call(bob, 'POST', '/v1/timers', key, { allocated_duration: 60 })),
      );
      const done = answers.filter(({ status }) => status === 201);
      expect(new Set(answers.map(({ status }) => status))).toEqual(
        done.length === 50 ? new Set([201]) : new Set([201, 409]),
      );
      expect(new Set(done.map(({ body }) => JSON.stringify(body))).size).toBe(1);
      expect(await timersOf(bob)).toHaveLength(before + 1);
    });
  });

  describe('the legacy API', () => {
    const post = async (path: string, key: string, body = '') => {
      const response = await fetch(`${house.url}/v1/user/timer/${path}/`, {
        method: 'POST',
        headers: {
          Authorization: `Token ${await legacyToken()}`,
          'Idempotency-Key': key,
          'Content-Type': 'application/x-www-form-urlencoded',
        },
        body,
      });
      return { status: response.status, headers: response.headers, body: await response.json() };
    };
    let token: string | undefined;
    const legacyToken = async () => {
      const issued = token ?? ((await ada.call('POST', '/v1/auth/legacy-tokens')).body as { token: string }).token;
      return (token = issued);
    };

    it('starts and stops once', async () => {
      const [start, stop] = [newKey(), newKey()];
      const starts = [await post('start', start, 'title=old'), await post('start', start, 'title=old')];
      expect(starts.map(({ status }) => status)).toEqual([200, 200]);
      expect(starts.map(isReplayed)).toEqual([false, true]);
      expect(starts.map(({ headers }) => headers.get('deprecation'))).toEqual(['@1769558400', '@1769558400']);
      const stops = [await post('stop', stop), await post('stop', stop)];
      expect(stops.map(({ status }) => status)).toEqual([200, 200]);
      expect(stops[1]?.body).toEqual(stops[0]?.body);
    });

    it('refuses in its own envelope', async () => {
      const key = newKey();
      expect((await post('start', key, 'title=old')).status).toBe(200);
      const other = await post('start', key, 'title=new');
      expect(seen(other)).toEqual({
        status: 422,
        body: { detail: 'Idempotency key was used for another request', status: 422, data: {} },
      });
      expect((await post('stop', 'short')).body).toEqual({
        detail: 'Idempotency-Key: Value error, 16 to 255 visible ASCII characters',
        status: 422,
        data: {},
      });
      await post('stop', newKey());
    });
  });

  describe('an answer with a secret', () => {
    it('POST /rooms: the lost host token dies', async () => {
      const key = newKey();
      const create = () => call(undefined, 'POST', '/api/v1/rooms', key, { room_name: 'lost-answer' });
      const [first, second] = [await create(), await create()];
      type Made = { data: { room_id: string; host_token: string } };
      const [lost, renewed] = [first.body as Made, second.body as Made];
      expect(isReplayed(second)).toBe(true);
      expect(second.body).toEqual({
        ...lost,
        data: { ...lost.data, host_token: expect.stringMatching(/^[\w-]{43}$/) as string },
      });
      expect(renewed.data.host_token).not.toBe(lost.data.host_token);
      expect(JSON.stringify(await kept(key))).not.toContain(lost.data.host_token);
      const rename = (hostToken: string) =>
        send(house.url, 'PATCH', `/api/v1/rooms/${lost.data.room_id}`, {
          body: { room_name: 'renamed' },
          headers: { 'X-Host-Token': hostToken },
        });
      expect((await rename(lost.data.host_token)).status).toBe(403);
      expect((await rename(renewed.data.host_token)).status).toBe(200);
      expect(second.headers.getSetCookie().join()).toContain(renewed.data.host_token);
    });

    it('of somebody without an account is theirs alone: by the cookies they show, and by their network', async () => {
      const key = newKey();
      type Made = { data: { room_id: string; host_token: string; participant_id: string } };
      const post = async (path: string, body: object, headers: Record<string, string>) => {
        const reply = await send(behind.url, 'POST', path, { body, headers: { 'Idempotency-Key': key, ...headers } });
        expect(reply.status).toBe(201);
        return (reply.body as Made).data;
      };
      const create = (headers: Record<string, string>) => post('/api/v1/rooms', { room_name: 'guessed' }, headers);
      const mine = { 'X-Forwarded-For': '203.0.113.1', Cookie: 'seen=1' };
      const behind = await startHouse({ connection: house.connection, clock: house.clock, env: { TRUST_PROXY: '1' } });
      try {
        const room = await create(mine);
        expect((await create(mine)).room_id).toBe(room.room_id);
        const others = [
          { ...mine, 'X-Forwarded-For': '203.0.113.2' },
          { ...mine, Cookie: 'seen=2' },
        ];
        for (const headers of others) expect((await create(headers)).room_id).not.toBe(room.room_id);
        const join = (headers: Record<string, string>) =>
          post(`/api/v1/rooms/${room.room_id}/participants`, { participant_name: 'Kim' }, headers);
        const { participant_id: id } = await join(mine);
        expect((await join(mine)).participant_id).toBe(id);
        for (const headers of others) expect((await join(headers)).participant_id).not.toBe(id);
      } finally {
        await behind.close();
      }
    });

    it('POST …/participants', async () => {
      const room = await house.create();
      const key = newKey();
      const join = () => call(undefined, 'POST', `${room.path}/participants`, key, { participant_name: 'Kim' });
      const [first, second] = [await join(), await join()];
      type Joined = { data: { participant_id: string; participant_token: string } };
      const [lost, renewed] = [(first.body as Joined).data, (second.body as Joined).data];
      expect(renewed.participant_id).toBe(lost.participant_id);
      const leave = (token: string) =>
        send(house.url, 'DELETE', `${room.path}/participants/${lost.participant_id}`, {
          headers: { 'X-Participant-Token': token },
        });
      expect((await leave(lost.participant_token)).status).toBe(401);
      expect((await leave(renewed.participant_token)).status).toBe(204);
      expect(seen(await join())).toEqual(failure(401, 'UNAUTHORIZED', 'Invalid token'));
    });

    it('POST /v1/auth/legacy-tokens', async () => {
      const key = newKey();
      const issue = async () => (await call(bob, 'POST', '/v1/auth/legacy-tokens', key)).body as Record<string, string>;
      const [lost, renewed] = [await issue(), await issue()];
      expect(renewed).toEqual({ ...lost, token: expect.stringMatching(/^[0-9a-f]{40}$/) as string });
      const check = (token = '') =>
        fetch(`${house.url}/v1/user/timer/stop/`, { method: 'POST', headers: { Authorization: `Token ${token}` } });
      expect((await check(lost['token'])).status).toBe(401);
      expect((await check(renewed['token'])).status).toBe(200);
    });

    it('of what is gone meanwhile is not given again', async () => {
      const [tokenKey, roomKey] = [newKey(), newKey()];
      const issue = () => call(bob, 'POST', '/v1/auth/legacy-tokens', tokenKey);
      const { id } = (await issue()).body as { id: string };
      expect((await call(bob, 'DELETE', `/v1/auth/legacy-tokens/${id}`, newKey())).status).toBe(200);
      expect(seen(await issue())).toEqual(v1Failure(404, 'TokenNotFoundError', 'Token not found'));
      const create = () => call(undefined, 'POST', '/api/v1/rooms', roomKey, { room_name: 'gone-soon' });
      const { data } = (await create()).body as { data: { room_id: string; host_token: string } };
      const remove = { headers: { 'X-Host-Token': data.host_token } };
      expect((await send(house.url, 'DELETE', `/api/v1/rooms/${data.room_id}`, remove)).status).toBe(204);
      expect(seen(await create())).toEqual(notFound(data.room_id));
    });

    it('POST /v1/users/me/calendar', async () => {
      const key = newKey();
      const open = async () => (await call(bob, 'POST', '/v1/users/me/calendar', key)).body as { url: string };
      const [lost, renewed] = [await open(), await open()];
      const read = ({ url }: { url: string }) => fetch(house.url + new URL(url).pathname);
      expect((await read(lost)).status).toBe(404);
      expect((await read(renewed)).status).toBe(200);
    });
  });

  describe('one key over two transports', () => {
    const started = { allocated_duration: 300, title: 'either way' };

    it.each(['pause', 'resume', 'stop', 'cancel'])('%s over REST, then on a socket: the first answer', async (verb) => {
      const device = await bob.connect();
      const { body } = await call(bob, 'POST', '/v1/timers', newKey(), started);
      const { id } = body as { id: string };
      if (verb === 'resume') await call(bob, 'PATCH', `/v1/timers/${id}/pause`, newKey());
      const key = newKey();
      const method = verb === 'stop' || verb === 'cancel' ? 'POST' : 'PATCH';
      const first = await call(bob, method, `/v1/timers/${id}/${verb}`, key);
      expect(first.status).toBe(200);
      await device.heard();
      house.clock.ms += 5_000;
      const again = await device.ask({ type: `timer.${verb}`, payload: { timer_id: id }, idempotency_key: key });
      const { revision, status } = first.body as { revision: number; status: string };
      expect(again['payload']).toMatchObject({ timer: { id, revision, status } });
      const third = await call(bob, method, `/v1/timers/${id}/${verb}`, key);
      expect([seen(third), isReplayed(third)]).toEqual([seen(first), true]);
      expect(await rows(`SELECT revision FROM timers WHERE id = $1`, id)).toEqual([{ revision }]);
    });

    it('a start on a socket, then over REST, in whatever order its values are written', async () => {
      const device = await bob.connect();
      const key = newKey();
      const before = (await timersOf(bob)).length;
      const first = await device.ask({ type: 'timer.create', payload: started, idempotency_key: key });
      house.clock.ms += 5_000;
      const { title, allocated_duration } = started;
      const again = await call(bob, 'POST', '/v1/timers', key, { title, allocated_duration });
      const { timer } = first['payload'] as { timer: { id: string } };
      expect([again.status, isReplayed(again)]).toEqual([201, true]);
      expect(again.body).toMatchObject({ id: timer.id, elapsed_time: 0 });
      expect((await call(bob, 'POST', '/v1/timers', key, { ...started, title: 'other' })).status).toBe(422);
      expect(await timersOf(bob)).toHaveLength(before + 1);
    });

    it('a room’s timer, over REST and then on its socket', async () => {
      const room = await house.create();
      const device = await house.open({ path: `/ws/room/${room.id}`, token: ada.token });
      const [start, pause] = [newKey(), newKey()];
      const first = await call(ada, 'POST', `${room.path}/timer/start`, start, { session_type: 'work' });
      expect(first.status).toBe(200);
      const again = await device.ask({ action: 'start_timer', data: {}, idempotency_key: start });
      expect(again).toMatchObject({ event: 'timer_update', data: { status: 'running' } });
      const paused = await device.ask({ action: 'pause_timer', data: {}, idempotency_key: pause });
      expect(paused).toMatchObject({ event: 'timer_update', data: { status: 'paused' } });
      const third = await call(ada, 'POST', `${room.path}/timer/pause`, pause);
      expect([third.status, isReplayed(third)]).toEqual([200, true]);
      expect((await call(ada, 'POST', `${room.path}/timer/resume`, pause)).status).toBe(422);
      expect(await rows(`SELECT status, revision FROM timers WHERE room_id = $1`, room.id)).toEqual([
        { status: 'paused', revision: 2 },
      ]);
    });
  });

  describe('a command of the writer queue', () => {
    const start = async (person: Person) =>
      ((await call(person, 'POST', '/v1/timers', newKey(), { allocated_duration: 60 })).body as { id: string }).id;
    const pause = (id: string, key: string) => call(bob, 'PATCH', `/v1/timers/${id}/pause`, key);

    it('keeps its answer in the statement that writes it, and takes no connection of the pool', async () => {
      const ids = await Promise.all(Array.from({ length: 8 }, () => start(bob)));
      const pool = house.app.get(Pool);
      const connected = jest.spyOn(pool, 'connect');
      const keys = ids.map(() => newKey());
      const paused = await Promise.all(ids.map((id, index) => pause(id, keys[index] ?? '')));
      expect(paused.map(({ status }) => status)).toEqual(ids.map(() => 200));
      expect(connected).not.toHaveBeenCalled();
      const again = await Promise.all(ids.map((id, index) => pause(id, keys[index] ?? '')));
      expect(again.map(isReplayed)).toEqual(ids.map(() => true));
      expect(again.map(seen)).toEqual(paused.map(seen));
      connected.mockRestore();
    });

    it('is judged anew after a refusal, and refused under a key of another command', async () => {
      const [id, other] = [await start(bob), await start(bob)];
      const [key, later] = [newKey(), newKey()];
      const resume = (path: string, by: string) => call(bob, 'PATCH', `/v1/timers/${path}/resume`, by);
      expect((await resume(id, later)).status).toBe(400);
      expect(await kept(later)).toEqual([]);
      expect((await pause(id, key)).status).toBe(200);
      expect((await pause(other, key)).status).toBe(422);
      expect((await resume(id, key)).status).toBe(422);
      expect((await resume(id, later)).status).toBe(200);
      // By now it runs again: the first answer is given all the same, and nothing happens.
      const repeated = await pause(id, key);
      expect([repeated.body, isReplayed(repeated)]).toMatchObject([{ status: 'PAUSED', revision: 2 }, true]);
      expect(await rows(`SELECT status FROM timers WHERE id = ANY ($1::uuid[])`, [id, other])).toEqual([
        { status: 'running' },
        { status: 'running' },
      ]);
    });

    it('is carried out once by fifty senders, all of whom get its answer', async () => {
      const id = await start(bob);
      const key = newKey();
      const answers = await Promise.all(Array.from({ length: 50 }, () => pause(id, key)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      expect(answers.filter((answer) => !isReplayed(answer))).toHaveLength(1);
      expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
      expect(await rows(`SELECT revision FROM timers WHERE id = $1`, id)).toEqual([{ revision: 2 }]);
    });

    it('keeps its effect and its answer together or neither, and takes nobody else along', async () => {
      const [id, other] = [await start(bob), await start(bob)];
      const key = newKey();
      await house.dataSource.query(`ALTER TABLE kept_answers ADD CONSTRAINT not_now CHECK (key <> '${key}') NOT VALID`);
      const [failed, unharmed] = await Promise.all([pause(id, key), pause(other, newKey())]);
      await house.dataSource.query(`ALTER TABLE kept_answers DROP CONSTRAINT not_now`);
      expect([failed.status, unharmed.status]).toEqual([500, 200]);
      expect(await rows(`SELECT status FROM timers WHERE id = $1`, id)).toEqual([{ status: 'running' }]);
      expect((await pause(id, key)).status).toBe(200);
    });

    it('is carried out again under a key of the day before', async () => {
      const id = await start(bob);
      const key = newKey();
      expect((await pause(id, key)).status).toBe(200);
      await house.dataSource.query(`UPDATE kept_answers SET created_at = now() - interval '25 hours' WHERE key = $1`, [
        key,
      ]);
      const resumed = await call(bob, 'PATCH', `/v1/timers/${id}/resume`, key);
      expect([resumed.status, isReplayed(resumed)]).toEqual([200, false]);
    });
  });

  describe('a socket command', () => {
    it('is carried out once, and answered as the first time', async () => {
      const [device, other] = [await bob.connect(), await bob.connect()];
      const start = { type: 'timer.create', payload: { allocated_duration: 300 }, idempotency_key: newKey() };
      const first = await device.ask(start);
      expect(first['type']).toBe('timer.created');
      const again = await other.ask(start);
      expect(again['payload']).toEqual(first['payload']);
      const { timer } = first['payload'] as { timer: { id: string } };
      const pause = { type: 'timer.pause', payload: { timer_id: timer.id }, idempotency_key: newKey() };
      const paused = await device.ask(pause);
      expect((await device.ask(pause))['payload']).toEqual(paused['payload']);
      expect(await device.ask({ ...pause, type: 'timer.stop' })).toMatchObject({
        type: 'error',
        payload: { code: 'IDEMPOTENCY_KEY_REUSED' },
      });
      expect(await device.ask({ ...pause, idempotency_key: 5 })).toMatchObject({
        type: 'error',
        payload: { code: 'PAUSE_FAILED' },
      });
      const states = await rows(`SELECT status, revision FROM timers WHERE id = $1`, timer.id);
      expect(states).toEqual([{ status: 'paused', revision: 2 }]);
    });

    it('to a room too', async () => {
      const room = await house.create();
      const device = await house.open({ path: `/ws/room/${room.id}` });
      await device.heard();
      const start = { action: 'start_timer', data: {}, idempotency_key: newKey() };
      const first = await device.ask(start);
      expect(first['event']).toBe('timer_update');
      expect((await device.ask(start))['data']).toEqual(first['data']);
      expect(await device.ask({ ...start, action: 'pause_timer' })).toMatchObject({
        event: 'error',
        error: { code: 'IDEMPOTENCY_KEY_REUSED' },
      });
      expect(await rows(`SELECT status FROM timers WHERE room_id = $1`, room.id)).toEqual([{ status: 'running' }]);
    });
  });
});
