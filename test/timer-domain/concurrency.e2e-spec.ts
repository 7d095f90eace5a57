import { randomUUID } from 'node:crypto';

import { startWhenIdleCommand } from '../../src/timer-domain/commands/timer-command.js';
import { WriterConnection } from '../../src/timer-domain/writer/writer-connection.js';
import type { Timer } from '../../src/timer-domain/rules/timer.js';
import { AT_NOON, type Domain, HandClock, startDomain } from '../support/domain.js';

const NOON = AT_NOON / 1_000;
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** How many of these went through, and the codes of the others. */
async function tally(commands: Promise<unknown>[]): Promise<{ done: number; refused: Record<string, number> }> {
  const settled = await Promise.allSettled(commands);
  const codes = settled.flatMap((one) => (one.status === 'rejected' ? [(one.reason as { code: string }).code] : []));
  const refused = Object.fromEntries(
    [...new Set(codes)].map((code) => [code, codes.filter((one) => one === code).length]),
  );
  return { done: settled.length - codes.length, refused };
}

describe('one person at several devices', () => {
  let one: Domain;
  let other: Domain;

  beforeAll(async () => {
    const clock = new HandClock(AT_NOON);
    one = await startDomain({ clock });
    other = await startDomain({ clock, connection: one.connection });
  });

  afterAll(async () => {
    await one.close();
    await other.close();
  });

  const rowsOf = (userId: string) =>
    one.dataSource.query<Record<string, unknown>[]>(
      'SELECT origin, status, revision, elapsed_time FROM timers WHERE user_id = $1 ORDER BY created_at, id',
      [userId],
    );

  it('starts once and stops once, over two instances', async () => {
    const userId = await one.addUser();
    const instance = (index: number) => (index % 2 === 0 ? one : other).domain;
    expect(await tally(times(50, (index) => instance(index).startWhenIdle({ userId, title: 'x' })))).toEqual({
      done: 1,
      refused: { SOMETHING_RUNNING: 49 },
    });
    expect(await tally(times(50, (index) => instance(index).stopMostRecentlyStarted({ userId })))).toEqual({
      done: 1,
      refused: { NOTHING_RUNNING: 49 },
    });
    expect(await rowsOf(userId)).toEqual([{ origin: 'legacy', status: 'completed', revision: 2, elapsed_time: 0 }]);
  });

  it('pauses once when two instances remember different things', async () => {
    const userId = await one.addUser();
    const { id } = await one.create({ userId });
    const pause = (domain: Domain) => domain.domain.command(id, { userId }, 'pause', userId);
    const resume = (domain: Domain) => domain.domain.command(id, { userId }, 'resume', userId);
    await pause(one);
    await resume(other);
    // What `one` remembers is old news, and old news refuses nobody.
    await pause(one);
    await resume(other);
    expect(await tally(times(10, (index) => pause(index % 2 === 0 ? one : other)))).toEqual({
      done: 1,
      refused: { NOT_RUNNING: 9 },
    });
    expect(await rowsOf(userId)).toEqual([{ origin: 'v1', status: 'paused', revision: 6, elapsed_time: 0 }]);
  });

  it('does not start over a v1 timer, and stops the one that was started last', async () => {
    const userId = await one.addUser();
    const first = await one.create({ userId });
    one.clock.ms += 5_000;
    const second = await other.create({ userId });
    expect(await tally([other.domain.startWhenIdle({ userId, title: 'x' })])).toEqual({
      done: 0,
      refused: { SOMETHING_RUNNING: 1 },
    });
    expect((await one.domain.stopMostRecentlyStarted({ userId })).timer.id).toBe(second.id);
    expect((await one.domain.stopMostRecentlyStarted({ userId })).timer.id).toBe(first.id);
  });

  it('stops what runs, though what was started after it is paused or has ended', async () => {
    const userId = await one.addUser();
    const running = await one.create({ userId });
    one.clock.ms += 5_000;
    const [paused, ended] = [await one.create({ userId }), await one.create({ userId })];
    await one.domain.command(paused.id, { userId }, 'pause', userId);
    await one.domain.command(ended.id, { userId }, 'cancel', userId);
    expect((await one.domain.stopMostRecentlyStarted({ userId })).timer.id).toBe(running.id);
    expect(await tally([one.domain.stopMostRecentlyStarted({ userId })])).toEqual({
      done: 0,
      refused: { NOTHING_RUNNING: 1 },
    });
  });

  it('stops the later one, also when that came between the look and the write', async () => {
    const userId = await one.addUser();
    await one.create({ userId });
    one.clock.ms += 5_000;
    const later: Timer[] = [];
    jest.spyOn(WriterConnection.prototype, 'execute').mockImplementationOnce(async function (
      this: WriterConnection,
      statement,
    ) {
      const rows = await this.execute(statement);
      later.push(await one.create({ userId }));
      return rows;
    });
    const stopped = await one.domain.stopMostRecentlyStarted({ userId });
    expect(later.map(({ id }) => id)).toEqual([stopped.timer.id]);
    expect(await rowsOf(userId)).toMatchObject([{ status: 'running', revision: 1 }, { status: 'completed' }]);
  });

  it('completes a paused legacy timer first, in the same transaction', async () => {
    const userId = await one.addUser();
    one.clock.ms = AT_NOON;
    const before = (await one.domain.startWhenIdle({ userId, title: 'before' })).timer;
    one.clock.ms += 60_000;
    await other.domain.command(before.id, { userId }, 'pause', userId);
    one.clock.ms += 60_000;
    const after = (await one.domain.startWhenIdle({ userId, title: 'after' })).timer;
    const changes = await one.dataSource.query<{ transaction_id: string }[]>(
      `SELECT timer_id, action, revision, actor, extract(epoch from at)::int AS at, transaction_id FROM timer_changes
        WHERE timer_id IN ($1, $2) ORDER BY id`,
      [before.id, after.id],
    );
    const [, , stop, start] = changes;
    expect(stop).toMatchObject({ timer_id: before.id, action: 'stop', revision: 3, actor: userId, at: NOON + 120 });
    expect(start).toMatchObject({ timer_id: after.id, action: 'start', revision: 1, actor: userId, at: NOON + 120 });
    expect(stop?.transaction_id).toBe(start?.transaction_id);
    expect(one.told.slice(-2).map(({ action, timer }) => [action, timer.id])).toEqual([
      ['stop', before.id],
      ['start', after.id],
    ]);
    expect(one.told.at(-2)?.timer.history).toEqual([
      { action: 'start', at: NOON },
      { action: 'pause', at: NOON + 60, elapsed: 60 },
      { action: 'stop', at: NOON + 120, elapsed: 60 },
    ]);
  });

  it('does not complete a paused legacy timer when something else runs', async () => {
    const userId = await one.addUser();
    const { timer } = await one.domain.startWhenIdle({ userId, title: 'paused' });
    await one.domain.command(timer.id, { userId }, 'pause', userId);
    await one.create({ userId });
    expect(await tally(times(5, () => one.domain.startWhenIdle({ userId, title: 'x' })))).toEqual({
      done: 0,
      refused: { SOMETHING_RUNNING: 5 },
    });
    expect(await rowsOf(userId)).toMatchObject([{ status: 'paused', revision: 2 }, { status: 'running' }]);
  });

  it('does not complete it either when that came between the look and the write', async () => {
    const userId = await one.addUser();
    const { timer: paused } = await one.domain.startWhenIdle({ userId, title: 'paused' });
    await one.domain.command(paused.id, { userId }, 'pause', userId);
    const next = { ...paused, id: randomUUID(), userId };
    // As if it had found this before the other one started.
    const found = { predecessorId: paused.id };
    const start = startWhenIdleCommand({ timer: next, now: one.clock.now(), actor: userId, ...found });
    await one.create({ userId });
    await expect(one.store.submit(start)).rejects.toMatchObject({ code: 'SOMETHING_RUNNING' });
    expect(await rowsOf(userId)).toMatchObject([{ status: 'paused', revision: 2 }, { status: 'running' }]);
  });

  it('answers another person’s timer as if it did not exist', async () => {
    const userId = await one.addUser();
    const stranger = await one.addUser();
    const { id } = await one.create({ userId });
    const commands = [id, randomUUID()].map((timer) =>
      one.domain.command(timer, { userId: stranger }, 'pause', stranger),
    );
    expect(await tally(commands)).toEqual({ done: 0, refused: { TIMER_NOT_FOUND: 2 } });
  });

  it('keeps 1,000 timers active and no more, whichever way they are started', async () => {
    const userId = await one.addUser();
    await one.dataSource.query(
      `INSERT INTO timers (id, user_id, origin, allocated_duration, status, elapsed_time, started_at, paused_at, history,
        revision, created_at, updated_at)
      SELECT gen_random_uuid(), $1, 'v1', 60, 'paused', 0, now(), now(), '[]', 1, now(), now() FROM generate_series(1, 999)`,
      [userId],
    );
    const { timer } = await one.domain.startWhenIdle({ userId, title: 'the thousandth' });
    await expect(one.create({ userId })).rejects.toMatchObject({ code: 'TOO_MANY_ACTIVE' });
    await one.domain.command(timer.id, { userId }, 'pause', userId);
    // Its place becomes free in the same moment.
    const { timer: next } = await one.domain.startWhenIdle({ userId, title: 'its successor' });
    await one.domain.command(next.id, { userId }, 'stop', userId);
    await one.create({ userId }).then((v1) => one.domain.command(v1.id, { userId }, 'pause', userId));
    await expect(one.domain.startWhenIdle({ userId, title: 'one too many' })).rejects.toMatchObject({
      code: 'TOO_MANY_ACTIVE',
      message: 'Too many active timers',
    });
  });

  it('gives nobody 100,001 timers in a month', async () => {
    const userId = await one.addUser();
    // In pieces, none of which takes as long as the driver would wait.
    for (let piece = 0; piece < 10; piece += 1) {
      await one.dataSource.query(
        `INSERT INTO timers (id, user_id, origin, allocated_duration, status, elapsed_time, started_at, ended_at, history,
          revision, created_at, updated_at)
        SELECT gen_random_uuid(), $1, 'v1', 60, 'completed', 0, t, t, '[]', 1, t, t
        FROM generate_series(1, 10000), (SELECT to_timestamp($2) AS t)`,
        [userId, NOON],
      );
    }
    one.clock.ms = AT_NOON;
    await expect(one.domain.startWhenIdle({ userId, title: 'x' })).rejects.toMatchObject({ code: 'LIMIT_REACHED' });
    one.clock.ms = AT_NOON + 31 * 86_400_000;
    await expect(other.domain.startWhenIdle({ userId, title: 'next month' })).resolves.toBeDefined();
    one.clock.ms = AT_NOON;
  });
});
