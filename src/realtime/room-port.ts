import type { Connection } from './connection/connection.js';
import type { ClientCommand } from './messages.js';

/**
 * What rooms do on a socket that is not theirs: a personal socket enters rooms and speaks to their timers (realtime.md,
 * `room.join`). The rooms' module registers it; nobody else knows of rooms.
 */
export interface RoomPort {
  handle(connection: Connection, command: ClientCommand): Promise<void>;
  errorOf(error: unknown): { code: string; message: string } | undefined;
}

/** Whether a personal socket's command is the rooms' business. */
export const isForRooms = (command: ClientCommand): boolean =>
  command.type === 'joinRoom' || command.type === 'leaveRoom' || ('owner' in command && command.owner === 'room');
