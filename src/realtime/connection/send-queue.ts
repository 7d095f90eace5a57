import type { Duplex } from 'node:stream';

import { framesOut } from '../../metrics/meters.js';

/** Bytes that may wait for a reader behind its own answers (realtime.md, "A consumer that does not read"). */
const MAX_WAITING = 1_024 * 1_024;

/**
 * What a socket is due: everything of one turn of the event loop leaves in one write, which costs a fraction of a write
 * per frame (design.md, "Realtime").
 */
export class SendQueue {
  private frames: Buffer[] = [];
  private scheduled = false;
  /** Bytes of broadcasts in this turn's frames, and in what was handed to the stream before. */
  private ofThisTurn = 0;
  private handedOver = 0;

  /** @param overflow is told once when the reader is too far behind */
  constructor(
    private readonly socket: Duplex,
    private readonly overflow: () => void,
  ) {}

  /** @param counted a broadcast: a connection's own answers do not count as waiting */
  push(frame: Buffer, counted: boolean): void {
    this.frames.push(frame);
    if (counted) this.count(frame.length);
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.flush();
    });
  }

  /** Hands everything over now. */
  flush(): void {
    this.scheduled = false;
    if (this.frames.length === 0 || this.socket.destroyed || !this.socket.writable) return;
    const { frames } = this;
    this.frames = [];
    this.handedOver = this.waiting() + this.ofThisTurn;
    this.ofThisTurn = 0;
    framesOut.inc(frames.length);
    this.socket.cork();
    for (const frame of frames) this.socket.write(frame);
    this.socket.uncork();
  }

  /**
   * Resolves when no more than a bounded rest waits for the reader: whoever asks on without reading the answers is
   * answered no faster than they read.
   */
  async taken(): Promise<void> {
    while (this.socket.writableLength > MAX_WAITING && !this.socket.destroyed) {
      await new Promise<void>((resolve) => {
        const done = () => {
          this.socket.off('drain', done).off('close', done);
          resolve();
        };
        this.socket.on('drain', done).on('close', done);
      });
    }
  }

  private count(bytes: number): void {
    this.ofThisTurn += bytes;
    if (this.waiting() + this.ofThisTurn > MAX_WAITING) this.overflow();
  }

  /** What the kernel has taken no longer waits: no more can than the stream still holds. */
  private waiting(): number {
    return Math.min(this.handedOver, this.socket.writableLength);
  }
}
