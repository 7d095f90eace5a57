import type { ChangeWrite, StartWrite, WritePlan } from '../records/write-plan.js';
import { MAX_LIVE_TIMERS } from '../rules/decide.js';
import { deadlineOf } from '../rules/timer.js';
import { insertLines } from './change-line.sql.js';
import type { Companion, CompanionSql } from './companion.js';
import { loneChange, loneStatement } from './lone-write-statement.js';
import { type ArrayElement, pgArray } from './pg-array.js';
import type { PreparedStatement } from './prepared-statement.js';

/** A companion in the batch, with the timer of its command. */
export interface CompanionWrite {
  readonly companion: Companion;
  readonly timerId: string;
  readonly values: readonly ArrayElement[];
}

/** The write plans that share a statement, and their companions. */
export interface WriteBatch extends Pick<WritePlan, 'changes' | 'starts'> {
  readonly companions?: readonly CompanionWrite[];
}

/** The optional parts of the statement; their names become part of its name. */
interface Parts {
  readonly starts: boolean;
  readonly deadlines: boolean;
  /** Updates of `room_clocks`, along with the sessions. */
  readonly clocks: boolean;
  /** Companions. */
  readonly keeps: boolean;
  /** Skip locked rows; otherwise wait for their locks, `lock_timeout` at most. */
  readonly skipLocked: boolean;
}

/** The statement that writes a batch, timers and log rows, atomically. */
export function writeStatement(batch: WriteBatch, options: { skipLocked: boolean }): PreparedStatement {
  const lone = loneChange(batch);
  if (lone) return loneStatement(lone, options);
  const timers = [...batch.changes, ...batch.starts];
  const companions = batch.companions ?? [];
  const parts: Parts = {
    starts: batch.starts.length > 0,
    deadlines: timers.some(({ timer }) => timer.roomId !== null),
    clocks: batch.changes.some(({ roomTimer }) => roomTimer !== undefined),
    keeps: companions.length > 0,
    skipLocked: options.skipLocked,
  };
  const values = [
    ...changeValues(batch.changes),
    ...(parts.clocks ? roomTimerValues(batch.changes) : []),
    ...(parts.starts ? startValues(batch.starts) : []),
    ...(parts.keeps ? companionValues(companions) : []),
  ];
  return { name: nameOf(parts), text: textOf(parts, companions[0]?.companion.sql), values };
}

const nameOf = (parts: Parts): string =>
  `timer_write${Object.entries(parts)
    .filter(([, included]) => included as boolean)
    .map(([part]) => `_${part}`)
    .join('')}`;

function changeValues(changes: readonly ChangeWrite[]): string[] {
  const column = (value: (change: ChangeWrite) => ArrayElement) => pgArray(changes.map(value));
  return [
    column(({ timer }) => timer.id),
    column(({ timer }) => timer.revision - 1),
    column(({ timer }) => timer.state.status),
    column(({ timer }) => timer.state.elapsed),
    column(({ timer: { state } }) => (state.status === 'running' ? state.runningSince : null)),
    column(({ timer: { state } }) => (state.status === 'running' ? null : state.pausedAt)),
    column(({ timer: { state } }) => ('endedAt' in state ? state.endedAt : null)),
    column(({ timer }) => deadlineOf(timer)),
    column(({ entry }) => JSON.stringify([entry])),
    column(({ action }) => action),
    column(({ entry }) => entry.at),
    column(({ actor }) => actor),
    column(({ newestOf }) => newestOf ?? null),
    column(({ forStart }) => forStart ?? null),
    column(roomOf),
  ];
}

const roomTimerValues = (changes: readonly ChangeWrite[]): string[] => [
  pgArray(changes.map(({ roomTimer }) => roomTimer?.roomId ?? null)),
  pgArray(changes.map(({ roomTimer }) => roomTimer?.idleType ?? null)),
  pgArray(changes.map(({ roomTimer }) => roomTimer?.revision ?? null)),
];

const companionValues = (writes: readonly CompanionWrite[]): string[] => [
  pgArray(writes.map(({ timerId }) => timerId)),
  ...(writes[0]?.values ?? []).map((_, index) => pgArray(writes.map(({ values }) => values[index] ?? null))),
];

const roomOf = ({ room }: ChangeWrite | StartWrite): string | null =>
  room === undefined ? null : JSON.stringify(room);

function startValues(starts: readonly StartWrite[]): string[] {
  const column = (value: (start: StartWrite) => ArrayElement) => pgArray(starts.map(value));
  return [
    column(({ timer }) => timer.id),
    column(({ timer }) => timer.userId),
    column(({ timer }) => timer.roomId),
    column(({ timer }) => timer.origin),
    column(({ timer }) => timer.sessionType),
    column(({ timer }) => timer.title),
    column(({ timer }) => timer.description),
    column(({ timer }) => timer.scheduleId),
    column(({ timer }) => timer.todoId),
    column(({ timer }) => pgArray(timer.tagIds)),
    column(({ timer }) => timer.allocatedDuration),
    column(({ timer }) => timer.startedAt),
    column(({ timer }) => deadlineOf(timer)),
    column(({ timer }) => JSON.stringify(timer.history)),
    column(({ actor }) => actor),
    column(({ exclusive }) => exclusive),
    column(({ predecessor }) => predecessor),
    column(roomOf),
  ];
}

const texts = new Map<string, string>();

/** The text for these parts. It is cached by parts only, because only one module adds companions to commands. */
function textOf(parts: Parts, companion: CompanionSql | undefined): string {
  const name = nameOf(parts);
  const text = texts.get(name) ?? compose(parts, companion);
  texts.set(name, text);
  return text;
}

const STARTED = `SELECT s.*, 'start', s.started_at, a.actor, a.room FROM started s JOIN admitted a ON a.id = s.id`;

function compose(parts: Parts, companion: CompanionSql | undefined): string {
  const written = parts.starts ? `SELECT * FROM updated UNION ALL ${STARTED}` : 'SELECT * FROM updated';
  const common = [
    ...(companion ? [keepInput(parts, companion)] : []),
    changeInput(parts),
    ...(parts.starts ? [startInput(parts)] : []),
    updateTimers(parts),
    ...(parts.clocks ? [moveRoomTimers()] : []),
    ...(parts.starts ? [insertTimers()] : []),
    `written AS (${written})`,
    insertChanges(),
    ...(companion ? [keepOutcomes(companion)] : []),
    ...(parts.deadlines ? [maintainDeadlines()] : []),
  ];
  return `WITH ${common.join(',\n')}\n${results(parts, companion)}`;
}

const CHANGE_TYPES = 'uuid int text int float8 float8 float8 float8 jsonb text float8 text text uuid jsonb'.split(' ');
const CLOCK_TYPES = ['uuid', 'text', 'int'];
const START_TYPES =
  'uuid text uuid text text text text uuid uuid text int float8 float8 jsonb text bool uuid jsonb'.split(' ');

/** Array parameters of these types, numbered from `first`. */
const arrays = (types: readonly string[], first: number): string =>
  types.map((type, index) => `$${first + index}::${type}[]`).join(', ');

const changeTypes = ({ clocks }: Parts): string[] => [...CHANGE_TYPES, ...(clocks ? CLOCK_TYPES : [])];

const keepInput = (parts: Parts, { columns, select }: CompanionSql): string => `
keep AS (
  SELECT * FROM unnest(${arrays(
    ['uuid', ...Object.values(columns)],
    changeTypes(parts).length + (parts.starts ? START_TYPES.length : 0) + 1,
  )})
    AS k (timer_id, ${Object.keys(columns).join(', ')})
),
kept AS MATERIALIZED (
  ${select}
)`;

const keepOutcomes = ({ insert }: CompanionSql): string => `
keeping AS (
  ${insert('k.timer_id IN (SELECT w.id FROM written w)')}
)`;

const changeInput = (parts: Parts): string => `
change AS (
  SELECT * FROM unnest(${arrays(changeTypes(parts), 1)}) AS c (id, expected, status, elapsed, running_since, paused_at,
    ended_at, deadline_at, entry, action, at, actor, newest_of, for_start, room
    ${parts.clocks ? ', room_id, idle_type, clock_revision' : ''})
),
held AS MATERIALIZED (${parts.clocks ? holdWithRoomTimers(parts) : hold(parts)})`;

const lock = ({ skipLocked }: Parts): string => (skipLocked ? 'SKIP LOCKED' : '');

// In id order, so that two instances that lock the same rows do not deadlock.
const hold = (parts: Parts): string => `
  SELECT t.id, t.revision FROM timers t JOIN change c ON c.id = t.id
  ORDER BY t.id FOR UPDATE OF t ${lock(parts)}`;

const holdWithRoomTimers = (parts: Parts): string => `
  SELECT t.id, t.revision FROM change c JOIN room_clocks k ON k.room_id = c.room_id AND k.revision = c.clock_revision - 1
    JOIN timers t ON t.id = c.id
  ORDER BY k.room_id FOR UPDATE OF k, t ${lock(parts)}`;

// The statement itself checks whether a timer of the person runs, because a cache cannot prove the absence of a timer.
const startInput = (parts: Parts): string => `
judged AS MATERIALIZED (
  SELECT s.*, l.running, l.live, l.legacy_id FROM unnest(${arrays(START_TYPES, changeTypes(parts).length + 1)})
    AS s (id, user_id, room_id, origin, session_type, title, description, schedule_id, todo_id, tag_ids, allocated, at,
      deadline_at, history, actor, exclusive, predecessor, room),
  LATERAL (
    SELECT coalesce(bool_or(t.status = 'running'), false) AS running, count(*)::int AS live,
      (array_agg(t.id) FILTER (WHERE t.origin = 'legacy'))[1] AS legacy_id
    FROM timers t WHERE t.user_id = s.user_id AND t.ended_at IS NULL
  ) l
),
admitted AS MATERIALIZED (
  SELECT * FROM judged j
  WHERE j.live - (j.predecessor IS NOT NULL)::int < ${MAX_LIVE_TIMERS}
    AND (NOT j.exclusive OR (NOT j.running AND j.legacy_id IS NOT DISTINCT FROM j.predecessor))
    ${parts.keeps ? 'AND NOT EXISTS (SELECT FROM kept e WHERE e.timer_id = j.id)' : ''}
)`;

const updateTimers = ({ starts, keeps }: Parts): string => `
updated AS (
  UPDATE timers t SET status = c.status, elapsed_time = c.elapsed, running_since = to_timestamp(c.running_since),
    paused_at = to_timestamp(c.paused_at), ended_at = to_timestamp(c.ended_at),
    deadline_at = to_timestamp(c.deadline_at), history = t.history || c.entry, revision = t.revision + 1,
    updated_at = greatest(t.updated_at, to_timestamp(c.at))
  FROM change c JOIN held h ON h.id = c.id AND h.revision = c.expected
  WHERE t.id = c.id AND t.revision = c.expected
    AND (c.newest_of IS NULL OR NOT EXISTS (
      SELECT FROM timers n WHERE n.user_id = c.newest_of AND n.ended_at IS NULL AND n.status = 'running'
        AND (n.started_at, n.id) > (t.started_at, t.id)))
    ${keeps ? 'AND NOT EXISTS (SELECT FROM kept e WHERE e.timer_id = c.id)' : ''}
    ${starts ? 'AND (c.for_start IS NULL OR EXISTS (SELECT FROM admitted a WHERE a.id = c.for_start))' : ''}
  RETURNING t.*, c.action, to_timestamp(c.at) AS at, c.actor, c.room
)`;

const moveRoomTimers = (): string => `
moved AS (
  UPDATE room_clocks k SET idle_type = c.idle_type, revision = c.clock_revision
  FROM updated u JOIN change c ON c.id = u.id
  WHERE k.room_id = c.room_id AND k.revision = c.clock_revision - 1
)`;

// Reads from the update, so a predecessor has ended before its successor enters the unique index. A start waits for
// another instance's uncommitted start of the same person, and inserts nothing if that commits. The order by person
// prevents deadlocks between two batches.
const insertTimers = (): string => `
started AS (
  INSERT INTO timers AS t (id, user_id, room_id, origin, session_type, title, description, schedule_id, todo_id,
    tag_ids, allocated_duration, status, elapsed_time, started_at, running_since, deadline_at, history, revision,
    created_at, updated_at)
  SELECT a.id, a.user_id, a.room_id, a.origin, a.session_type, a.title, a.description, a.schedule_id, a.todo_id,
    a.tag_ids::uuid[], a.allocated, 'running', 0, to_timestamp(a.at), to_timestamp(a.at), to_timestamp(a.deadline_at),
    a.history, 1, to_timestamp(a.at), to_timestamp(a.at)
  FROM admitted a LEFT JOIN updated p ON p.id = a.predecessor
  WHERE a.predecessor IS NULL OR p.id IS NOT NULL
  ORDER BY a.user_id
  ON CONFLICT DO NOTHING
  RETURNING t.*
)`;

const insertChanges = (): string => `
logged AS (
  ${insertLines({ from: 'written', row: 'w', action: 'w.action', at: 'w.at', actor: 'w.actor', room: 'w.room' })}
  RETURNING id, timer_id
)`;

const maintainDeadlines = (): string => `
undue AS (
  DELETE FROM timer_deadlines d USING written w WHERE d.timer_id = w.id AND w.deadline_at IS NULL
),
due AS (
  INSERT INTO timer_deadlines (timer_id, deadline_at)
  SELECT w.id, w.deadline_at FROM written w WHERE w.deadline_at IS NOT NULL
  ON CONFLICT (timer_id) DO UPDATE SET deadline_at = excluded.deadline_at
)`;

// UNION ALL instead of a join, because the planner does not know the number of rows and would choose a nested loop.
function results({ starts }: Parts, companion: CompanionSql | undefined): string {
  const found = companion?.found ?? [];
  const more = found.map(() => ', NULL').join('');
  const lines = [
    `SELECT h.id, NULL::bigint AS change_id, h.revision, NULL::bool AS running, NULL::int AS live,
  NULL::uuid AS legacy_id${found.map(({ name, type }) => `, NULL::${type} AS ${name}`).join('')} FROM held h`,
    ...(starts ? [`SELECT j.id, NULL, NULL, j.running, j.live, j.legacy_id${more} FROM judged j`] : []),
    ...(companion
      ? [
          `SELECT e.timer_id, NULL, NULL, NULL, NULL, NULL${found.map(({ column }) => `, e.${column}`).join('')} FROM kept e`,
        ]
      : []),
    `SELECT l.timer_id, l.id, NULL, NULL, NULL, NULL${more} FROM logged l`,
  ];
  return lines.join('\nUNION ALL\n');
}
