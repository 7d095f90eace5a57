/** How long before a token's end the client is warned (docs/spec/sockets.md#end-of-a-token). */
const WARN_BEFORE_MS = 60_000;
/** The longest delay of `setTimeout`. */
const MAX_WAIT_MS = 2_147_483_647;

/** Callbacks of a connection for the end of its token. */
export interface Expiring {
  expiring(): void;
  expired(): void;
}

/** Ends a connection when its token expires, with a warning a minute before. */
export class TokenLife {
  private timers: NodeJS.Timeout[] = [];

  constructor(private readonly connection: Expiring) {}

  /** Sets the end, replacing the former one. @param expiresAt epoch seconds; Infinity for no end */
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
