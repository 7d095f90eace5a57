import { useCallback, useEffect, useRef, useState } from 'react';

import type { SessionType } from '../../../clients/typescript/src/index.js';
import { chime, unlockSound } from '../shared/chime.js';
import { askToNotify, mayNotify, notify } from '../shared/notify.js';
import { loadJson, saveJson } from '../shared/storage.js';
import { texts } from './texts.js';

/** How a user wants to be notified, stored in this browser. Off by default. */
export interface AlarmChoice {
  readonly sound: boolean;
  readonly notification: boolean;
  /** Whether the question was shown. */
  readonly asked: boolean;
}

const SILENT: AlarmChoice = { sound: false, notification: false, asked: false };
/** Sessions that ended longer ago do not ring: a laptop that wakes up in the morning stays silent. */
const MAX_AGE_MS = 10_000;

function kept(): AlarmChoice {
  const value = loadJson('alarm');
  const choice: AlarmChoice = typeof value === 'object' && value !== null ? { ...SILENT, ...value } : SILENT;
  return { ...choice, notification: choice.notification && mayNotify() };
}

export interface Alarm {
  readonly choice: AlarmChoice;
  /** Stores a choice and asks the browser for permission where needed. */
  readonly choose: (wanted: Partial<AlarmChoice>) => Promise<void>;
  /** Rings for a session that reached its target, once per session. @param at milliseconds */
  readonly ring: (over: SessionType, at: number, now: number, text: string) => void;
}

export function useAlarm(): Alarm {
  const [choice, setChoice] = useState(kept);
  const lastRung = useRef(0);
  useEffect(() => unlockOnFirstInteraction(choice.sound), [choice.sound]);
  const choose = useCallback(
    async (wanted: Partial<AlarmChoice>): Promise<void> => {
      if (wanted.sound === true) chime('work');
      const isGranted = wanted.notification === true ? await askToNotify() : choice.notification;
      const notification = (wanted.notification ?? choice.notification) && isGranted;
      const next = { ...choice, ...wanted, notification, asked: true };
      saveJson('alarm', next);
      setChoice(next);
    },
    [choice],
  );
  const ring = useCallback(
    (over: SessionType, at: number, now: number, text: string): void => {
      if (at <= lastRung.current || now - at > MAX_AGE_MS) return;
      lastRung.current = at;
      if (choice.sound) chime(over);
      if (choice.notification) void notify(over === 'work' ? texts.workOver : texts.breakOver, text);
    },
    [choice],
  );
  return { choice, choose, ring };
}

/** After a reload, browsers play no sound before the first click or key press. */
function unlockOnFirstInteraction(wanted: boolean): (() => void) | undefined {
  if (!wanted) return undefined;
  const controller = new AbortController();
  const options = { once: true, signal: controller.signal };
  document.addEventListener('pointerdown', unlockSound, options);
  document.addEventListener('keydown', unlockSound, options);
  return () => {
    controller.abort();
  };
}
