/** How an attempt at one command ended. */
export type Outcome<Result, Command = never> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'failed'; readonly error: unknown }
  /** Another write came first: judge it once more. */
  | {
      readonly kind: 'again';
      /** It waited for a lock in vain. */
      readonly locked?: true;
      /** The command for the next attempt, if it is to know more; it has the same key. */
      readonly command?: Command;
    }
  /** Its row is locked, or its batch failed as a whole: try it individually, waiting for the lock. */
  | { readonly kind: 'individually' };
