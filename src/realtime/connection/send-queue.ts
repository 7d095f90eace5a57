import type { Duplex } from 'node:stream';

import { framesOut } from '../../metrics/meters.js';

/** Bytes that may wait for a reader behind its own answers (docs/spec/sockets.md#limits). */
export const MAX_UNSENT = 1_024 * 1_024;

let withFrames: SendQueue[] = [];

/**
 * One callback for all sockets that have something to send, since there may be thousands. It runs when everything that
 * is ready to be told has been, so a batch of changes leaves together, and before the answers to its commands are made:
 * a room does not wait for its host's.
 */
function afterTelling(queue: SendQueue): void {
  if (withFrames.push(queue) === 1) queueMicrotask(flushAll);
}

function flushAll(): void {
  const due = withFrames;
  withFrames = [];
  let sent = 0;
  for (const queue of due) sent += queue.flush();
  framesOut.inc(sent);
  lastJoined = NOTHING_JOINED;
}

const NOTHING_JOINED: { readonly frames: readonly Buffer[]; readonly whole: Buffer } = {
  frames: [],
  whole: Buffer.alloc(0),
};
let lastJoined = NOTHING_JOINED;

/** Frames as one buffer. Everybody in a room is due the same ones in the same turn, so those are joined once. */
function joined(frames: readonly Buffer[]): Buffer {
  const [first] = frames;
  if (frames.length === 1 && first) return first;
  const isSame =
    frames.length === lastJoined.frames.length && frames.every((frame, index) => frame === lastJoined.frames[index]);
  if (!isSame) lastJoined = { frames, whole: Buffer.concat(frames) };
  return lastJoined.whole;
}

/**
 * What a socket is due: everything that is told it together leaves in one write, which costs a fraction of a write per
 * frame (docs/architecture.md#order-of-frames).
 */
export class SendQueue {
  private frames: Buffer[] = [];
  /** Bytes of these. */
  private pending = 0;
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
    this.pending += frame.length;
    if (counted) this.count(frame.length);
    if (this.scheduled) return;
    this.scheduled = true;
    afterTelling(this);
  }

  /** Hands everything over now. @returns how many frames */
  flush(): number {
    this.scheduled = false;
    if (this.frames.length === 0 || !this.socket.writable) return 0;
    const { frames } = this;
    this.frames = [];
    this.pending = 0;
    this.handedOver = this.waiting() + this.ofThisTurn;
    this.ofThisTurn = 0;
    this.socket.write(joined(frames));
    return frames.length;
  }

  /**
   * Resolves when no more than a bounded rest waits for the reader: whoever asks on without reading the answers is
   * answered no faster than they read.
   */
  async taken(): Promise<void> {
    if (this.pending + this.socket.writableLength > MAX_UNSENT) framesOut.inc(this.flush());
    while (this.socket.writableLength > MAX_UNSENT && !this.socket.destroyed) {
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
    // No more waits than was handed over, so mostly the stream need not be asked.
    if (this.handedOver + this.ofThisTurn <= MAX_UNSENT) return;
    if (this.waiting() + this.ofThisTurn > MAX_UNSENT) this.overflow();
  }

  /** What the kernel has taken no longer waits: no more can than the stream still holds. */
  private waiting(): number {
    return Math.min(this.handedOver, this.socket.writableLength);
  }
}
