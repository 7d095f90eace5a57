import { Logger, makeWorkerUtils, run, type Runner } from 'graphile-worker';
import { Pool } from 'pg';

import { insertLines } from '../../src/timer-domain/statements/change-line.sql.js';
import { serveJobs } from '../harness/serve-jobs.js';

/**
 * The usual library for delayed work: a graphile-worker job for each session, due at its target, whose task completes
 * the session and writes the log row in one statement. It polls every 100 ms, with as many connections as ours.
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
/** A log line per job would cost more than the job. */
const logger = new Logger(() => () => undefined);
let runner: Runner | undefined;

/** Enqueues a job for each running session, in place of all earlier jobs. */
async function enqueue(): Promise<void> {
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

serveJobs(enqueue, async () => {
  await runner?.stop();
  await pool.end();
});
