import type { HistoryEntry, Timer, TimerOrigin, TimerState, TimerStatus } from '../rules/timer.js';

/** A row of `timers`, its times in seconds since the epoch ({@link TIMER_COLUMNS}). */
export interface TimerRecord {
  id: string;
  user_id: string | null;
  room_id: string | null;
  origin: TimerOrigin;
  session_type: 'work' | 'break' | null;
  title: string | null;
  description: string | null;
  schedule_id: string | null;
  todo_id: string | null;
  tag_ids: string[];
  visibility_level: string | null;
  allocated_duration: number;
  status: TimerStatus;
  elapsed_time: number;
  started_at: number;
  running_since: number | null;
  paused_at: number | null;
  ended_at: number | null;
  history: HistoryEntry[];
  revision: number;
  created_at: number;
  updated_at: number;
}

const TIMES = ['started_at', 'running_since', 'paused_at', 'ended_at', 'created_at', 'updated_at'];
const OTHERS = [
  'id',
  'user_id',
  'room_id',
  'origin',
  'session_type',
  'title',
  'description',
  'schedule_id',
  'todo_id',
  'tag_ids',
  'visibility_level',
  'allocated_duration',
  'status',
  'elapsed_time',
  'history',
  'revision',
];

/** The columns of {@link TimerRecord} from a table called `t`. */
export const TIMER_COLUMNS = [
  ...OTHERS.map((column) => `t.${column}`),
  ...TIMES.map((column) => `extract(epoch from t.${column})::float8 AS ${column}`),
].join(', ');

/** The timer a row holds. */
export function toTimer(record: TimerRecord): Timer {
  return {
    id: record.id,
    userId: record.user_id,
    roomId: record.room_id,
    origin: record.origin,
    sessionType: record.session_type,
    title: record.title,
    description: record.description,
    scheduleId: record.schedule_id,
    todoId: record.todo_id,
    tagIds: record.tag_ids,
    visibilityLevel: record.visibility_level,
    allocatedDuration: record.allocated_duration,
    startedAt: record.started_at,
    createdAt: record.created_at,
    updatedAt: record.updated_at,
    history: record.history,
    revision: record.revision,
    state: toState(record),
  };
}

/** The timer a snapshot of the change log holds: the same columns, their times as ISO 8601. */
export function fromSnapshot(snapshot: Record<string, unknown>): Timer {
  const times = TIMES.map((column) => [column, seconds(snapshot[column])]);
  return toTimer({ ...snapshot, ...Object.fromEntries(times) } as TimerRecord);
}

const seconds = (time: unknown): number | null => (typeof time === 'string' ? Date.parse(time) / 1_000 : null);

function toState(record: TimerRecord): TimerState {
  const { elapsed_time: elapsed, paused_at: pausedAt } = record;
  switch (record.status) {
    case 'running':
      return { status: 'running', runningSince: record.running_since ?? record.started_at, elapsed };
    case 'paused':
      return { status: 'paused', pausedAt: pausedAt ?? record.started_at, elapsed };
    default:
      return { status: record.status, endedAt: record.ended_at ?? record.started_at, elapsed, pausedAt };
  }
}
