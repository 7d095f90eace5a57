import { lazy, type ReactElement, Suspense, useCallback, useEffect, useMemo, useState } from 'react';

import type { MetronomeError, Room } from '../../../clients/typescript/src/index.js';
import { useRoom } from '../../../clients/typescript/src/react.js';
import { problemText, metronome } from '../shared/metronome.js';
import { forgetRoom, rememberRoom } from '../shared/recent-rooms.js';
import { onClockJump } from '../shared/seconds.js';
import { Footer, IconButton, Toast, TopBar } from '../shared/ui.js';
import { Icon } from '../shared/icons.js';
import { useAlarm } from './alarm.js';
import { AlarmQuestion } from './alarm-question.js';
import { Clockwork } from './clockwork.js';
import { forgetIdentity, identityIn, rememberIdentity, rememberName } from './identity.js';
import { KindPage } from './kind-page.js';
import { People } from './people.js';
import { Statistics } from './statistics.js';
import { texts } from './texts.js';

// Not needed to see the countdown, so not part of the first load.
const SettingsDialog = lazy(() => import('./settings-dialog.js'));
const ShareDialog = lazy(() => import('./share-dialog.js'));

interface LiveRoomProps {
  /** The room as it was when the page was opened. */
  readonly first: Room;
  readonly isSignedIn: boolean;
  readonly name: string;
  readonly onName: (name: string) => void;
}

/** The room with oneself in it. */
export function LiveRoom({ first, isSignedIn, name, onName }: LiveRoomProps): ReactElement {
  const { room_id: roomId } = first;
  // An account is the same person in all of its tabs; everybody else is known by what joining gave.
  const identity = () => (isSignedIn ? undefined : identityIn(roomId));
  const [kept, setKept] = useState(identity);
  const live = useRoom(metronome, roomId, { name, ...(kept && { me: kept }) });
  const room = live.room ?? first;
  const { me } = live;
  useEffect(() => {
    rememberRoom({ id: roomId, name: room.room_name });
  }, [roomId, room.room_name]);
  useEffect(() => {
    if (live.me !== null && !isSignedIn) rememberIdentity(roomId, live.me);
  }, [roomId, live.me, isSignedIn]);
  useEffect(() => onClockJump(() => void metronome.rooms.get(roomId).catch(() => undefined)), [roomId]);
  const refusal = refusalOf(live.status, live.error, room);
  useEffect(() => {
    if (refusal?.isGone !== true) return;
    forgetIdentity(roomId);
    forgetRoom(roomId);
  }, [roomId, refusal?.isGone]);
  if (refusal) return <KindPage title={refusal.title} text={refusal.text} />;
  const isHost = me !== null && (me.is_host || room.host?.participant_id === me.participant_id);
  const rename = (chosen: string): void => {
    rememberName(chosen);
    setKept(identity());
    onName(chosen);
  };
  return <RoomView live={live} room={room} myId={me?.participant_id} isHost={isHost} name={name} onName={rename} />;
}

interface Refusal {
  readonly title: string;
  readonly text: string;
  /** It will not come back. */
  readonly isGone: boolean;
}

/** Why one is not in the room, when it is more than a bad connection. */
function refusalOf(status: string, error: MetronomeError | null, room: Room): Refusal | undefined {
  if (error?.code === 'MAX_PARTICIPANTS_REACHED') {
    return { title: texts.fullTitle, text: texts.fullText(room.max_participants), isGone: false };
  }
  if (status !== 'closed' || error === null) return undefined;
  if (error.code === 'FORBIDDEN') return { title: texts.removedTitle, text: texts.removedText, isGone: true };
  if (error.code === 'ROOM_NOT_FOUND') return { title: texts.deletedTitle, text: texts.deletedText, isGone: true };
  return { title: texts.unknownTitle, text: problemText(error), isGone: false };
}

interface RoomViewProps {
  readonly live: ReturnType<typeof useRoom>;
  readonly room: Room;
  readonly myId: string | undefined;
  readonly isHost: boolean;
  readonly name: string;
  readonly onName: (name: string) => void;
}

function RoomView({ live, room, myId, isHost, name, onName }: RoomViewProps): ReactElement {
  const [dialog, setDialog] = useState<'share' | 'settings' | null>(null);
  const [news, setNews] = useState('');
  const alarm = useAlarm();
  const close = useCallback(() => {
    setDialog(null);
  }, []);
  const told = live.timer ?? room.timer_state;
  const { work_duration, break_duration, auto_start_break } = room;
  const course = useMemo(
    () => ({ work_duration, break_duration, auto_start_break }),
    [work_duration, break_duration, auto_start_break],
  );
  return (
    <>
      <TopBar>
        <button
          type="button"
          className="button plain"
          onClick={() => {
            setDialog('share');
          }}
        >
          <Icon name="share" />
          {texts.share}
        </button>
        <IconButton
          name="settings"
          label={texts.settings}
          onClick={() => {
            setDialog('settings');
          }}
        />
      </TopBar>
      <ConnectionBanner status={live.status} hadContact={live.room !== null} />
      <main id="content" className="page room" tabIndex={-1}>
        <Clockwork
          live={live}
          told={told}
          course={course}
          title={room.room_name}
          mayControl={room.control === 'everyone' || isHost}
          alarm={alarm}
          onNews={setNews}
        />
        <aside className="beside stack">
          <AlarmQuestion alarm={alarm} isRunning={told.status === 'running'} />
          <People participants={live.participants} myId={myId} hostId={room.host?.participant_id} />
          <Statistics socket={live.socket} roomId={room.room_id} />
        </aside>
      </main>
      <Footer />
      <Suspense>
        {dialog === 'share' && <ShareDialog url={room.share_url} name={room.room_name} onClose={close} />}
        {dialog === 'settings' && (
          <SettingsDialog
            room={room}
            isHost={isHost}
            alarm={alarm}
            name={name}
            onName={onName}
            onNews={setNews}
            onClose={close}
          />
        )}
      </Suspense>
      <Toast
        text={news}
        onGone={() => {
          setNews('');
        }}
      />
    </>
  );
}

interface BannerProps {
  readonly status: string;
  readonly hadContact: boolean;
}

/** Says nothing while a page that was just opened connects. */
function ConnectionBanner({ status, hadContact }: BannerProps): ReactElement {
  const isLost = status === 'waiting' || (hadContact && status === 'connecting');
  return <div role="status">{isLost && <p className="banner">{texts.offline}</p>}</div>;
}
