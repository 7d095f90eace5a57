/** Round trips that are remembered: enough to have a quick one among them, few enough to follow a drifting clock. */
const REMEMBERED = 8;

interface RoundTrip {
  /** Server minus local, milliseconds, if both ways took equally long. */
  readonly offset: number;
  /** How far off that may be. */
  readonly uncertainty: number;
}

/**
 * The server's clock, as told by `X-Server-Time` of every answer and by the pongs of sockets (realtime.md). A countdown
 * that uses {@link now} is right on a machine whose own clock is not.
 */
export class ServerClock {
  private trips: RoundTrip[] = [];

  /** @param local this machine's clock, milliseconds */
  constructor(private readonly local: () => number = Date.now) {}

  /** What the server's clock shows, milliseconds since 1970; this machine's while there was no answer yet. */
  now(): number {
    return this.local() + this.offset;
  }

  /** Server minus local, milliseconds, by the quickest of the last round trips. */
  get offset(): number {
    return this.best?.offset ?? 0;
  }

  /** How far {@link offset} may be off, milliseconds; Infinity while there was no answer yet. */
  get uncertainty(): number {
    return this.best?.uncertainty ?? Infinity;
  }

  /** Local milliseconds, to be handed to {@link learn}. */
  start(): number {
    return this.local();
  }

  /**
   * Learns from one round trip.
   * @param sentAt what {@link start} gave when the request left
   * @param serverTime what the server's clock showed, cut to whole milliseconds
   */
  learn(sentAt: number, serverTime: number): void {
    const receivedAt = this.local();
    if (!Number.isFinite(serverTime) || receivedAt < sentAt) return;
    const trip = {
      offset: serverTime + 0.5 - (sentAt + receivedAt) / 2,
      uncertainty: (receivedAt - sentAt) / 2 + 1,
    };
    const agreeing = this.trips.filter((known) => agree(known, trip));
    // One that contradicts what is known means that this machine's clock was set: what was known is worth nothing.
    this.trips = [...(agreeing.length < this.trips.length ? [] : agreeing), trip].slice(-REMEMBERED);
  }

  private get best(): RoundTrip | undefined {
    return this.trips.reduce<RoundTrip | undefined>(
      (best, trip) => (best && best.uncertainty < trip.uncertainty ? best : trip),
      undefined,
    );
  }
}

/** Clocks drift, so trips minutes apart may differ by a little more than they say. */
const DRIFT_MS = 20;

const agree = (one: RoundTrip, other: RoundTrip): boolean =>
  Math.abs(one.offset - other.offset) <= one.uncertainty + other.uncertainty + DRIFT_MS;
