/** The outcome of one attempt at a command. */
export type Outcome<Result, Command = never> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'failed'; readonly error: unknown }
  /** Another write came first; the command must be decided again. */
  | {
      readonly kind: 'again';
      /** Set when the attempt timed out waiting for a lock. */
      readonly locked?: true;
      /** A replacement for the next attempt, with more knowledge and the same key. */
      readonly command?: Command;
    }
  /** The row is locked, or the batch failed as a whole: execute the command individually, waiting for the lock. */
  | { readonly kind: 'individually' };
