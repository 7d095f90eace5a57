/** A ping every 30 s; silence for 20 s after it ends the connection (docs/spec/sockets.md#heartbeat). */
export const PING_EVERY_MS = 30_000;
export const SILENCE_MS = 20_000;

/** What a heartbeat needs of a connection. */
export interface Beating {
  ping(): void;
  terminate(): void;
}

/** Finds out that a peer is gone without having said so. */
export class Heartbeat {
  private readonly interval: NodeJS.Timeout;
  private silence: NodeJS.Timeout | undefined;

  constructor(private readonly peer: Beating) {
    this.interval = setInterval(() => {
      this.beat();
    }, PING_EVERY_MS);
    this.interval.unref();
  }

  /** The peer gave a sign of life. */
  heard(): void {
    clearTimeout(this.silence);
    this.silence = undefined;
  }

  stop(): void {
    clearInterval(this.interval);
    this.heard();
  }

  private beat(): void {
    this.peer.ping();
    this.silence ??= setTimeout(() => {
      this.peer.terminate();
    }, SILENCE_MS).unref();
  }
}
