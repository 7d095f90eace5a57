import type { WebSocket } from 'ws';

/** Bytes of frames that may wait to be handled; beyond this the socket is not read. */
export const MAX_UNHEARD = 256 * 1_024;
/** Overhead of a waiting frame in bytes, so that many small frames count as the memory that they take. */
const FRAME_COST = 512;

/**
 * Counts the memory of a connection's frames that wait to be handled. Above the limit the socket is not read, so a peer
 * that sends faster than it gets replies, or does not read them, is slowed down by TCP.
 */
export class ReceiveQueue {
  private waiting = 0;

  constructor(private readonly socket: Pick<WebSocket, 'pause' | 'resume' | 'isPaused'>) {}

  /** Counts a received frame. @param length bytes */
  add(length: number): void {
    this.waiting += length + FRAME_COST;
    if (this.waiting > MAX_UNHEARD) this.socket.pause();
  }

  /** Releases a handled frame. @param length bytes */
  remove(length: number): void {
    this.waiting -= length + FRAME_COST;
    if (this.waiting <= MAX_UNHEARD && this.socket.isPaused) this.socket.resume();
  }
}
