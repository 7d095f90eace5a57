import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import type { EntityManager } from 'typeorm';

import { toServiceUnavailable } from '../../database/database-errors.js';
import type { Transaction } from '../../database/transactions.js';
import type { Segment } from '../rules/segments.js';
import { segmentsOf } from '../rules/segments.js';
import type { Timer } from '../rules/timer.js';
import { fromSnapshot, TIMER_COLUMNS, type TimerRecord, toTimer } from '../store/timer-record.js';

/** A finished work session of a room, and when somebody was in it. */
export interface AttendedSession {
  readonly session: Timer;
  /** Each second once, however many tabs; at least one (rooms.md, "A member's own history"). */
  readonly segments: readonly Segment[];
}

const PRESENCES = `
  SELECT p.user_id, floor(extract(epoch from p.came_at))::float8 AS came,
    floor(extract(epoch from coalesce(p.went_at, p.seen_at)))::float8 AS went, p.went_at IS NULL AS there
  FROM room_presence p WHERE p.user_id IS NOT NULL AND p.room_id = $1 ORDER BY p.came_at`;

/** Somebody was there at some time of it; people whose socket is open are there still. */
const OVERLAPS = `p.came_at < t.ended_at AND (p.went_at IS NULL OR p.went_at > t.started_at)`;

const SESSIONS_OF = `
  SELECT * FROM (
    SELECT ${TIMER_COLUMNS}, jsonb_agg(jsonb_build_array(floor(extract(epoch from p.came_at)),
        floor(extract(epoch from CASE WHEN p.went_at IS NULL THEN t.ended_at ELSE p.went_at END)))) AS presences,
      NULL::jsonb AS kept
    FROM timers t JOIN room_presence p ON p.room_id = t.room_id AND p.user_id = $1 AND ${OVERLAPS}
    WHERE t.session_type = 'work' AND t.ended_at IS NOT NULL
    GROUP BY t.id
    UNION ALL
    SELECT NULL, NULL, k.room_id, 'room', 'work', k.room_name, NULL, NULL, NULL, '{}', NULL, 0, 'completed', 0, '[]', 0,
      extract(epoch from k.started_at)::float8, NULL, NULL, NULL, 0, 0, k.segments, k.session
    FROM kept_attendances k WHERE k.user_id = $1
  ) s
  WHERE ($3::float8 IS NULL OR s.started_at < $3)
  ORDER BY s.started_at DESC LIMIT $2`;

interface Row extends TimerRecord {
  presences: [number, number][];
  kept: Record<string, unknown> | null;
}

/** Who took part in which session of a room: the overlap of their presence with its running segments. */
@Injectable()
export class Attendance {
  constructor(private readonly pool: Pool) {}

  /**
   * A person's finished work sessions, those that began last first.
   * @param before only sessions that began before this second
   * @returns them, and when the last one looked at began (undefined when there are no more)
   */
  async of(
    userId: string,
    limit: number,
    before?: number,
  ): Promise<{ attended: AttendedSession[]; last: number | undefined }> {
    try {
      const { rows } = await this.pool.query<Row>(SESSIONS_OF, [userId, limit, before ?? null]);
      const found = rows.map(attended).filter(({ segments }) => segments.length > 0);
      return { attended: found, last: rows.length < limit ? undefined : rows.at(-1)?.started_at };
    } catch (error) {
      throw toServiceUnavailable(error);
    }
  }

  /** Keeps what members took part in before their room is deleted. */
  async keepOf({ manager }: Transaction, roomId: string): Promise<void> {
    const presences = await presencesIn(manager, roomId);
    if (presences.size === 0) return;
    const sessions: TimerRecord[] = await manager.query(
      `SELECT ${TIMER_COLUMNS} FROM timers t WHERE t.room_id = $1 AND t.session_type = 'work' AND t.ended_at IS NOT NULL`,
      [roomId],
    );
    for (const record of sessions) {
      const session = toTimer(record);
      for (const [userId, stays] of presences) await keep(manager, session, userId, overlap(session, stays));
    }
  }

  /** Presence goes with its room. */
  async removeOf({ manager }: Transaction, roomId: string): Promise<void> {
    await manager.query(`DELETE FROM room_presence WHERE room_id = $1`, [roomId]);
  }
}

async function presencesIn(manager: EntityManager, roomId: string): Promise<Map<string, Segment[]>> {
  const rows: { user_id: string; came: number; went: number; there: boolean }[] = await manager.query(PRESENCES, [
    roomId,
  ]);
  const people = new Map<string, Segment[]>();
  for (const { user_id: userId, came, went, there } of rows) {
    const stay = { start: came, end: there ? Infinity : went };
    people.set(userId, [...(people.get(userId) ?? []), stay]);
  }
  return people;
}

async function keep(
  manager: EntityManager,
  session: Timer,
  userId: string,
  segments: readonly Segment[],
): Promise<void> {
  if (segments.length === 0) return;
  await manager.query(
    `INSERT INTO kept_attendances (user_id, session_id, room_id, room_name, session, segments, started_at)
     SELECT $1, t.id, t.room_id, coalesce(t.title, ''), to_jsonb(t), $3::jsonb, t.started_at FROM timers t WHERE t.id = $2
     ON CONFLICT DO NOTHING`,
    [userId, session.id, JSON.stringify(segments.map(({ start, end }) => [start, end]))],
  );
}

function attended(row: Row): AttendedSession {
  const stays = row.presences.map(([start, end]) => ({ start, end }));
  if (row.kept !== null) return { session: fromSnapshot(row.kept), segments: stays };
  const session = toTimer(row);
  return { session, segments: overlap(session, stays) };
}

/** The seconds that are in both: stays joined into one line of time, cut by the session's running segments. */
export function overlap(session: Timer, stays: readonly Segment[]): Segment[] {
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
