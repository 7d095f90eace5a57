import { useEffect, useState } from 'react';

import type { ServerMessages, TimerSocket } from '../../../clients/typescript/src/index.js';

export type Activity = ServerMessages['timer.friend_activity'] & { readonly at: string };

/**
 * The last activity of each friend, by user id. The server sends activities only as they happen
 * (docs/spec/sockets.md#the-personal-socket).
 */
export type Activities = ReadonlyMap<string, Activity>;

export function useActivity(socket: TimerSocket): Activities {
  const [heard, setHeard] = useState<Activities>(new Map());
  useEffect(
    () =>
      socket.on('timer.friend_activity', (activity, { timestamp }) => {
        setHeard((before) => new Map(before).set(activity.friend_id, { ...activity, at: timestamp }));
      }),
    [socket],
  );
  return heard;
}
