import { useEffect, useState } from 'react';

const listeners = new Set<() => void>();
let worker: Worker | undefined;

const tellAll = (): void => {
  for (const listener of listeners) listener();
};

/**
 * Calls several times a second, in background tabs too: browsers slow down a hidden page's timers to one a minute, a
 * worker's they leave alone. @returns what ends it
 */
export function everySecond(call: () => void): () => void {
  listeners.add(call);
  if (worker === undefined) {
    worker = new Worker(new URL('./seconds.worker.ts', import.meta.url), { type: 'module' });
    worker.addEventListener('message', tellAll);
    // A page that comes back from sleep does not wait for the next message.
    document.addEventListener('visibilitychange', tellAll);
  }
  return () => {
    listeners.delete(call);
  };
}

/** A value that may change every second; what is rendered anew is only whoever shows it. @param read a stable function */
export function useEverySecond<Value extends string | number | boolean>(read: () => Value): Value {
  const [value, setValue] = useState(read);
  useEffect(() => {
    const look = (): void => {
      setValue(read());
    };
    look();
    return everySecond(look);
  }, [read]);
  return value;
}

/** Further apart than this from one look to the next, and nobody just waited. */
const JUMP_MS = 1_500;

/** Calls when this machine's clock was set, or the machine slept: then the server is to be asked what time it is. */
export function onClockJump(call: () => void): () => void {
  const difference = (): number => Date.now() - performance.now();
  let known = difference();
  return everySecond(() => {
    const current = difference();
    if (Math.abs(current - known) > JUMP_MS) call();
    known = current;
  });
}
