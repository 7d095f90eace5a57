import type { Timer } from '../rules/timer.js';
import { insertLines } from './change-line.sql.js';

/** The statement that inserts a timer that has ended already, and its log row. It returns `change_id`. */
export function insertEndedStatement(timer: Timer, actor: string): { text: string; values: unknown[] } {
  const text = `
    WITH added AS (
      INSERT INTO timers AS t (id, user_id, origin, title, description, schedule_id, todo_id, tag_ids,
        allocated_duration, status, elapsed_time, started_at, ended_at, history, revision, created_at, updated_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, to_timestamp($12::float8), to_timestamp($13::float8), $14, 1,
        to_timestamp($15::float8), to_timestamp($15::float8))
      RETURNING t.*
    )
    ${insertLines({ from: 'added', row: 't', action: `'create'`, at: 't.created_at', actor: '$16::text' })}
    RETURNING id AS change_id`;
  const { state } = timer;
  const values = [
    timer.id,
    timer.userId,
    timer.origin,
    timer.title,
    timer.description,
    timer.scheduleId,
    timer.todoId,
    timer.tagIds,
    timer.allocatedDuration,
    state.status,
    state.elapsed,
    timer.startedAt,
    'endedAt' in state ? state.endedAt : null,
    JSON.stringify(timer.history),
    timer.createdAt,
    actor,
  ];
  return { text, values };
}
