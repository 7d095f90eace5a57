import type { Client } from 'pg';

import type { Ledger } from './ledger.js';
import type { Person, Room } from './load.js';

interface TimerRow {
  id: string;
  title: string | null;
  user_id: string | null;
  room_id: string | null;
  session_type: 'work' | 'break' | null;
  status: string;
  elapsed: number;
  allocated: number;
  started_at: number;
  ended_at: number | null;
  deadline_at: number | null;
  due_at: number | null;
  revision: number;
  history: { action: string; at: number; elapsed?: number }[];
}

interface ChangeRow {
  timer_id: string;
  owner: string;
  revision: number;
  action: string;
  actor: string | null;
  status: string;
  room_revision: number | null;
  room_action: string | null;
}

/** What the database holds of everything that happened after a mark in the log. */
export class Record {
  private constructor(
    readonly timers: readonly TimerRow[],
    readonly changes: readonly ChangeRow[],
    readonly clocks: ReadonlyMap<string, { revision: number; auto: boolean; shown: number[] }>,
  ) {}

  static async since(database: Client, mark: string): Promise<Record> {
    const touched = `(SELECT timer_id FROM timer_changes WHERE id > ${mark})`;
    const timers = await database.query<TimerRow>(
      `SELECT t.id, title, user_id, room_id, session_type, status, elapsed_time AS elapsed, allocated_duration AS allocated,
         ${seconds('started_at')}, ${seconds('ended_at')}, ${seconds('t.deadline_at')}, revision, history,
         extract(epoch from d.deadline_at)::int AS due_at
       FROM timers t LEFT JOIN timer_deadlines d ON d.timer_id = t.id WHERE t.id IN ${touched}`,
    );
    const changes = await database.query<ChangeRow>(
      `SELECT timer_id, owner, revision, action, actor, status,
         (room->>'revision')::int AS room_revision, room->>'action' AS room_action
       FROM timer_changes WHERE timer_id IN ${touched} ORDER BY timer_id, revision`,
    );
    const clocks = await database.query<{ id: string; revision: number; auto: boolean; shown: number[] }>(
      `SELECT room_id AS id, c.revision, c.auto_start_break AS auto,
         array(SELECT (body->>'revision')::int FROM signals WHERE topic = 'room:' || room_id
           AND kind = 'room.clock_shows') AS shown
       FROM room_clocks c WHERE room_id::text IN (SELECT owner FROM timer_changes WHERE id > ${mark})`,
    );
    return new Record(timers.rows, changes.rows, new Map(clocks.rows.map((row) => [row.id, row])));
  }
}

const seconds = (column: string) => `extract(epoch from ${column})::int AS ${column.replace(/^t\./, '')}`;

/** Everything that is wrong, in words; nothing when all is as it must be (docs/benchmarks.md#results). */
export function problemsIn(
  record: Record,
  ledger: Ledger,
  people: readonly Person[],
  rooms: readonly Room[],
): string[] {
  return [
    ...record.timers.flatMap((timer) => halfWritten(timer, changesOf(record, timer.id))),
    ...record.timers.filter(({ room_id }) => room_id !== null).flatMap((timer) => wrongSession(timer, record)),
    ...rooms.flatMap(({ id }) => wrongClock(id, record)),
    ...lost(record, ledger),
    ...lostLegacy(record, ledger),
    ...unasked(record, ledger, people),
  ];
}

const changesOf = ({ changes }: Record, id: string) => changes.filter(({ timer_id }) => timer_id === id);

/** A timer, its history and its log tell the same, one revision after the other. */
function halfWritten(timer: TimerRow, changes: readonly ChangeRow[]): string[] {
  const { id, revision, history, status, elapsed, deadline_at, due_at } = timer;
  const revisions = changes.map((change) => change.revision);
  const wanted = Array.from({ length: revision }, (_, index) => index + 1);
  const actions = changes.map(({ action }) => (action === 'complete' ? 'stop' : action));
  return [
    expectSame(`${id}: revisions in the log`, revisions, wanted),
    expectSame(
      `${id}: history and log`,
      history.map(({ action }) => action),
      actions,
    ),
    expectSame(`${id}: last status in the log`, changes.at(-1)?.status, status),
    expectSame(`${id}: seconds by its segments`, workedIn(history), elapsed),
    expectSame(`${id}: its place in the due queue`, due_at, deadline_at),
  ].flat();
}

function workedIn(history: TimerRow['history']): number {
  let worked = 0;
  let since: number | undefined;
  for (const { action, at } of history) {
    if (action === 'start' || action === 'resume') since = at;
    else if (since !== undefined) {
      worked += at - since;
      since = undefined;
    }
  }
  return worked;
}

/** A session completes once, at its target, and the break begins there. */
function wrongSession(session: TimerRow, record: Record): string[] {
  const completions = changesOf(record, session.id).filter(({ action }) => action === 'complete').length;
  if (completions > 1) return [`${session.id}: completed ${completions} times`];
  if (completions === 0) return [];
  const exact = expectSame(`${session.id}: seconds at its target`, session.elapsed, session.allocated);
  const auto = record.clocks.get(session.room_id ?? '')?.auto === true && session.session_type === 'work';
  const breaks = record.timers.filter(
    ({ room_id, session_type, started_at }) =>
      room_id === session.room_id && session_type === 'break' && started_at === session.ended_at,
  );
  return [...exact, ...expectSame(`${session.id}: breaks that follow it`, breaks.length, auto ? 1 : 0)];
}

/** A room's revisions are told once each, and its clock stands at the last. */
function wrongClock(roomId: string, record: Record): string[] {
  const clock = record.clocks.get(roomId);
  if (clock === undefined) return [];
  const told = record.changes
    .filter(({ owner, room_revision }) => owner === roomId && room_revision !== null)
    .map(({ room_revision }) => room_revision as number);
  const revisions = [...told, ...clock.shown].sort((a, b) => a - b);
  const wanted = Array.from({ length: clock.revision - 1 }, (_, index) => index + 2);
  const live = record.timers.filter(({ room_id, ended_at }) => room_id === roomId && ended_at === null).length;
  return [
    ...expectSame(`room ${roomId}: revisions told`, revisions, wanted),
    ...(live > 1 ? [`room ${roomId}: ${live} sessions at once`] : []),
  ];
}

/** Every acknowledged command is there, once. */
function lost({ changes }: Record, { acknowledged }: Ledger): string[] {
  return acknowledged.flatMap(({ id, revision, action }) => {
    const found = changes.filter((change) =>
      change.timer_id === id
        ? change.revision === revision && change.action === action
        : change.owner === id && change.room_revision === revision && change.room_action === action,
    );
    return found.length === 1 ? [] : [`${action} of ${id} to revision ${revision} is there ${found.length} times`];
  });
}

function lostLegacy({ timers, changes }: Record, ledger: Ledger): string[] {
  const byTitle = (title: string) => timers.filter((timer) => timer.title === title).length;
  const titles = [...ledger.titlesSent].flatMap((title) => {
    const there = byTitle(title);
    const missing = there === 0 && ledger.titlesAcknowledged.has(title);
    return there > 1 || missing ? [`the start of ${title} is there ${there} times`] : [];
  });
  const stops = [...ledger.stops].flatMap(([userId, count]) => {
    const there = changes.filter(({ action, owner }) => action === 'stop' && owner === userId).length;
    return there < count ? [`${count} stops of ${userId} were acknowledged, ${there} are there`] : [];
  });
  return [...titles, ...stops];
}

/** Nothing is there that nobody asked for. */
function unasked({ changes }: Record, ledger: Ledger, people: readonly Person[]): string[] {
  const legacy = ledger.titlesSent.size + [...ledger.stops.values()].reduce((sum, count) => sum + count, 0);
  const known = new Set(ledger.acknowledged.map(({ id, revision }) => `${id} ${revision}`));
  const mine = new Set(people.map(({ id }) => id));
  const others = changes.filter(
    ({ timer_id, owner, revision }) => mine.has(owner) && !known.has(`${timer_id} ${revision}`),
  );
  // A legacy start may end the paused one before it.
  const allowed = ledger.unknown * 2 + legacy * 2;
  return others.length > allowed ? [`${others.length} changes that nobody asked for, at most ${allowed} may be`] : [];
}

function expectSame(what: string, found: unknown, wanted: unknown): string[] {
  const [left, right] = [JSON.stringify(found), JSON.stringify(wanted)];
  return left === right ? [] : [`${what}: ${left} instead of ${right}`];
}
