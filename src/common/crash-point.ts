/** Points at which a test can kill the process to examine the state that a crash leaves behind (docs/adr/0013). */
export const CRASH_POINTS = [
  /** A command has been decided; nothing has been sent to the database. */
  'after-decide',
  /** The write is in flight; its outcome is unknown. */
  'before-commit',
  /** The write is committed; neither the caller nor any subscriber has been notified. */
  'after-commit',
  /** The broadcast has reached some of the subscribers. */
  'mid-fan-out',
  /** The ticker has completed some of the sessions that are due. */
  'mid-sweep',
  /** A room's session has reached its target; the next session is not set up completely. */
  'before-break',
] as const;

export type CrashPoint = (typeof CRASH_POINTS)[number];

let armed: { readonly point: CrashPoint; passes: number } | undefined;

/** Kills the process if a test has armed this point, as a power failure would. Otherwise does nothing. */
export function crashPoint(point: CrashPoint): void {
  if (armed === undefined || armed.point !== point) return;
  armed.passes -= 1;
  if (armed.passes <= 0) process.kill(process.pid, 'SIGKILL');
}

/** @param onPass the pass that kills the process; 1 is the next one */
export function armCrashPoint(point: CrashPoint, onPass: number): void {
  armed = { point, passes: onPass };
}
