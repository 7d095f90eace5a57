import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';

import { toServiceUnavailable } from '../database/database-errors.js';
import type { Segment } from '../timer-domain/rules/segments.js';
import { segmentsOf } from '../timer-domain/rules/segments.js';
import type { Timer } from '../timer-domain/rules/timer.js';
import { fromSnapshot, TIMER_COLUMNS, type TimerRecord, toTimer } from '../timer-domain/records/timer-record.js';

/** A period of a person's presence, in whole seconds; its end is Infinity while the socket is open. */
export type Stay = Segment;

/** A finished work session of a room, and the time that a person attended it. */
export interface AttendedSession {
  readonly session: Timer;
  /** At least one; several tabs count once (docs/spec/rooms.md#a-members-own-history). */
  readonly segments: readonly Segment[];
}

/** A position in a person's history, which is ordered by the first attended second of a session, then by its id. */
export interface AttendancePosition {
  readonly at: number;
  readonly id: string;
}

/** Attended sessions before a position, newest first. */
export interface AttendedPage {
  readonly attended: readonly AttendedSession[];
  /** The position at which the next page begins; undefined on the last page. */
  readonly next: AttendancePosition | undefined;
}

/** Presence entries that one query reads. */
const ENTRIES_AT_ONCE = 100;

/** A person's presence entries that began before a given second: open entries first, then by end, newest first. */
const ENTRIES = {
  name: 'attendance_entries',
  text: `SELECT p.id, p.room_id, extract(epoch from p.came_at)::float8 AS came,
      extract(epoch from coalesce(p.went_at, 'infinity'))::float8 AS went
    FROM room_presence p
    WHERE p.user_id = $1 AND p.came_at < to_timestamp($2::float8)
      AND (coalesce(p.went_at, 'infinity'), p.id) < (to_timestamp($3::float8), $4::uuid)
    ORDER BY coalesce(p.went_at, 'infinity') DESC, p.id DESC LIMIT ${ENTRIES_AT_ONCE}`,
};

/**
 * Work sessions during each entry that began before a given second, newest first. Sessions of a room do not overlap, so
 * only the last of those that began before the entry can extend into it.
 */
const SESSIONS = {
  name: 'attendance_sessions',
  text: `WITH found AS MATERIALIZED (
      SELECT s.nth, t.id, t.started_at
      FROM unnest($1::uuid[], $2::float8[], $3::float8[]) WITH ORDINALITY AS s (room_id, came, went, nth)
      CROSS JOIN LATERAL (
        SELECT t.id, t.started_at FROM timers t
        WHERE t.room_id = s.room_id AND t.session_type = 'work' AND t.ended_at IS NOT NULL AND t.elapsed_time > 0
          AND t.ended_at > to_timestamp(s.came) AND t.started_at < to_timestamp(least(s.went, $4::float8))
          AND t.started_at >= coalesce((
            SELECT b.started_at FROM timers b WHERE b.room_id = s.room_id AND b.started_at <= to_timestamp(s.came)
            ORDER BY b.started_at DESC, b.id DESC LIMIT 1), '-infinity')
        ORDER BY t.started_at DESC, t.id DESC LIMIT $5) t),
    cut AS (SELECT max(first) AS at FROM (
      SELECT min(started_at) AS first FROM found GROUP BY nth HAVING count(*) = $5) f)
    SELECT ${TIMER_COLUMNS}, extract(epoch from cut.at)::float8 AS cut FROM timers t, cut
    WHERE t.id IN (SELECT id FROM found)`,
};

/** All presence of a person that overlaps a period. */
const STAYS = {
  name: 'attendance_stays',
  text: `SELECT p.room_id, floor(extract(epoch from p.came_at))::float8 AS start,
      floor(extract(epoch from coalesce(p.went_at, 'infinity')))::float8 AS "end"
    FROM room_presence p
    WHERE p.user_id = $1 AND coalesce(p.went_at, 'infinity') > to_timestamp($2::float8)
      AND p.came_at < to_timestamp($3::float8)`,
};

/** Attendance kept from deleted rooms. */
const KEPT = {
  name: 'attendance_kept',
  text: `SELECT k.session, k.segments FROM kept_attendances k
    WHERE k.user_id = $1 AND ((k.segments->0->>0)::float8, k.session_id) < ($2::float8, $3::uuid)
    ORDER BY (k.segments->0->>0)::float8 DESC, k.session_id DESC LIMIT $4`,
};

const FIRST_ID = '00000000-0000-0000-0000-000000000000';
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

interface Entry {
  readonly id: string;
  readonly room_id: string;
  readonly came: number;
  readonly went: number;
}

type Found = readonly AttendedSession[];

/** Sessions that were found, and the position before which there may be more. */
interface Reach {
  readonly found: Found;
  readonly complete: AttendancePosition;
}

/** The position before all sessions. */
const BEGINNING: AttendancePosition = { at: -Infinity, id: '' };

/**
 * Computes which sessions a person attended: the overlap of their presence with the running segments of a session. A
 * page is read by walking the person's entries backwards from the latest end, so its cost depends on the size of the
 * page and not on the length of the history.
 */
@Injectable()
export class Attendance {
  constructor(private readonly pool: Pool) {}

  /**
   * A person's finished work sessions before a position, latest first attended second first.
   * @param limit approximate; a page may have fewer or more sessions
   * @throws ServiceUnavailableError
   */
  async before(userId: string, position: AttendancePosition | undefined, limit: number): Promise<AttendedPage> {
    const from = position ?? { at: Infinity, id: LAST_ID };
    try {
      const live = await this.live(userId, from, limit);
      // Read after the live sessions, so that a session that a removal moves between the reads appears in both results.
      const kept = await this.kept(userId, from, limit);
      return pageOf([live, kept], from);
    } catch (error) {
      throw toServiceUnavailable(error);
    }
  }

  private async live(userId: string, from: AttendancePosition, limit: number): Promise<Reach> {
    const found = new Map<string, AttendedSession>();
    let [went, id, cut] = [Infinity, LAST_ID, -Infinity];
    for (;;) {
      const entries = await this.entries(userId, from.at + 1, { went, id });
      const slice = await this.during(userId, entries, from.at + 1, limit);
      for (const attended of slice.found) found.set(attended.session.id, attended);
      cut = Math.max(cut, slice.cut);
      const last = entries.at(-1);
      const isLast = last === undefined || entries.length < ENTRIES_AT_ONCE;
      if (!isLast) [went, id] = [last.went, last.id];
      // Entries that ended earlier contain nothing after their end.
      const at = isLast ? cut : Math.max(cut, Math.ceil(went));
      const certain = [...found.values()].filter((one) => isBefore(one, from) && firstOf(one) >= at);
      if (isLast || went <= cut || certain.length >= limit) {
        return { found: [...found.values()], complete: { at, id: '' } };
      }
    }
  }

  private async entries(userId: string, before: number, { went, id }: { went: number; id: string }): Promise<Entry[]> {
    return (await this.pool.query<Entry>({ ...ENTRIES, values: [userId, before, went, id] })).rows;
  }

  /** Sessions attended during these entries, each with all of the person's presence in it, other entries included. */
  private async during(
    userId: string,
    entries: readonly Entry[],
    before: number,
    limit: number,
  ): Promise<{ found: Found; cut: number }> {
    const lines = [...byRoom(entries)].flatMap(([roomId, stays]) => joined(stays).map((stay) => ({ roomId, ...stay })));
    if (lines.length === 0) return { found: [], cut: -Infinity };
    const { rows } = await this.pool.query<TimerRecord & { cut: number | null }>({
      ...SESSIONS,
      values: [
        lines.map(({ roomId }) => roomId),
        lines.map(({ start }) => start),
        lines.map(({ end }) => end),
        before,
        limit + 2,
      ],
    });
    if (rows.length === 0) return { found: [], cut: -Infinity };
    const stays = await this.stays(userId, rows);
    const found = rows.flatMap((row) => {
      const session = toTimer(row);
      const segments = overlapOf(session, stays.get(row.room_id ?? '') ?? []);
      return segments.length === 0 ? [] : [{ session, segments }];
    });
    return { found, cut: rows[0]?.cut ?? -Infinity };
  }

  private async stays(userId: string, sessions: readonly TimerRecord[]): Promise<Map<string, Stay[]>> {
    const from = Math.min(...sessions.map(({ started_at: at }) => at));
    const to = Math.max(...sessions.map(({ ended_at: at, started_at: start }) => at ?? start));
    const { rows } = await this.pool.query<Stay & { room_id: string }>({ ...STAYS, values: [userId, from, to] });
    const rooms = new Map<string, Stay[]>();
    for (const { room_id: roomId, start, end } of rows)
      rooms.set(roomId, [...(rooms.get(roomId) ?? []), { start, end }]);
    return rooms;
  }

  private async kept(userId: string, from: AttendancePosition, limit: number): Promise<Reach> {
    const { rows } = await this.pool.query<{ session: Record<string, unknown>; segments: [number, number][] }>({
      ...KEPT,
      values: [userId, from.at, from.id === '' ? FIRST_ID : from.id, limit],
    });
    const found = rows.map(({ session, segments }) => ({
      session: fromSnapshot(session),
      segments: segments.map(([start, end]) => ({ start, end })),
    }));
    const last = found.at(-1);
    const isAll = last === undefined || found.length < limit;
    return { found, complete: isAll ? BEGINNING : { at: firstOf(last), id: last.session.id } };
  }
}

const firstOf = ({ segments, session }: AttendedSession): number => segments[0]?.start ?? session.startedAt;

const isBefore = (one: AttendedSession, { at, id }: AttendancePosition): boolean =>
  firstOf(one) < at || (firstOf(one) === at && one.session.id < id);

/** The part of the history for which all sources are complete; the next page begins where a source may have more. */
function pageOf(sources: readonly Reach[], from: AttendancePosition): AttendedPage {
  const complete = sources
    .map((source) => source.complete)
    .reduce((one, other) => (one.at > other.at || (one.at === other.at && one.id > other.id) ? one : other));
  const all = new Map(sources.flatMap(({ found }) => found.map((one) => [one.session.id, one] as const)));
  const attended = [...all.values()]
    .filter((one) => isBefore(one, from) && !isBefore(one, complete))
    .sort((one, other) => (isBefore(one, { at: firstOf(other), id: other.session.id }) ? 1 : -1));
  return { attended, next: complete.at === -Infinity ? undefined : complete };
}

function byRoom(entries: readonly Entry[]): Map<string, Stay[]> {
  const rooms = new Map<string, Stay[]>();
  for (const { room_id: roomId, came: start, went: end } of entries) {
    const stays = rooms.get(roomId) ?? [];
    rooms.set(roomId, stays);
    stays.push({ start, end });
  }
  return rooms;
}

/** The intersection of the session's running segments with the merged stays. */
export function overlapOf(session: Timer, stays: readonly Stay[]): Segment[] {
  const line = joined(stays);
  return segmentsOf(session.history, 0).flatMap((worked) =>
    line.flatMap((stay) => {
      const start = Math.max(worked.start, stay.start);
      const end = Math.min(worked.end, stay.end);
      return start < end ? [{ start, end }] : [];
    }),
  );
}

function joined(stays: readonly Segment[]): Segment[] {
  const line: { start: number; end: number }[] = [];
  for (const { start, end } of [...stays].sort((one, other) => one.start - other.start)) {
    const last = line.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else line.push({ start, end });
  }
  return line;
}
