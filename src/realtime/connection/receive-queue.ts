import type { WebSocket } from 'ws';

/** Bytes of frames that may wait to be carried out; with more the socket is not read. */
export const MAX_UNHEARD = 256 * 1_024;
/** What a waiting frame takes beside its text, so that many small ones count as what they are. */
const FRAME_COST = 512;

/**
 * Frames of one connection that wait to be carried out, counted by what they take. A peer that sends faster than it is
 * answered, or that does not read its answers, keeps the rest itself: the socket is not read until there is room.
 */
export class ReceiveQueue {
  private waiting = 0;

  constructor(private readonly socket: Pick<WebSocket, 'pause' | 'resume' | 'isPaused'>) {}

  /** A frame has come and waits. @param length bytes */
  add(length: number): void {
    this.waiting += length + FRAME_COST;
    if (this.waiting > MAX_UNHEARD) this.socket.pause();
  }

  /** A frame of this length has been carried out. */
  remove(length: number): void {
    this.waiting -= length + FRAME_COST;
    if (this.waiting <= MAX_UNHEARD && this.socket.isPaused) this.socket.resume();
  }
}
