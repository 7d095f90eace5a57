import { Failure } from '../errors.js';

/** Limit for chains of causes; an error can be its own cause. */
const DEEPEST = 3;

/**
 * The loggable properties of an error and its causes: type, code, the first line of our code in the stack, and the
 * message of our own failures. Stacks and messages of other errors are omitted, because they quote SQL, values and
 * tokens (docs/architecture.md#logs-and-secrets).
 */
export function describeError(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code } = error as { code?: unknown };
  const { cause } = error;
  return {
    type: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    ...(error instanceof Failure ? { reason: error.message } : {}),
    where: firstOwnFrame(error.stack),
    ...(cause instanceof Error && depth < DEEPEST ? { cause: describeError(cause, depth + 1) } : {}),
  };
}

/** Example: `src/timer-domain/writer/timer-store.ts:12:3`, for files below `src` or `dist/src`. */
function firstOwnFrame(stack = ''): string | undefined {
  return /(src\/(?!node_modules)[\w./-]+:\d+:\d+)/.exec(stack)?.[1];
}
