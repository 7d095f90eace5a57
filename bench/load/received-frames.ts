const CHUNK_BYTES = 8 * 1_024 * 1_024;
/** Before the data: who was sent it, how long it is, and when it came. */
const HEADER_BYTES = 16;

/** Something that a socket was sent. */
export interface ReceivedFrame {
  readonly socket: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly text: string;
}

/**
 * What sockets are sent, put down one behind the other in memory that is there already: what is kept as objects is
 * garbage to look through in the middle of what is measured.
 */
export class ReceivedFrames {
  private readonly chunks = [Buffer.allocUnsafeSlow(CHUNK_BYTES)];
  /** Where each chunk ends that is full, and the last one so far. */
  private readonly ends = [0];

  add(socket: number, data: Buffer): void {
    const size = HEADER_BYTES + data.length;
    if ((this.ends.at(-1) ?? 0) + size > CHUNK_BYTES) {
      this.chunks.push(Buffer.allocUnsafeSlow(CHUNK_BYTES));
      this.ends.push(0);
    }
    const last = this.chunks.length - 1;
    const [chunk, end] = [this.chunks[last] as Buffer, this.ends[last] ?? 0];
    chunk.writeUInt32LE(socket, end);
    chunk.writeUInt32LE(data.length, end + 4);
    chunk.writeDoubleLE(performance.timeOrigin + performance.now(), end + 8);
    data.copy(chunk, end + HEADER_BYTES);
    this.ends[last] = end + size;
  }

  /** Everything since the last time, in the order in which it came. */
  *drain(): Iterable<ReceivedFrame> {
    for (const [index, chunk] of this.chunks.entries()) {
      for (let from = 0; from < (this.ends[index] ?? 0);) {
        const begin = from + HEADER_BYTES;
        const end = begin + chunk.readUInt32LE(from + 4);
        const text = chunk.toString('latin1', begin, end);
        yield { socket: chunk.readUInt32LE(from), at: chunk.readDoubleLE(from + 8), text };
        from = end;
      }
    }
    this.clear();
  }

  clear(): void {
    this.chunks.length = 1;
    this.ends.splice(0, Infinity, 0);
  }
}
