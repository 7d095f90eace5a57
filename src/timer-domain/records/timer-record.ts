import type { HistoryEntry, Timer, TimerOrigin, TimerState, TimerStatus } from '../rules/timer.js';

/** A row of `timers`, with times in seconds since the epoch ({@link TIMER_COLUMNS}). */
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

/** Columns that a row of the change log copies from `timers`; the owner is stored in `owner`. */
export const LOGGED_COLUMNS = [...OTHERS, ...TIMES].filter((column) => column !== 'revision');

const columnsOf = (table: string): string =>
  [
    ...OTHERS.map((column) => `${table}.${column}`),
    ...TIMES.map((column) => `extract(epoch from ${table}.${column})::float8 AS ${column}`),
  ].join(', ');

/** The columns of {@link TimerRecord} from a table called `t`. */
export const TIMER_COLUMNS = `t.id, t.user_id, t.room_id, ${columnsOf('t')}`;

/** The user or room of the timer in a row of `timer_changes` called `l`. */
export const LOGGED_OWNER = `CASE l.origin WHEN 'room' THEN NULL ELSE l.owner END AS user_id,
  CASE l.origin WHEN 'room' THEN l.owner::uuid END AS room_id`;

/** The columns of {@link LoggedRecord} from a row of `timer_changes` called `l`. */
export const LOGGED_TIMER_COLUMNS = `l.timer_id, ${LOGGED_OWNER}, ${columnsOf('l')}`;

/** A timer in a row of the change log, whose own `id` is not the timer's. */
export type LoggedRecord = Omit<TimerRecord, 'id'> & { timer_id: string };

/** Converts a row of `timers`. */
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

/** Converts a row of the change log. */
export function fromLine(record: LoggedRecord): Timer {
  return toTimer({ ...record, id: record.timer_id });
}

/** Converts a row of `timers` that was stored as JSON: the same columns, with times in ISO 8601. */
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
