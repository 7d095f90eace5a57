import type { ReactElement } from 'react';

import type { LiveTimers } from '../../../../clients/typescript/src/react.js';
import { metronome } from '../../shared/metronome.js';
import { Avatar } from '../../shared/ui.js';
import { useLoaded } from '../../shared/use-loaded.js';
import type { Activities } from '../activity.js';
import { statusOf, useFollowing } from './friend-status.js';
import { texts } from './texts.js';

const SHOWN = 6;

interface FriendsCardProps {
  readonly live: LiveTimers;
  readonly activity: Activities;
}

/** Friends who are working now; renders nothing for a user without friends. */
export default function FriendsCard({ live, activity }: FriendsCardProps): ReactElement | null {
  const friends = useLoaded(() => metronome.friends.list().toArray(SHOWN), []).value ?? [];
  useFollowing(live);
  if (friends.length === 0) return null;
  return (
    <section className="card" aria-labelledby="friends-card">
      <h2 id="friends-card">{texts.friends}</h2>
      <ul className="lines">
        {friends.map((friend) => (
          <li key={friend.user_id} className="line friend">
            <Avatar name={friend.display_name ?? texts.friend} id={friend.user_id} />
            <span className="grow">
              <strong>{friend.display_name ?? texts.friend}</strong>
              <span className="small muted doing">{statusOf(friend, live.shared, activity)}</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
