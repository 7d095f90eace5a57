/** How long before its end a client is told to renew (docs/spec/sockets.md#end-of-a-token). */
const WARN_BEFORE_MS = 60_000;
/** The longest a timer of Node's can wait. */
const MAX_WAIT_MS = 2_147_483_647;

/** What a token's life needs of a connection. */
export interface Expiring {
  expiring(): void;
  expired(): void;
}

/** A connection that showed a token ends with it, and is told a minute before. */
export class TokenLife {
  private timers: NodeJS.Timeout[] = [];

  constructor(private readonly connection: Expiring) {}

  /** @param expiresAt epoch seconds; Infinity where no token was shown. Replaces what was set before. */
  endAt(expiresAt: number): void {
    this.stop();
    if (expiresAt === Infinity) return;
    const left = expiresAt * 1_000 - Date.now();
    const after = (ms: number, act: () => void) => setTimeout(act, Math.max(0, ms)).unref();
    if (left > MAX_WAIT_MS) {
      this.timers.push(
        after(MAX_WAIT_MS - WARN_BEFORE_MS, () => {
          this.endAt(expiresAt);
        }),
      );
      return;
    }
    if (left > WARN_BEFORE_MS) {
      this.timers.push(
        after(left - WARN_BEFORE_MS, () => {
          this.connection.expiring();
        }),
      );
    } else this.connection.expiring();
    this.timers.push(
      after(left, () => {
        this.connection.expired();
      }),
    );
  }

  stop(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers = [];
  }
}
