import type { Endpoint, Payload, ServerMessage } from '../messages.js';

/** `room_id` for messages about a room: present on a personal socket, absent on the room's own. */
export function roomKey({ roomId, endpoint }: { roomId: string; endpoint: Endpoint }): { room_id?: string } {
  return endpoint === 'personal' ? { room_id: roomId } : {};
}

/**
 * The keys of a timer list besides its timers (docs/spec/sockets.md#dialects, docs/spec/extensions.md#sockets).
 * Undefined values are omitted from the frame.
 */
export function listFacts({ timers, truncated, changeId, resync }: ServerMessage<'timerList'>): Payload {
  return { count: timers.length, truncated, change_id: changeId, resync };
}
