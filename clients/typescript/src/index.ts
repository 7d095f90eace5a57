export type { TokenSource } from './auth.js';
export { Auth } from './auth.js';
export type { CallOptions, WriteOptions } from './http.js';
export { List } from './list.js';
export { isActive, mergeTimers, type TimersSnapshot } from './merge.js';
export { Metronome, type MetronomeOptions } from './metronome.js';
export { MetronomeError } from './metronome-error.js';
export type { RoomOptions } from './rooms.js';
export type { ServerClock } from './server-clock.js';
export type { CommandOptions } from './socket/connection.js';
export type {
  Dialect,
  ServerMessage,
  ServerMessages,
  ServerMessageType,
  SocketState,
  SocketStatus,
} from './socket/messages.js';
export type { RoomSocket, RoomSocketOptions, RoomState } from './socket/room-socket.js';
export type { TimerSocket, TimerSocketOptions, TimersState } from './socket/timer-socket.js';
export type { Timing } from './socket/timing.js';
export type { WebSocketConstructor } from './socket/web-socket.js';
export type { Observable } from './store.js';
export { elapsedAt, remainingAt } from './times.js';
export type * from './types.js';
