import { useCallback, useEffect, useRef, useState } from 'react';

import type { SessionType } from '../../../clients/typescript/src/index.js';
import { chime, unlockSound } from '../shared/chime.js';
import { askToNotify, mayNotify, notify } from '../shared/notify.js';
import { recallJson, rememberJson } from '../shared/storage.js';
import { texts } from './texts.js';

/** How somebody wants to be told, as this browser keeps it. Off until they said so. */
export interface AlarmChoice {
  readonly sound: boolean;
  readonly notification: boolean;
  /** Whether they were asked already. */
  readonly asked: boolean;
}

const SILENT: AlarmChoice = { sound: false, notification: false, asked: false };
/** What ended longer ago is no news: a laptop that wakes up in the morning stays quiet. */
const NEWS_MS = 10_000;

function kept(): AlarmChoice {
  const value = recallJson('alarm');
  const choice: AlarmChoice = typeof value === 'object' && value !== null ? { ...SILENT, ...value } : SILENT;
  return { ...choice, notification: choice.notification && mayNotify() };
}

export interface Alarm {
  readonly choice: AlarmChoice;
  /** Chooses, and asks the browser where it must be asked. */
  readonly choose: (wanted: Partial<AlarmChoice>) => Promise<void>;
  /** A session reached its target. Told twice of the same one, it sounds once. @param at milliseconds */
  readonly ring: (over: SessionType, at: number, now: number, text: string) => void;
}

export function useAlarm(): Alarm {
  const [choice, setChoice] = useState(kept);
  const lastRung = useRef(0);
  useEffect(() => unlockOnFirstTouch(choice.sound), [choice.sound]);
  const choose = useCallback(
    async (wanted: Partial<AlarmChoice>): Promise<void> => {
      if (wanted.sound === true) chime('work');
      const isGranted = wanted.notification === true ? await askToNotify() : choice.notification;
      const notification = (wanted.notification ?? choice.notification) && isGranted;
      const next = { ...choice, ...wanted, notification, asked: true };
      rememberJson('alarm', next);
      setChoice(next);
    },
    [choice],
  );
  const ring = useCallback(
    (over: SessionType, at: number, now: number, text: string): void => {
      if (at <= lastRung.current || now - at > NEWS_MS) return;
      lastRung.current = at;
      if (choice.sound) chime(over);
      if (choice.notification) void notify(over === 'work' ? texts.workOver : texts.breakOver, text);
    },
    [choice],
  );
  return { choice, choose, ring };
}

/** After a reload the browser waits for a touch before it lets a page sound. */
function unlockOnFirstTouch(wanted: boolean): (() => void) | undefined {
  if (!wanted) return undefined;
  const controller = new AbortController();
  const options = { once: true, signal: controller.signal };
  document.addEventListener('pointerdown', unlockSound, options);
  document.addEventListener('keydown', unlockSound, options);
  return () => {
    controller.abort();
  };
}
