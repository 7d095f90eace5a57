const CHUNK_BYTES = 8 * 1_024 * 1_024;
/** Written before the data: socket, length and time. */
const HEADER_BYTES = 16;

/** A frame that a socket received. */
export interface ReceivedFrame {
  readonly socket: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly text: string;
}

/**
 * Appends received frames to preallocated memory. Objects would be garbage that the collector scans in the middle of a
 * measurement.
 */
export class ReceivedFrames {
  private readonly chunks = [Buffer.allocUnsafeSlow(CHUNK_BYTES)];
  /** The end of the data in each chunk. */
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

  /** All frames since the last call, in the order of arrival. */
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
