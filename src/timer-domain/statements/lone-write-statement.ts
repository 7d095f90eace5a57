import { insertLines } from './change-line.sql.js';
import type { ChangeWrite } from '../records/write-plan.js';
import type { PreparedStatement } from './prepared-statement.js';
import type { WriteBatch } from './write-statement.js';

/**
 * The change of a batch that consists of one plain change: without starts, companions, further conditions or a
 * deadline. An idle server writes most commands this way, which needs no arrays.
 * @returns undefined for any other batch
 */
export function loneChange({ changes, starts, companions = [] }: WriteBatch): ChangeWrite | undefined {
  const [change] = changes;
  if (change === undefined || changes.length > 1 || starts.length > 0 || companions.length > 0) return undefined;
  const isPlain = change.newestOf === undefined && change.forStart === undefined && change.room === undefined;
  return isPlain && change.timer.roomId === null ? change : undefined;
}

/** The equivalent of the batch statement for one change (ADR 0005). */
export function loneStatement(change: ChangeWrite, { skipLocked }: { skipLocked: boolean }): PreparedStatement {
  return {
    name: skipLocked ? 'timer_write_lone_skipLocked' : 'timer_write_lone',
    text: skipLocked ? SKIPPING : WAITING,
    values: valuesOf(change),
  };
}

function valuesOf({ timer, action, entry, actor }: ChangeWrite): unknown[] {
  const { id, revision, state } = timer;
  return [
    id,
    revision - 1,
    state.status,
    state.elapsed,
    state.status === 'running' ? state.runningSince : null,
    state.status === 'running' ? null : state.pausedAt,
    'endedAt' in state ? state.endedAt : null,
    JSON.stringify([entry]),
    action,
    entry.at,
    actor,
  ];
}

const textOf = (lock: string): string => `
WITH held AS MATERIALIZED (
  SELECT t.id, t.revision FROM timers t WHERE t.id = $1::uuid FOR UPDATE OF t ${lock}
),
updated AS (
  UPDATE timers t SET status = $3::text, elapsed_time = $4::int, running_since = to_timestamp($5::float8),
    paused_at = to_timestamp($6::float8), ended_at = to_timestamp($7::float8), deadline_at = NULL,
    history = t.history || $8::jsonb, revision = t.revision + 1,
    updated_at = greatest(t.updated_at, to_timestamp($10::float8))
  FROM held h
  WHERE t.id = $1::uuid AND t.revision = $2::int AND h.revision = $2::int
  RETURNING t.*
),
logged AS (
  ${insertLines({ from: 'updated', row: 'u', action: '$9::text', at: 'to_timestamp($10::float8)', actor: '$11::text' })}
  RETURNING id
)
SELECT h.id, l.id AS change_id, h.revision, NULL::bool AS running, NULL::int AS live, NULL::uuid AS legacy_id
FROM held h LEFT JOIN logged l ON true`;

const SKIPPING = textOf('SKIP LOCKED');
const WAITING = textOf('');
