/** Whose key it is, and for which request. */
export interface Repeatable {
  /** API and user; without a user the room. */
  readonly scope: string;
  readonly key: string;
  /** SHA-256 over what is asked for. */
  readonly fingerprint: Buffer;
}

/** A command that a key came with: its outcome is kept together with its effect, and given again to whoever repeats it. */
export class Keep implements Repeatable {
  /** The outcome is one that was kept before: nothing happened this time. */
  isRepeated = false;

  constructor(
    readonly scope: string,
    readonly key: string,
    readonly fingerprint: Buffer,
  ) {}
}
