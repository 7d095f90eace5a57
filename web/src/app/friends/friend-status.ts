import { useEffect } from 'react';

import type { Friend, Timer } from '../../../../clients/typescript/src/index.js';
import type { LiveTimers } from '../../../../clients/typescript/src/react.js';
import { timeText } from '../../shared/format.js';
import type { Activities } from '../activity.js';
import { texts } from './texts.js';

/**
 * Subscribes to the timers of friends; the server sends them only to connections that asked for them
 * (docs/spec/sockets.md#the-personal-socket).
 */
export function useFollowing({ socket, status }: LiveTimers): void {
  useEffect(() => {
    if (status === 'open') socket.followShared().catch(() => undefined);
  }, [socket, status]);
}

/** The friend's current timer if they share it, else their last known activity. */
export function statusOf({ user_id: id }: Friend, shared: readonly Timer[], activity: Activities): string {
  const timer = shared.find(({ owner_id: owner, status }) => owner === id && status === 'RUNNING');
  if (timer) return texts.doing.running(timer.title ?? texts.something);
  const heard = activity.get(id);
  if (heard === undefined) return texts.quiet;
  const { action, timer_title: title, at } = heard;
  const words: Readonly<Record<string, (title: string) => string>> = texts.doing;
  return `${(words[action] ?? texts.doing.running)(title ?? texts.something)} · ${timeText(at)}`;
}
