import type { Duplex } from 'node:stream';

import { framesOut } from '../../metrics/meters.js';

/**
 * Bytes that may wait for a reader: more broadcasts close the connection, more replies delay its further commands
 * (docs/spec/sockets.md#limits).
 */
export const MAX_UNSENT = 1_024 * 1_024;

let withFrames: SendQueue[] = [];

/**
 * Schedules one microtask for all sockets with frames to send, because there may be thousands. A batch of changes is
 * therefore sent together, and before the replies to its commands are encoded: broadcasts to a room do not wait for the
 * reply to its host.
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

/** Joins frames to one buffer. Connections of a room get the same frames in a turn, so the last result is reused. */
function joined(frames: readonly Buffer[]): Buffer {
  const [first] = frames;
  if (frames.length === 1 && first) return first;
  const isSame =
    frames.length === lastJoined.frames.length && frames.every((frame, index) => frame === lastJoined.frames[index]);
  if (!isSame) lastJoined = { frames, whole: Buffer.concat(frames) };
  return lastJoined.whole;
}

/**
 * The frames to send to a socket. All frames of a turn are sent in one write, which costs a fraction of one write per
 * frame (docs/architecture.md#order-of-frames).
 */
export class SendQueue {
  private frames: Buffer[] = [];
  /** Size of `frames` in bytes. */
  private pending = 0;
  private scheduled = false;
  /** Bytes of broadcasts in this turn's frames, and in the frames already written to the stream. */
  private ofThisTurn = 0;
  private handedOver = 0;

  /** @param overflow called when more than {@link MAX_UNSENT} bytes of broadcasts wait for the reader */
  constructor(
    private readonly socket: Duplex,
    private readonly overflow: () => void,
  ) {}

  /** @param counted true for a broadcast; replies do not count towards the limit */
  push(frame: Buffer, counted: boolean): void {
    this.frames.push(frame);
    this.pending += frame.length;
    if (counted) this.count(frame.length);
    if (this.scheduled) return;
    this.scheduled = true;
    afterTelling(this);
  }

  /** Writes all frames to the stream now. @returns the number of frames */
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
   * Resolves when at most {@link MAX_UNSENT} bytes wait for the reader, or the socket is gone. A client that sends
   * commands without reading the replies is thereby slowed down to its reading speed.
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
    // `handedOver` is an upper bound of the waiting bytes, so the stream is queried only near the limit.
    if (this.handedOver + this.ofThisTurn <= MAX_UNSENT) return;
    if (this.waiting() + this.ofThisTurn > MAX_UNSENT) this.overflow();
  }

  /** Bytes of broadcasts still in the stream: at most its buffered length, because the kernel has taken the rest. */
  private waiting(): number {
    return Math.min(this.handedOver, this.socket.writableLength);
  }
}
