import { useEffect, useState } from 'react';

const listeners = new Set<() => void>();
let worker: Worker | undefined;

const notifyAll = (): void => {
  for (const listener of listeners) listener();
};

/**
 * Calls several times a second, in background tabs too: browsers throttle a hidden page's timers to one a minute, but
 * not a worker's. @returns a function that stops the calls
 */
export function everySecond(call: () => void): () => void {
  listeners.add(call);
  if (worker === undefined) {
    worker = new Worker(new URL('./seconds.worker.ts', import.meta.url), { type: 'module' });
    worker.addEventListener('message', notifyAll);
    // A page that wakes from sleep updates at once, without waiting for the worker's next message.
    document.addEventListener('visibilitychange', notifyAll);
  }
  return () => {
    listeners.delete(call);
  };
}

/**
 * A value that may change every second; only the component that uses it renders again. @param read a stable function
 */
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

/** A larger gap between two ticks means that the machine slept or its clock was set. */
const JUMP_MS = 1_500;

/** Calls after this machine's clock was set or the machine slept, so that the server's time is read again. */
export function onClockJump(call: () => void): () => void {
  const difference = (): number => Date.now() - performance.now();
  let known = difference();
  return everySecond(() => {
    const current = difference();
    if (Math.abs(current - known) > JUMP_MS) call();
    known = current;
  });
}
