/** Time after which a caller receives 503; the API promises a response within 3 s. */
export const PATIENCE_MS = 2_500;

/** Time after which the outcome of a statement counts as unknown. */
export const STATEMENT_TIMEOUT_MS = 2_000;
