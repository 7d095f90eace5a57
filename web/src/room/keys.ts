import { useEffect, useRef } from 'react';

import type { SessionType } from '../../../clients/typescript/src/index.js';

/** What can be done to the clock. */
export interface Acts {
  /** Starts, pauses or goes on, whichever comes next. */
  readonly toggle: () => void;
  readonly reset: () => void;
  /** Starts a session of a kind, over one of the other kind too. */
  readonly begin: (type: SessionType) => void;
  /** What the next start is to start. */
  readonly choose: (type: SessionType) => void;
}

const WRITES = 'input, select, textarea, [contenteditable]';
const PRESSES = 'button, a, summary';

/** Space, r, 1 and 2, wherever nothing else wants them. @param acts undefined for somebody who may not */
export function useKeys(acts: Acts | undefined): void {
  const current = useRef(acts);
  useEffect(() => {
    current.current = acts;
  });
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const act = current.current && actOf(event, current.current);
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    document.addEventListener('keydown', press);
    return () => {
      document.removeEventListener('keydown', press);
    };
  }, []);
}

function actOf(event: KeyboardEvent, acts: Acts): (() => void) | undefined {
  const { key, target, repeat, ctrlKey, metaKey, altKey } = event;
  if (repeat || ctrlKey || metaKey || altKey || document.querySelector('dialog[open]')) return undefined;
  const element = target instanceof Element ? target : undefined;
  if (element?.closest(WRITES)) return undefined;
  if (key === ' ') return element?.closest(PRESSES) ? undefined : acts.toggle;
  if (key === '1')
    return () => {
      acts.begin('work');
    };
  if (key === '2')
    return () => {
      acts.begin('break');
    };
  return key.toLowerCase() === 'r' ? acts.reset : undefined;
}
