import type { RoomTimer, SessionType } from '../rules/room-timer.js';
import type { Timer } from '../rules/timer.js';

/** A row of `room_clocks` ({@link ROOM_TIMER_COLUMNS}). */
export interface RoomTimerRecord {
  room_id: string;
  name: string;
  work_seconds: number;
  break_seconds: number;
  auto_start_break: boolean;
  idle_type: SessionType;
  clock_revision: number;
}

/** The columns of {@link RoomTimerRecord} from a table called `c`. */
export const ROOM_TIMER_COLUMNS = `c.room_id, c.name, c.work_seconds, c.break_seconds, c.auto_start_break, c.idle_type,
  c.revision AS clock_revision`;

export function toRoomTimer(record: RoomTimerRecord, session: Timer | null): RoomTimer {
  return {
    roomId: record.room_id,
    name: record.name,
    workSeconds: record.work_seconds,
    breakSeconds: record.break_seconds,
    autoStartBreak: record.auto_start_break,
    idleType: record.idle_type,
    revision: record.clock_revision,
    session,
  };
}
