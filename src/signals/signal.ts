/** Something that happened and is no timer: an ended session, a friendship, a room's settings (design.md, "Two logs"). */
export interface Signal {
  /** The place in the log. */
  readonly id: string;
  /** Whom it concerns: `user:<id>`, `room:<id>`. */
  readonly topic: string;
  readonly kind: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch, by the database's clock. */
  readonly at: number;
}

export type NewSignal = Pick<Signal, 'topic' | 'kind' | 'body'>;
