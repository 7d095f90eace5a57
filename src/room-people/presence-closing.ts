import type { Transaction } from '../database/transactions.js';
import type { Signals } from '../signals/signals.js';
import { roomTopic } from '../signals/topics.js';
import type { RoomTimers } from '../timer-domain/rooms/room-timers.js';
import { type PeopleChange, type Place, ROOM_PEOPLE } from './presence-entry.js';

/** A presence entry to close. */
export interface Closing {
  readonly place: Place;
  /** Seconds: the time the person left; undefined for the last sign of life. */
  readonly wentAt: number | undefined;
}

/** Condition for a present entry. @param since SQL parameter: the second after which a sign of life is required */
export const isThere = (since: string): string => `p.went_at IS NULL AND p.seen_at > to_timestamp(${since}::float8)`;

/**
 * Closes entries, and returns for each open one whether it was closed now. Rows that another transaction has locked are
 * skipped.
 */
const CLOSE = `
  WITH asked AS (SELECT a.id, a.went FROM unnest($1::uuid[], $2::float8[]) AS a (id, went)),
  held AS MATERIALIZED (
    SELECT p.id FROM room_presence p
    WHERE p.id = ANY($1::uuid[]) AND p.went_at IS NULL AND ($3::float8 IS NULL OR p.seen_at <= to_timestamp($3::float8))
    ORDER BY p.id FOR UPDATE SKIP LOCKED),
  closed AS (
    UPDATE room_presence p SET went_at = greatest(p.came_at, coalesce(to_timestamp(a.went), p.seen_at)),
      seen_at = coalesce(to_timestamp(a.went), p.seen_at)
    FROM held JOIN asked a USING (id) WHERE p.id = held.id RETURNING p.id)
  SELECT p.id, c.id IS NOT NULL AS closed FROM room_presence p LEFT JOIN closed c ON c.id = p.id
  WHERE p.id = ANY($1::uuid[]) AND p.went_at IS NULL`;

/**
 * Those of the participants that have no entry left, with the number of people in their room. The retention of guests
 * starts now.
 */
const GONE = `
  WITH gone AS MATERIALIZED (
    SELECT q.room_id, q.id, q.name
    FROM participants q JOIN unnest($1::uuid[], $2::text[]) AS a (room_id, id) ON q.room_id = a.room_id AND q.id = a.id
    WHERE NOT EXISTS (
      SELECT FROM room_presence p WHERE p.room_id = q.room_id AND p.participant_id = q.id AND ${isThere('$3')})),
  held AS MATERIALIZED (
    SELECT q.room_id, q.id FROM participants q JOIN gone USING (room_id, id)
    WHERE q.user_id IS NULL FOR UPDATE OF q SKIP LOCKED),
  noted AS (
    UPDATE participants q SET remembered_from = to_timestamp($4::float8) FROM held
    WHERE q.room_id = held.room_id AND q.id = held.id)
  SELECT gone.room_id, gone.id, gone.name,
    (SELECT count(DISTINCT p.participant_id)::int FROM room_presence p
     WHERE p.room_id = gone.room_id AND ${isThere('$3')}) AS here
  FROM gone`;

interface Gone {
  room_id: string;
  id: string;
  name: string;
  here: number;
}

/** Options for closing entries. */
export interface HowToClose {
  /** Whether to wait for rooms that other transactions have locked; otherwise their entries are skipped. */
  readonly waits: boolean;
  /** Closes only entries without a sign of life after this second. */
  readonly silentSince?: number;
  /** The second after which a sign of life is required for a person to count as present. */
  readonly thereSince: number;
  /** Seconds. */
  readonly now: number;
}

/**
 * Closes presence entries of any number of rooms, and announces in each room the people who left. It locks each room's
 * row, because joins and leaves of a room are counted one after the other.
 * @returns the closings that need no retry, because they are done or their entry was not open any more
 */
export async function closeTogether<One extends Closing>(
  transaction: Transaction,
  timers: RoomTimers,
  signals: Signals,
  closings: readonly One[],
  how: HowToClose,
): Promise<Set<One>> {
  const busyRooms = await busyAmong(transaction, timers, closings, how.waits);
  const due = closings.filter(({ place }) => !busyRooms.has(place.roomId));
  const open: { id: string; closed: boolean }[] = await transaction.manager.query(CLOSE, [
    due.map(({ place }) => place.id),
    due.map(({ wentAt }) => wentAt ?? null),
    how.silentSince ?? null,
  ]);
  const isClosed = new Map(open.map(({ id, closed }) => [id, closed]));
  const closed = due.filter(({ place }) => isClosed.get(place.id) === true);
  await tellGone(transaction, signals, closed, how);
  return new Set(due.filter(({ place }) => isClosed.get(place.id) !== false));
}

/** Locks the rooms. @returns the existing rooms that another transaction has locked */
async function busyAmong(
  transaction: Transaction,
  timers: RoomTimers,
  closings: readonly Closing[],
  waits: boolean,
): Promise<Set<string>> {
  const rooms = [...new Set(closings.map(({ place }) => place.roomId))];
  const locked = await timers.lockAll(transaction, rooms, { waits });
  if (locked.size === rooms.length) return new Set();
  const existing = await timers.existing(transaction, rooms);
  return new Set([...existing].filter((id) => !locked.has(id)));
}

/** Stores a `left` event for each person, in the order of the closings; each event counts one person less. */
async function tellGone(
  transaction: Transaction,
  signals: Signals,
  closed: readonly Closing[],
  { thereSince, now }: HowToClose,
): Promise<void> {
  if (closed.length === 0) return;
  const people = new Map(closed.map(({ place }) => [keyOf(place.roomId, place.participantId), place]));
  const places = [...people.values()];
  const rows: Gone[] = await transaction.manager.query(GONE, [
    places.map(({ roomId }) => roomId),
    places.map(({ participantId }) => participantId),
    thereSince,
    now,
  ]);
  const gone = new Map(rows.map((row) => [keyOf(row.room_id, row.id), row]));
  const order = [...people.keys()].flatMap((key) => gone.get(key) ?? []);
  const behind = new Map<string, number>();
  const told = order.toReversed().map(({ room_id: roomId, id, name, here }) => {
    const later = behind.get(roomId) ?? 0;
    behind.set(roomId, later + 1);
    const body: PeopleChange = { action: 'left', participant: { id, name }, current_count: here + later };
    return { topic: roomTopic(roomId), kind: ROOM_PEOPLE, body } as const;
  });
  await signals.addAll(transaction, told.toReversed());
}

const keyOf = (roomId: string, participantId: string): string => `${roomId} ${participantId}`;
