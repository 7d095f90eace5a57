import { Logger, makeWorkerUtils, run, type Runner } from 'graphile-worker';
import { Pool } from 'pg';

import { insertLines } from '../../src/timer-domain/statements/change-line.sql.js';
import { serveJobs } from '../harness/serve-jobs.js';

/**
 * What one would take for "do this then": a job of graphile-worker for each session, due at its target, whose task completes
 * the session and writes the line of the log, in one statement. It looks every 100 ms, with the connections we have too.
 */
const connectionString = process.env['DATABASE_URL'] ?? '';
const COMPLETE = {
  name: 'complete',
  text: `WITH done AS (
      UPDATE timers SET status = 'completed', elapsed_time = allocated_duration, running_since = NULL, ended_at = deadline_at,
        deadline_at = NULL, revision = revision + 1, updated_at = now(),
        history = history || jsonb_build_array(jsonb_build_object('action', 'stop', 'elapsed', allocated_duration))
      WHERE id = $1 AND status = 'running' RETURNING timers.*
    )
    ${insertLines({ from: 'done', row: 'd', action: `'complete'`, at: 'd.ended_at', actor: 'NULL' })}`,
};
const SCHEDULE = `SELECT graphile_worker.add_job('complete', json_build_object('id', id), run_at := deadline_at)
  FROM timers WHERE status = 'running'`;

const pool = new Pool({ connectionString, max: 10 });
/** A line for each job would cost it more than the job. */
const logger = new Logger(() => () => undefined);
let runner: Runner | undefined;

/** Takes on all that runs, in the place of what it had. */
async function takeOn(): Promise<void> {
  const utils = await makeWorkerUtils({ connectionString, logger });
  await utils.migrate();
  await utils.release();
  await pool.query('TRUNCATE graphile_worker._private_jobs');
  await pool.query(SCHEDULE);
  runner ??= await run({
    pgPool: pool,
    concurrency: 8,
    pollInterval: 100,
    noHandleSignals: true,
    logger,
    taskList: {
      complete: async (payload, { withPgClient }) => {
        const { id } = payload as { id: string };
        await withPgClient((client) => client.query({ ...COMPLETE, values: [id] }));
      },
    },
  });
}

serveJobs(takeOn, async () => {
  await runner?.stop();
  await pool.end();
});
