import { loadJson, saveJson } from './storage.js';

/** A room that was opened in this browser. */
export interface RecentRoom {
  readonly id: string;
  readonly name: string;
}

const KEPT = 5;
const NAME = 'rooms';

const isRecentRoom = (value: unknown): value is RecentRoom =>
  typeof value === 'object' && value !== null && 'id' in value && 'name' in value && typeof value.name === 'string';

/** The most recent rooms, newest first. */
export function recentRooms(): RecentRoom[] {
  const kept = loadJson(NAME);
  return Array.isArray(kept) ? kept.filter(isRecentRoom) : [];
}

export function rememberRoom(room: RecentRoom): void {
  saveJson(NAME, [room, ...recentRooms().filter(({ id }) => id !== room.id)].slice(0, KEPT));
}

export function forgetRoom(id: string): void {
  saveJson(
    NAME,
    recentRooms().filter((room) => room.id !== id),
  );
}
