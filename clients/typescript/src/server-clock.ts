/** Number of remembered round trips: enough to include a quick one, few enough to follow a drifting clock. */
const REMEMBERED = 8;

interface RoundTrip {
  /** Server minus local time in milliseconds, assuming that both directions took equally long. */
  readonly offset: number;
  /** Maximum error of the offset. */
  readonly uncertainty: number;
}

/**
 * The server's clock, measured by the `X-Server-Time` header of every response and by the pongs of sockets
 * (docs/spec/sockets.md#sockets-two-dialects-one-vocabulary). A countdown that uses {@link now} is correct even if the
 * machine's own clock is not.
 */
export class ServerClock {
  private trips: RoundTrip[] = [];

  /** @param local this machine's clock, milliseconds */
  constructor(private readonly local: () => number = Date.now) {}

  /** The server's time in milliseconds since 1970; the local time before the first response. */
  now(): number {
    return this.local() + this.offset;
  }

  /** Server minus local time in milliseconds, from the quickest of the recent round trips. */
  get offset(): number {
    return this.best?.offset ?? 0;
  }

  /** Maximum error of {@link offset} in milliseconds; Infinity before the first response. */
  get uncertainty(): number {
    return this.best?.uncertainty ?? Infinity;
  }

  /** Local milliseconds, to pass to {@link learn}. */
  start(): number {
    return this.local();
  }

  /**
   * Records one round trip.
   * @param sentAt the result of {@link start} when the request was sent
   * @param serverTime the server's time, truncated to whole milliseconds
   */
  learn(sentAt: number, serverTime: number): void {
    const receivedAt = this.local();
    if (!Number.isFinite(serverTime) || receivedAt < sentAt) return;
    const trip = {
      offset: serverTime + 0.5 - (sentAt + receivedAt) / 2,
      uncertainty: (receivedAt - sentAt) / 2 + 1,
    };
    const agreeing = this.trips.filter((known) => agree(known, trip));
    // A contradiction to earlier trips means that this machine's clock was set; drop the earlier trips.
    this.trips = [...(agreeing.length < this.trips.length ? [] : agreeing), trip].slice(-REMEMBERED);
  }

  private get best(): RoundTrip | undefined {
    return this.trips.reduce<RoundTrip | undefined>(
      (best, trip) => (best && best.uncertainty < trip.uncertainty ? best : trip),
      undefined,
    );
  }
}

/** Clocks drift, so trips that are minutes apart may disagree by a little more than their uncertainty. */
const DRIFT_MS = 20;

const agree = (one: RoundTrip, other: RoundTrip): boolean =>
  Math.abs(one.offset - other.offset) <= one.uncertainty + other.uncertainty + DRIFT_MS;
