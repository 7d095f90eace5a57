import { Failure } from '../errors.js';

/** An error may be its own cause. */
const DEEPEST = 3;

/**
 * What a log line may say of an error: its type, its code, the line of ours it came from, the text of our own failures, and
 * the same of its cause. Never a stack, and never a foreign text, since those quote SQL, values and tokens
 * (docs/architecture.md#logs-and-secrets).
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

/** `src/timer-domain/writer/timer-store.ts:12:3`, from anywhere below `src` or `dist/src`. */
function firstOwnFrame(stack = ''): string | undefined {
  return /(src\/(?!node_modules)[\w./-]+:\d+:\d+)/.exec(stack)?.[1];
}
