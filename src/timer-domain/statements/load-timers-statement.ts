import type { Timer } from '../rules/timer.js';
import { TIMER_COLUMNS, type TimerRecord, toTimer } from '../records/timer-record.js';
import type { Execute } from './prepared-statement.js';

/** Loads timers from the database. @returns the timers by id */
export async function loadTimers(execute: Execute, ids: readonly string[]): Promise<Map<string, Timer>> {
  if (ids.length === 0) return new Map();
  const text = `SELECT ${TIMER_COLUMNS} FROM timers t WHERE t.id = ANY($1::uuid[])`;
  const rows = (await execute({ name: 'timers_by_id', text, values: [ids] })) as TimerRecord[];
  return new Map(rows.map((row) => [row.id, toTimer(row)]));
}

/**
 * Loads each person's most recently started running timer (by started_at, then id).
 * @returns the timers by user id, without persons who have no running timer
 */
export async function loadNewestRunning(execute: Execute, userIds: readonly string[]): Promise<Map<string, Timer>> {
  if (userIds.length === 0) return new Map();
  const text = `SELECT ${TIMER_COLUMNS} FROM unnest($1::text[]) AS p (user_id), LATERAL (
    SELECT * FROM timers n WHERE n.user_id = p.user_id AND n.ended_at IS NULL AND n.status = 'running'
    ORDER BY n.started_at DESC, n.id DESC LIMIT 1) t`;
  const rows = (await execute({ name: 'timers_newest_running', text, values: [userIds] })) as TimerRecord[];
  return new Map(rows.map((row) => [row.user_id as string, toTimer(row)]));
}
