import { Failure } from '../errors.js';

/**
 * What a log line may say of an error: its type, its code, the line of ours it came from, and the text of our own
 * failures. Never a stack, and never a foreign text, since those quote SQL, values and tokens (design.md, "Logs").
 */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    ...(error instanceof Failure ? { reason: error.message } : {}),
    where: firstOwnFrame(error.stack),
  };
}

/** `src/timer-domain/writer/timer-store.ts:12:3`, from anywhere below `src` or `dist/src`. */
function firstOwnFrame(stack = ''): string | undefined {
  return /(src\/(?!node_modules)[\w./-]+:\d+:\d+)/.exec(stack)?.[1];
}
