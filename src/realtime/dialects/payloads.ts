import type { Endpoint, Payload, ServerMessage } from '../messages.js';

/** On a personal socket a room's frame says which room it is about; on the room's own it does not. */
export function roomKey({ roomId, endpoint }: { roomId: string; endpoint: Endpoint }): { room_id?: string } {
  return endpoint === 'personal' ? { room_id: roomId } : {};
}

/**
 * What a list says beside its timers (docs/spec/sockets.md#dialects, docs/spec/extensions.md#sockets); undefined is
 * left out of the frame.
 */
export function listFacts({ timers, truncated, changeId, resync }: ServerMessage<'timerList'>): Payload {
  return { count: timers.length, truncated, change_id: changeId, resync };
}
