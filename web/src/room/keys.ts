import { useEffect, useRef } from 'react';

import type { SessionType } from '../../../clients/typescript/src/index.js';

/** The timer commands of the page. */
export interface TimerActions {
  /** Starts, pauses or resumes, depending on the status. */
  readonly toggle: () => void;
  readonly reset: () => void;
  /** Starts a session of this type, replacing a running one of the other type. */
  readonly begin: (type: SessionType) => void;
  /** Selects the session type that the next start uses. */
  readonly choose: (type: SessionType) => void;
}

const TEXT_INPUTS = 'input, select, textarea, [contenteditable]';
const CLICKABLE = 'button, a, summary';

/**
 * Binds Space, R, 1 and 2, except in inputs and buttons. @param acts undefined for a participant who may not control
 * the timer
 */
export function useKeys(acts: TimerActions | undefined): void {
  const current = useRef(acts);
  useEffect(() => {
    current.current = acts;
  });
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const act = current.current && actionFor(event, current.current);
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

function actionFor(event: KeyboardEvent, acts: TimerActions): (() => void) | undefined {
  const { key, target, repeat, ctrlKey, metaKey, altKey } = event;
  if (repeat || ctrlKey || metaKey || altKey || document.querySelector('dialog[open]')) return undefined;
  const element = target instanceof Element ? target : undefined;
  if (element?.closest(TEXT_INPUTS)) return undefined;
  if (key === ' ') return element?.closest(CLICKABLE) ? undefined : acts.toggle;
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
