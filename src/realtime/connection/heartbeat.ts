/**
 * A ping is sent every 30 s; no sign of life for 20 s after it ends the connection (docs/spec/sockets.md#heartbeat).
 */
export const PING_EVERY_MS = 30_000;
export const SILENCE_MS = 20_000;

/** The operations of a connection that a heartbeat uses. */
export interface Beating {
  ping(): void;
  terminate(): void;
}

/** Detects a peer that has disappeared without closing the connection. */
export class Heartbeat {
  private readonly interval: NodeJS.Timeout;
  private silence: NodeJS.Timeout | undefined;

  constructor(private readonly peer: Beating) {
    this.interval = setInterval(() => {
      this.beat();
    }, PING_EVERY_MS);
    this.interval.unref();
  }

  /** Records a sign of life of the peer. */
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
