import { Injectable } from '@nestjs/common';

import { Attendance, type AttendedSession } from '../../timer-domain/presence/attendance.js';
import { withSegments } from '../../timer-domain/rules/segments.js';
import type { Timer } from '../../timer-domain/rules/timer.js';
import type { TimerPlace } from './timer-finder.js';
import { type Reader, type TimerObject, TimerPresenter } from './timer.presenter.js';
import type { TimerListQuery } from './timer.requests.js';

const AT_ONCE = 200;

/** A finished session as its member's timer, and what only rooms have. */
export interface RoomSession {
  readonly timer: Timer;
  readonly sessionType: string | null;
  readonly roomId: string | null;
}

/** Finished work sessions of rooms as rows of a member's list (v1.md 5.5, `type=room`). */
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
    // A person may join late, so a session may have begun long before what is shown as its start.
    let before: number | undefined;
    for (;;) {
      const page = await this.attendance.of(userId, AT_ONCE, before);
      const sessions = page.attended.map((session) => roomSession(userId, session));
      found.push(...sessions.filter(({ timer }) => fits(timer, query, after)));
      if (page.last === undefined || found.length >= limit + AT_ONCE) break;
      before = page.last;
    }
    return found.sort((one, other) => byStart(other.timer, one.timer)).slice(0, limit);
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

function fits(timer: Timer, query: TimerListQuery, after: TimerPlace | undefined): boolean {
  const { status, start_date: start, end_date: end, updated_since: since } = query;
  if (status && status.length > 0 && !status.includes(timer.state.status.toUpperCase())) return false;
  if (timer.startedAt < (start ?? -Infinity) || timer.startedAt > (end ?? Infinity)) return false;
  if (timer.updatedAt < (since ?? -Infinity)) return false;
  return after === undefined || byStart(timer, { createdAt: after.createdAt, id: after.id }) < 0;
}

type Placed = Pick<Timer, 'createdAt' | 'id'>;

function byStart(one: Placed, other: Placed): number {
  if (one.createdAt !== other.createdAt) return one.createdAt - other.createdAt;
  return one.id < other.id ? -1 : Number(one.id > other.id);
}
