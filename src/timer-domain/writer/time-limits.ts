/** A caller is answered 503 after this long; the contract promises 3 s. */
export const PATIENCE_MS = 2_500;

/** After this long the outcome of a statement counts as unknown. */
export const STATEMENT_TIMEOUT_MS = 2_000;
