import { ROOM_TIMER_COLUMNS, type RoomTimerRecord } from '../records/room-timer-record.js';
import { TIMER_COLUMNS, type TimerRecord } from '../records/timer-record.js';
import type { RoomTimer } from '../rules/room-timer.js';
import type { PreparedStatement } from './prepared-statement.js';

/** A room's timer and its live session, if there is one. */
export type RoomTimerAndSession = RoomTimerRecord & Partial<TimerRecord>;

const LIVE_SESSION = `LEFT JOIN timers t ON t.room_id = c.room_id AND t.ended_at IS NULL`;
export const READ_ROOM_TIMER = {
  name: 'room_clock',
  text: `SELECT ${ROOM_TIMER_COLUMNS}, ${TIMER_COLUMNS.replace('t.room_id, ', '')} FROM room_clocks c ${LIVE_SESSION}
    WHERE c.room_id = $1`,
};
export const LOCK_ROOM_TIMER = {
  name: 'room_clock_locked',
  text: `SELECT ${ROOM_TIMER_COLUMNS} FROM room_clocks c WHERE c.room_id = $1 FOR UPDATE`,
};
export const LOCK_LIVE_SESSION = {
  name: 'room_session_locked',
  text: `SELECT ${TIMER_COLUMNS} FROM timers t WHERE t.room_id = $1 AND t.ended_at IS NULL FOR UPDATE`,
};

const lockRooms = (wait: '' | 'SKIP LOCKED'): string =>
  `SELECT c.room_id FROM room_clocks c WHERE c.room_id = ANY($1::uuid[]) ORDER BY c.room_id FOR UPDATE ${wait}`;

export const LOCK_ROOMS = lockRooms('');
export const LOCK_FREE_ROOMS = lockRooms('SKIP LOCKED');
export const EXISTING_ROOMS = `SELECT c.room_id FROM room_clocks c WHERE c.room_id = ANY($1::uuid[])`;

export const INSERT_ROOM_TIMER = `INSERT INTO room_clocks (room_id, name, work_seconds, break_seconds, auto_start_break)
  VALUES ($1, $2, $3, $4, $5)`;

export const CONFIGURE_ROOM_TIMER = `UPDATE room_clocks
  SET name = $2, work_seconds = $3, break_seconds = $4, auto_start_break = $5, revision = $6 WHERE room_id = $1`;

/** The statement that updates a room timer without its session. */
export const roomTimerUpdate = ({ roomId, idleType, revision }: RoomTimer): PreparedStatement => ({
  name: 'room_clock_moves',
  text: 'UPDATE room_clocks SET idle_type = $2, revision = $3 WHERE room_id = $1',
  values: [roomId, idleType, revision],
});
