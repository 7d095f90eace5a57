import { type ReactElement, type SubmitEvent, useState } from 'react';

import { MetronomeError, type Friend, type FriendRequest } from '../../../../clients/typescript/src/index.js';
import type { LiveTimers } from '../../../../clients/typescript/src/react.js';
import { timeText } from '../../shared/format.js';
import { metronome, problemText } from '../../shared/metronome.js';
import { Avatar, CopyBox, Field } from '../../shared/ui.js';
import { useLoaded } from '../../shared/use-loaded.js';
import type { Activities } from '../activity.js';
import { useAttempt, useToast } from '../toast.js';
import { statusOf, useFollowing } from './friend-status.js';
import { texts } from './texts.js';

const SHOWN = 500;

interface FriendsViewProps {
  readonly live: LiveTimers;
  readonly activity: Activities;
}

/** All friends with their current activity, requests and the friend code. */
export default function FriendsView({ live, activity }: FriendsViewProps): ReactElement {
  const friends = useLoaded(() => metronome.friends.list().toArray(SHOWN), []);
  const received = useLoaded(() => metronome.friends.received().toArray(SHOWN), []);
  const sent = useLoaded(() => metronome.friends.sent().toArray(SHOWN), []);
  const reload = (): void => {
    friends.reload();
    received.reload();
    sent.reload();
  };
  useFollowing(live);
  return (
    <div className="today-view">
      <h1 className="today-head">{texts.friends}</h1>
      <div className="stack">
        {received.value !== undefined && received.value.length > 0 && (
          <Received requests={received.value} onAnswer={reload} />
        )}
        <section className="card" aria-label={texts.friends}>
          {friends.value?.length === 0 && <p className="empty">{texts.noFriends}</p>}
          <ul className="lines">
            {friends.value?.map((friend) => (
              <FriendLine key={friend.user_id} friend={friend} live={live} activity={activity} onRemoved={reload} />
            ))}
          </ul>
        </section>
      </div>
      <div className="stack">
        <AddFriend onSent={reload} />
        {sent.value !== undefined && sent.value.length > 0 && <Sent requests={sent.value} onWithdrawn={reload} />}
      </div>
    </div>
  );
}

interface FriendLineProps extends FriendsViewProps {
  readonly friend: Friend;
  readonly onRemoved: () => void;
}

function FriendLine({ friend, live, activity, onRemoved }: FriendLineProps): ReactElement {
  const attempt = useAttempt();
  const [isSure, setSure] = useState(false);
  const name = friend.display_name ?? texts.friend;
  const remove = async (): Promise<void> => {
    if (!isSure) setSure(true);
    else if (await attempt(() => metronome.friends.remove(friend.friendship_id))) onRemoved();
  };
  return (
    <li className="line friend">
      <Avatar name={name} id={friend.user_id} />
      <span className="grow">
        <strong>{name}</strong>
        <span className="small muted doing">{statusOf(friend, live.shared, activity)}</span>
      </span>
      <button type="button" className="button small plain" onClick={() => void remove()}>
        {isSure ? texts.unfriendSure : texts.unfriend}
      </button>
    </li>
  );
}

interface ReceivedProps {
  readonly requests: readonly FriendRequest[];
  readonly onAnswer: () => void;
}

function Received({ requests, onAnswer }: ReceivedProps): ReactElement {
  const attempt = useAttempt();
  const answer = (act: () => Promise<unknown>): void => {
    void attempt(act).then(onAnswer);
  };
  return (
    <section className="card" aria-labelledby="requests">
      <h2 id="requests">{texts.requests}</h2>
      <ul className="lines">
        {requests.map(({ id, requester_id: from, requester_display_name: name }) => (
          <li key={id} className="line friend">
            <Avatar name={name ?? texts.somebody} id={from} />
            <span className="grow">{texts.wantsToBeFriends(name ?? texts.somebody)}</span>
            <button
              type="button"
              className="button small primary"
              onClick={() => {
                answer(() => metronome.friends.accept(id));
              }}
            >
              {texts.accept}
            </button>
            <button
              type="button"
              className="button small plain"
              onClick={() => {
                answer(() => metronome.friends.reject(id));
              }}
            >
              {texts.reject}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function AddFriend({ onSent }: { readonly onSent: () => void }): ReactElement {
  const showToast = useToast();
  const [whom, setWhom] = useState('');
  const [problem, setProblem] = useState('');
  const code = useLoaded(() => metronome.me.get(), []).value?.friend_code;
  const send = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const text = whom.trim();
    try {
      if (text.includes('@')) await metronome.friends.request({ email: text });
      else await metronome.friends.request({ friend_code: text });
      setWhom('');
      setProblem('');
      showToast(texts.requestSent);
      onSent();
    } catch (error) {
      const words = error instanceof MetronomeError ? texts.friendErrors[error.code] : undefined;
      setProblem(words ?? problemText(error));
    }
  };
  return (
    <section className="card stack" aria-labelledby="add-friend">
      <h2 id="add-friend">{texts.addFriend}</h2>
      <form className="stack" onSubmit={(event) => void send(event)}>
        <Field label={texts.codeOrEmail}>
          <input
            className="input"
            value={whom}
            required
            aria-describedby="friend-problem"
            onChange={(event) => {
              setWhom(event.target.value);
            }}
          />
        </Field>
        <p id="friend-problem" className="error-text" role="alert">
          {problem}
        </p>
        <button type="submit" className="button primary">
          {texts.send}
        </button>
      </form>
      {code !== undefined && (
        <div className="stack my-code">
          <h3>{texts.myCode}</h3>
          <CopyBox text={code} label={texts.myCode} />
          <p className="small muted">{texts.myCodeHint}</p>
        </div>
      )}
    </section>
  );
}

interface SentProps {
  readonly requests: readonly FriendRequest[];
  readonly onWithdrawn: () => void;
}

/** A user who was asked has no name before they accept; requests by e-mail show the address. */
function Sent({ requests, onWithdrawn }: SentProps): ReactElement {
  const attempt = useAttempt();
  return (
    <section className="card" aria-labelledby="sent">
      <h2 id="sent">{texts.sent}</h2>
      <ul className="lines">
        {requests.map(({ id, addressee_email: email, created_at: at }) => (
          <li key={id} className="line">
            <span className="grow muted">{email === null ? timeText(at) : `${email} · ${timeText(at)}`}</span>
            <button
              type="button"
              className="button small plain"
              onClick={() => void attempt(() => metronome.friends.cancel(id)).then(onWithdrawn)}
            >
              {texts.withdraw}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
