import { recallJson, rememberJson } from './storage.js';

/** A room that was opened in this browser. */
export interface RecentRoom {
  readonly id: string;
  readonly name: string;
}

const KEPT = 5;
const NAME = 'rooms';

const isRecentRoom = (value: unknown): value is RecentRoom =>
  typeof value === 'object' && value !== null && 'id' in value && 'name' in value && typeof value.name === 'string';

/** The last few, newest first. */
export function recentRooms(): RecentRoom[] {
  const kept = recallJson(NAME);
  return Array.isArray(kept) ? kept.filter(isRecentRoom) : [];
}

export function rememberRoom(room: RecentRoom): void {
  rememberJson(NAME, [room, ...recentRooms().filter(({ id }) => id !== room.id)].slice(0, KEPT));
}

export function forgetRoom(id: string): void {
  rememberJson(
    NAME,
    recentRooms().filter((room) => room.id !== id),
  );
}
