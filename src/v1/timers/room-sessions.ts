import { Injectable } from '@nestjs/common';

import { Attendance, type AttendancePosition, type AttendedSession } from '../../room-people/attendance.js';
import { withSegments } from '../../timer-domain/rules/segments.js';
import type { Timer } from '../../timer-domain/rules/timer.js';
import type { TimerPlace } from './timer-finder.js';
import type { Reader } from '../http/read-context.js';
import { type TimerObject, TimerPresenter } from './timer.presenter.js';
import type { TimerListQuery } from './timer.requests.js';

/** A finished session as its member's timer, and what only rooms have. */
export interface RoomSession {
  readonly timer: Timer;
  readonly sessionType: string | null;
  readonly roomId: string | null;
}

/** Finished work sessions of rooms as rows of a member's list (docs/spec/v1.md#55-reading-and-editing, `type=room`). */
@Injectable()
export class RoomSessions {
  constructor(
    private readonly attendance: Attendance,
    private readonly presenter: TimerPresenter,
  ) {}

  /** Newest first; one more than asked for tells whether more follow. */
  async list(
    userId: string,
    query: TimerListQuery,
    { limit, after }: { limit: number; after: TimerPlace | undefined },
  ): Promise<RoomSession[]> {
    const found: RoomSession[] = [];
    let position = startOf(query, after);
    for (;;) {
      const { attended, next } = await this.attendance.before(userId, position, limit);
      const sessions = attended.map((session) => roomSession(userId, session));
      found.push(...sessions.filter(({ timer }) => fits(timer, query)));
      if (next === undefined || found.length >= limit || next.at < (query.start_date ?? -Infinity)) break;
      position = next;
    }
    return found.slice(0, limit);
  }

  async present(sessions: readonly RoomSession[], reader: Reader): Promise<TimerObject[]> {
    const objects = await this.presenter.many(
      sessions.map(({ timer }) => timer),
      reader,
      {},
    );
    return objects.map((object, index) => {
      const { sessionType = null, roomId = null } = sessions[index] ?? {};
      return { ...object, session_type: sessionType, room_id: roomId };
    });
  }
}

/** The member's own part: what they were there for, as if it were a timer of theirs. */
function roomSession(userId: string, { session, segments }: AttendedSession): RoomSession {
  const own = withSegments(session, segments);
  const createdAt = own.startedAt;
  // The room's revisions are the room's; this row never changes.
  const timer = { ...own, userId, createdAt, updatedAt: session.updatedAt, revision: 1 };
  return { timer, sessionType: session.sessionType, roomId: session.roomId };
}

/** Nothing later than what the query asks for need be looked at. */
function startOf({ end_date: end }: TimerListQuery, after: TimerPlace | undefined): AttendancePosition | undefined {
  const place = after && { at: after.createdAt, id: after.id };
  if (end === undefined || end === null || (place && place.at <= end)) return place;
  return { at: end + 1, id: '' };
}

function fits(timer: Timer, query: TimerListQuery): boolean {
  const { status, start_date: start, end_date: end, updated_since: since } = query;
  if (status && status.length > 0 && !status.includes(timer.state.status.toUpperCase())) return false;
  if (timer.startedAt < (start ?? -Infinity) || timer.startedAt > (end ?? Infinity)) return false;
  return timer.updatedAt >= (since ?? -Infinity);
}
