import { TIMER_ID } from '../engine-timers.js';

/** One part of the opponent's run. */
export interface UpdateRun {
  readonly url: string;
  /** Timers in all; each of {@link CLIENTS} has its share. */
  readonly timers: number;
  /** Commands that each timer has received before. */
  readonly firstPass: number;
  readonly passes: number;
}

/** Connections, each with one statement in flight (docs/benchmarks.md#results: `pgbench -c 16`). */
export const CLIENTS = 16;

/**
 * Writes the same columns as our pause and resume, without a change row: status, elapsed time, the times, one more
 * history entry, the revision, guarded by the revision before.
 * @param timer number of the timer, an SQL expression as are the others
 */
export function updateText(
  verb: 'pause' | 'resume',
  { timer, at, elapsed, revision }: Readonly<Record<'timer' | 'at' | 'elapsed' | 'revision', string>>,
): string {
  const [status, runningSince, pausedAt, entry] =
    verb === 'pause'
      ? ['paused', 'NULL', `to_timestamp(${at})`, `'action', 'pause', 'at', ${at}::int, 'elapsed', ${elapsed}::int`]
      : ['running', `to_timestamp(${at})`, 'NULL', `'action', 'resume', 'at', ${at}::int`];
  return `UPDATE timers SET status = '${status}', elapsed_time = ${elapsed}, running_since = ${runningSince},
    paused_at = ${pausedAt}, history = history || jsonb_build_array(jsonb_build_object(${entry})),
    revision = revision + 1, updated_at = greatest(updated_at, to_timestamp(${at}))
    WHERE id = ${TIMER_ID(timer)} AND revision = ${revision}`;
}
