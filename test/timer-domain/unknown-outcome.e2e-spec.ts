import { createDatabase } from '../support/database.js';
import { through, wireTo } from '../support/wire.js';
import { startDomain } from '../support/domain.js';

/** docs/architecture.md#group-committed-writes: a commit whose outcome is unknown is answered 503. */
describe('a command that is committed while its answer is lost', () => {
  it('is neither told as done nor as refused, and is judged on what it did', async () => {
    const connection = await createDatabase();
    const near = await startDomain({ connection });
    const wire = wireTo(connection);
    const port = await wire.open();
    const app = await startDomain({ connection: through(connection, port), clock: near.clock });
    const userId = await near.addUser();
    const { id } = await near.create({ userId });
    const command = (verb: 'pause' | 'resume') => app.domain.command(id, { userId }, verb, userId);
    await command('pause');
    await command('resume');

    wire.withholdAnswers();
    const lost = command('pause').then(
      () => 'done',
      (error: unknown) => (error as { code: string }).code,
    );
    while ((await near.rows())[0]?.['status'] !== 'paused') await new Promise(setImmediate);
    await wire.cut();
    await wire.open(port);
    expect(await lost).toBe('SERVICE_UNAVAILABLE');

    await expect(command('pause')).rejects.toMatchObject({ code: 'NOT_RUNNING' });
    expect((await command('resume')).timer.revision).toBe(5);
    await Promise.all([app.close(), near.close()]);
    await wire.cut();
  });
});
