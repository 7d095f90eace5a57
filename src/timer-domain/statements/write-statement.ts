import { insertAnswers, isStillKept } from '../../idempotency/kept-answers-statement.js';
import type { Repeatable } from '../../idempotency/keep.js';
import type { RoomChange, RoomTimer } from '../rules/room-timer.js';
import { deadlineOf, type HistoryEntry, type Timer } from '../rules/timer.js';
import { insertLines } from './change-line.sql.js';
import { loneChange, loneStatement } from './lone-write-statement.js';
import { type ArrayElement, pgArray } from './pg-array.js';

interface Write {
  /** The timer as it will be. */
  readonly timer: Timer;
  /** Who did it; null for the clock. */
  readonly actor: string | null;
  /** What the log tells of the room's timer with it. */
  readonly room?: RoomChange;
}

/** One more revision of an existing timer; nothing happens unless it still has the revision before. */
export interface ChangeWrite extends Write {
  readonly action: string;
  readonly entry: HistoryEntry;
  /** Only if this person has no running timer that was started later. */
  readonly newestOf?: string;
  /** Only if this new timer is let in: it takes the place of the changed one. */
  readonly forStart?: string;
  /** The room's timer after it; all changes of a batch have one, or none has (see {@link WriteBatch}). */
  readonly roomTimer?: RoomTimer;
}

/** A new, running timer. */
export interface StartWrite extends Write {
  /** Only if nothing of the person runs and the predecessor is their only live legacy timer (legacy.md, "Meaning"). */
  readonly exclusive: boolean;
  readonly predecessor: string | null;
}

/**
 * Rooms' sessions may bring their rooms' timers along: a room's timer moves on with its session, and neither does unless both have
 * the revision before. Otherwise whoever writes them holds the rooms' rows.
 */
export interface WriteBatch {
  readonly changes: readonly ChangeWrite[];
  readonly starts: readonly StartWrite[];
  /** Outcomes that are kept with what they come of; what a key was used for before is not written again. */
  readonly keeps?: readonly KeepWrite[];
}

/** An outcome to be kept under a key. */
export interface KeepWrite {
  readonly keep: Repeatable;
  /** Whose write it is the outcome of. */
  readonly timerId: string;
  /** JSON. */
  readonly body: string;
}

/** What the statement answers for each of its timers; for one that was written, first what was found, then its change. */
export interface WriteResult {
  readonly id: string;
  /** The place in `timer_changes`; null when nothing was written. */
  readonly change_id: string | null;
  /** For a change: the revision found. Absent: the row was locked by somebody else, or is gone. */
  readonly revision: number | null;
  /** For an exclusive start: why it was not let in. */
  readonly running: boolean | null;
  readonly live: number | null;
  readonly legacy_id: string | null;
  /** What was kept before under the key of this write, which was left undone then. */
  readonly kept_fingerprint?: Buffer | null;
  readonly kept_body?: unknown;
}

/** Running and paused timers one person may have (v1.md 5.2). */
export const MAX_LIVE_TIMERS = 1_000;

interface Parts {
  readonly starts: boolean;
  readonly deadlines: boolean;
  readonly clocks: boolean;
  readonly keeps: boolean;
  /** Take what is free and leave the rest; otherwise wait for the lock, `lock_timeout` at most. */
  readonly skipLocked: boolean;
}

/** A statement to be sent as it is; with a name it is prepared once per connection. */
export interface PreparedStatement {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
}

/** The one statement that writes this batch: rows and log, all or nothing. */
export function writeStatement(batch: WriteBatch, options: { skipLocked: boolean }): PreparedStatement {
  const lone = loneChange(batch);
  if (lone) return loneStatement(lone, options);
  const timers = [...batch.changes, ...batch.starts];
  const parts = {
    starts: batch.starts.length > 0,
    deadlines: timers.some(({ timer }) => timer.roomId !== null),
    clocks: batch.changes.some(({ roomTimer }) => roomTimer !== undefined),
    keeps: (batch.keeps ?? []).length > 0,
    skipLocked: options.skipLocked,
  };
  const values = [
    ...changeValues(batch.changes),
    ...(parts.clocks ? roomTimerValues(batch.changes) : []),
    ...(parts.starts ? startValues(batch.starts) : []),
    ...(parts.keeps ? keepValues(batch.keeps ?? []) : []),
  ];
  return { name: nameOf(parts), text: textOf(parts), values };
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

const keepValues = (keeps: readonly KeepWrite[]): string[] => [
  pgArray(keeps.map(({ timerId }) => timerId)),
  pgArray(keeps.map(({ keep }) => keep.scope)),
  pgArray(keeps.map(({ keep }) => keep.key)),
  pgArray(keeps.map(({ keep }) => `\\x${keep.fingerprint.toString('hex')}`)),
  pgArray(keeps.map(({ body }) => body)),
];

const roomOf = ({ room }: Write): string | null => (room === undefined ? null : JSON.stringify(room));

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

function textOf(parts: Parts): string {
  const name = nameOf(parts);
  const text = texts.get(name) ?? compose(parts);
  texts.set(name, text);
  return text;
}

const STARTED = `SELECT s.*, 'start', s.started_at, a.actor, a.room FROM started s JOIN admitted a ON a.id = s.id`;

function compose(parts: Parts): string {
  const written = parts.starts ? `SELECT * FROM updated UNION ALL ${STARTED}` : 'SELECT * FROM updated';
  const common = [
    ...(parts.keeps ? [keepInput(parts)] : []),
    changeInput(parts),
    ...(parts.starts ? [startInput(parts)] : []),
    updateTimers(parts),
    ...(parts.clocks ? [moveRoomTimers()] : []),
    ...(parts.starts ? [insertTimers()] : []),
    `written AS (${written})`,
    insertChanges(),
    ...(parts.keeps ? [keepOutcomes()] : []),
    ...(parts.deadlines ? [maintainDeadlines()] : []),
  ];
  return `WITH ${common.join(',\n')}\n${results(parts)}`;
}

const CHANGE_TYPES = 'uuid int text int float8 float8 float8 float8 jsonb text float8 text text uuid jsonb'.split(' ');
const CLOCK_TYPES = ['uuid', 'text', 'int'];
const START_TYPES =
  'uuid text uuid text text text text uuid uuid text int float8 float8 jsonb text bool uuid jsonb'.split(' ');

/** Parameters from this one on, each an array of its type. */
const arrays = (types: readonly string[], first: number): string =>
  types.map((type, index) => `$${first + index}::${type}[]`).join(', ');

const KEEP_TYPES = ['uuid', 'text', 'text', 'bytea', 'json'];

const changeTypes = ({ clocks }: Parts): string[] => [...CHANGE_TYPES, ...(clocks ? CLOCK_TYPES : [])];

const keepInput = (parts: Parts): string => `
keep AS (
  SELECT * FROM unnest(${arrays(KEEP_TYPES, changeTypes(parts).length + (parts.starts ? START_TYPES.length : 0) + 1)})
    AS k (timer_id, scope, key, fingerprint, body)
),
kept AS MATERIALIZED (
  SELECT k.timer_id, a.fingerprint, a.body FROM keep k
    JOIN kept_answers a ON a.scope = k.scope AND a.key = k.key AND ${isStillKept('a')}
)`;

const keepOutcomes = (): string => `
keeping AS (
  ${insertAnswers(`SELECT k.scope, k.key, k.fingerprint, 200, k.body, false FROM keep k
    WHERE k.timer_id IN (SELECT w.id FROM written w)`)}
)`;

const changeInput = (parts: Parts): string => `
change AS (
  SELECT * FROM unnest(${arrays(changeTypes(parts), 1)}) AS c (id, expected, status, elapsed, running_since, paused_at,
    ended_at, deadline_at, entry, action, at, actor, newest_of, for_start, room
    ${parts.clocks ? ', room_id, idle_type, clock_revision' : ''})
),
held AS MATERIALIZED (${parts.clocks ? holdWithRoomTimers(parts) : hold(parts)})`;

const lock = ({ skipLocked }: Parts): string => (skipLocked ? 'SKIP LOCKED' : '');

// In id order, so that two instances that wait for each other's rows wait in one direction.
const hold = (parts: Parts): string => `
  SELECT t.id, t.revision FROM timers t JOIN change c ON c.id = t.id
  ORDER BY t.id FOR UPDATE OF t ${lock(parts)}`;

const holdWithRoomTimers = (parts: Parts): string => `
  SELECT t.id, t.revision FROM change c JOIN room_clocks k ON k.room_id = c.room_id AND k.revision = c.clock_revision - 1
    JOIN timers t ON t.id = c.id
  ORDER BY k.room_id FOR UPDATE OF k, t ${lock(parts)}`;

// Whether anything of the person runs is judged here and not from a cache: it is a question about an absence.
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

// Fed by the update, so a predecessor has ended before its successor enters the unique index. A start that another
// instance has under way is waited for and then steps back; in the order of persons, so two batches never deadlock.
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

// Not joined: for all that the planner knows of their length, it would compare each with each.
function results({ starts, keeps }: Parts): string {
  const more = keeps ? ', NULL, NULL' : '';
  const lines = [
    `SELECT h.id, NULL::bigint AS change_id, h.revision, NULL::bool AS running, NULL::int AS live,
  NULL::uuid AS legacy_id${keeps ? ', NULL::bytea AS kept_fingerprint, NULL::json AS kept_body' : ''} FROM held h`,
    ...(starts ? [`SELECT j.id, NULL, NULL, j.running, j.live, j.legacy_id${more} FROM judged j`] : []),
    ...(keeps ? [`SELECT e.timer_id, NULL, NULL, NULL, NULL, NULL, e.fingerprint, e.body FROM kept e`] : []),
    `SELECT l.timer_id, l.id, NULL, NULL, NULL, NULL${more} FROM logged l`,
  ];
  return lines.join('\nUNION ALL\n');
}
