import { randomUUID } from 'node:crypto';

import { ChangeLogRetention } from '../../src/timer-domain/log/change-log-retention.js';
import { type Domain, startDomain } from '../support/domain.js';

/** Promises of docs/architecture.md#architecture that nothing else looks at: mutations/ breaks each of them. */
describe('the writer', () => {
  let app: Domain;

  beforeAll(async () => {
    app = await startDomain();
  });

  afterAll(() => app.close());

  it('answers when it is on disk', async () => {
    const userId = await app.addUser();
    const { id } = await app.create({ userId });
    await app.dataSource.query(`CREATE TABLE promises (kept text)`);
    await app.dataSource.query(
      `CREATE FUNCTION note_promise() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN INSERT INTO promises VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$`,
    );
    await app.dataSource.query(
      `CREATE TRIGGER note AFTER UPDATE ON timers FOR EACH STATEMENT EXECUTE FUNCTION note_promise()`,
    );
    await app.domain.command(id, { userId }, 'pause', userId);
    await app.domain.startWhenIdle({ userId, title: 'x' });
    const kept = await app.dataSource.query<{ kept: string }[]>(`SELECT DISTINCT kept FROM promises`);
    await app.dataSource.query(`DROP TRIGGER note ON timers`);
    expect(kept).toEqual([{ kept: 'on' }]);
  });

  it.each([
    ['alone', 1],
    ['in a batch', 4],
  ])('writes nothing, %s, that was decided on what another instance has changed meanwhile', async (_, count) => {
    const other = await startDomain({ connection: app.connection, clock: app.clock });
    const userId = await app.addUser();
    const timers = await Promise.all(Array.from({ length: count }, () => app.create({ userId })));
    const all = (domain: Domain, verb: 'pause' | 'resume') =>
      Promise.allSettled(timers.map(({ id }) => domain.domain.command(id, { userId }, verb, userId)));
    await all(app, 'pause');
    // Remembered here as running, and paused elsewhere.
    await all(app, 'resume');
    await all(other, 'pause');
    for (const outcome of await all(app, 'pause')) expect(outcome).toMatchObject({ reason: { code: 'NOT_RUNNING' } });
    const rows = await app.dataSource.query<{ revision: number }[]>(
      `SELECT DISTINCT revision FROM timers WHERE user_id = $1`,
      [userId],
    );
    expect(rows).toEqual([{ revision: 4 }]);
    await other.close();
  });

  it('completes nothing before its second', async () => {
    const roomId = randomUUID();
    const { startedAt } = await app.create({ roomId, allocatedDuration: 60 });
    const target = (startedAt + 60) * 1_000;
    expect(await app.store.completeDue(target - 1, 10)).toEqual([]);
    const [change] = await app.store.completeDue(target, 10);
    expect(change).toMatchObject({ action: 'complete', at: startedAt + 60 });
  });

  it('keeps what a correction replaced when the days of the log are dropped', async () => {
    const userId = await app.addUser();
    const { id } = await app.create({ userId });
    await app.dataSource.query(
      `INSERT INTO timer_edits (timer_id, revision, at, snapshot) VALUES ($1, 1, now() - interval '9 years', '{}')`,
      [id],
    );
    await app.app.get(ChangeLogRetention).maintain(Date.now() + 900 * 86_400_000);
    const kept = await app.dataSource.query<unknown[]>(`SELECT revision FROM timer_edits WHERE timer_id = $1`, [id]);
    const logged = await app.dataSource.query<unknown[]>(`SELECT FROM timer_changes WHERE timer_id = $1`, [id]);
    expect([kept, logged]).toEqual([[{ revision: 1 }], []]);
  });

  it('lets a refusal in a batch be its caller’s alone', async () => {
    const userId = await app.addUser();
    const timers = await Promise.all(Array.from({ length: 8 }, () => app.create({ userId })));
    const busy = app.domain.stopMostRecentlyStarted({ userId: await app.addUser() });
    const commands = timers.flatMap(({ id }) => [
      app.domain.command(id, { userId }, 'pause', userId),
      app.domain.command(randomUUID(), { userId }, 'pause', userId),
    ]);
    const outcomes = await Promise.allSettled(commands);
    await busy.catch(() => undefined);
    expect(outcomes.map(({ status }) => status)).toEqual(timers.flatMap(() => ['fulfilled', 'rejected']));
    const codes = outcomes.flatMap((outcome) =>
      'reason' in outcome ? [(outcome.reason as { code: string }).code] : [],
    );
    expect(codes).toEqual(timers.map(() => 'TIMER_NOT_FOUND'));
  });
});
