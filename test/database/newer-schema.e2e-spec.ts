import { migrations } from '../../migrations/index.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { createDatabase } from '../support/database.js';

const READY = { status: 'ready', checks: expect.objectContaining({ migrations: 'ok' }) as object };
const NOT_READY = { status: 'not ready', checks: expect.objectContaining({ migrations: 'failed' }) as object };

const readinessOf = async ({ url }: TestApp): Promise<{ status: number; body: unknown }> => {
  const response = await fetch(`${url}/health/ready`);
  return { status: response.status, body: await response.json() };
};

describe('a version that is older than the schema', () => {
  it('is not ready, and its log says what to do; one that runs already goes on', async () => {
    const connection = await createDatabase();
    const running = await startTestApp({ connection });
    await running.dataSource.query(
      `INSERT INTO migrations (timestamp, name) VALUES (9999999999999, 'Later9999999999999')`,
    );
    expect(await readinessOf(running)).toEqual({ status: 200, body: READY });
    const lines: string[] = [];
    const older = await startTestApp({ connection, logTo: { write: (line) => lines.push(line) } });
    expect(await readinessOf(older)).toEqual({ status: 503, body: NOT_READY });
    const said = lines.find((line) => line.includes('newer Metronome'));
    expect(said).toContain('Start that version, or restore a backup of before into a new database');
    expect(said).toContain('Later9999999999999');
    expect(said).not.toContain(migrations[0]?.name);
    await Promise.all([running.close(), older.close()]);
  }, 60_000);
});
