import { ROOM_TIMER_COLUMNS, type RoomTimerRecord } from '../records/room-timer-record.js';
import { TIMER_COLUMNS, type TimerRecord } from '../records/timer-record.js';

/** A session that is due now or in a given second, with its room timer. */
export type Due = TimerRecord & RoomTimerRecord & { deadline_at: number };

const DUE = `SELECT ${ROOM_TIMER_COLUMNS}, ${TIMER_COLUMNS}, extract(epoch from d.deadline_at)::float8 AS deadline_at
  FROM timer_deadlines d JOIN timers t ON t.id = d.timer_id JOIN room_clocks c ON c.room_id = t.room_id`;

// SKIP LOCKED: a transaction that changes a room has locked the room timer, so sessions being completed are skipped.
/** Sessions due at `$1`, after the position `$2`, `$3`, except those set aside. */
export const DUE_NOW = {
  name: 'timers_due',
  text: `${DUE} WHERE d.deadline_at <= to_timestamp($1) AND (d.deadline_at, d.timer_id) > (to_timestamp($2), $3::uuid)
      AND d.timer_id <> ALL ($5::uuid[])
    ORDER BY d.deadline_at, d.timer_id LIMIT $4 FOR KEY SHARE OF c SKIP LOCKED`,
};

/** Sessions due in the second `$1`, after the id `$2`, except those set aside. */
export const DUE_IN_SECOND = {
  name: 'timers_due_soon',
  text: `${DUE} WHERE d.deadline_at = to_timestamp($1) AND d.timer_id > $2::uuid
    AND d.timer_id <> ALL ($4::uuid[]) ORDER BY d.timer_id LIMIT $3`,
};
