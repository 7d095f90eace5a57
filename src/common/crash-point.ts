/** Where a test may end the process, so that what a crash leaves behind there can be looked at (docs/adr/0013). */
export const CRASH_POINTS = [
  /** A command has been judged, nothing has been sent. */
  'after-decide',
  /** The write is under way: nobody can say whether it will be there. */
  'before-commit',
  /** It is there, nobody has been told, the caller included. */
  'after-commit',
  /** Some of those who listen have been told. */
  'mid-fan-out',
  /** The ticker has completed some of what is due. */
  'mid-sweep',
  /** A room's session has reached its target, what follows it is not complete. */
  'before-break',
] as const;

export type CrashPoint = (typeof CRASH_POINTS)[number];

let armed: { readonly point: CrashPoint; passes: number } | undefined;

/** Ends the process here when a test has armed this point, as if the machine had lost its power; else does nothing. */
export function crashPoint(point: CrashPoint): void {
  if (armed === undefined || armed.point !== point) return;
  armed.passes -= 1;
  if (armed.passes <= 0) process.kill(process.pid, 'SIGKILL');
}

/** @param onPass the pass that is the last: 1 is the next one */
export function armCrashPoint(point: CrashPoint, onPass: number): void {
  armed = { point, passes: onPass };
}
