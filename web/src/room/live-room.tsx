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
import { TimerPanel } from './timer-panel.js';
import { forgetIdentity, identityIn, rememberIdentity, rememberName } from './identity.js';
import { MessagePage } from './message-page.js';
import { People } from './people.js';
import { Statistics } from './statistics.js';
import { texts } from './texts.js';

// Loaded on demand: the countdown does not need them.
const SettingsDialog = lazy(() => import('./settings-dialog.js'));
const ShareDialog = lazy(() => import('./share-dialog.js'));

interface LiveRoomProps {
  /** The room as fetched when the page was opened. */
  readonly first: Room;
  readonly isSignedIn: boolean;
  readonly name: string;
  readonly onName: (name: string) => void;
}

/** The room as its participants see it. */
export function LiveRoom({ first, isSignedIn, name, onName }: LiveRoomProps): ReactElement {
  const { room_id: roomId } = first;
  // A user is the same participant in all tabs; a guest is recognised by the identity that joining returned.
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
  if (refusal) return <MessagePage title={refusal.title} text={refusal.text} />;
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
  /** The room or the membership is gone for good. */
  readonly isGone: boolean;
}

/** Why this participant is not in the room; undefined for mere connection problems. */
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
  const [toast, setToast] = useState('');
  const alarm = useAlarm();
  const close = useCallback(() => {
    setDialog(null);
  }, []);
  const serverTimer = live.timer ?? room.timer_state;
  const { work_duration, break_duration, auto_start_break } = room;
  const phaseSettings = useMemo(
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
        <TimerPanel
          live={live}
          serverTimer={serverTimer}
          phaseSettings={phaseSettings}
          title={room.room_name}
          mayControl={room.control === 'everyone' || isHost}
          alarm={alarm}
          onToast={setToast}
        />
        <aside className="beside stack">
          <AlarmQuestion alarm={alarm} isRunning={serverTimer.status === 'running'} />
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
            onToast={setToast}
            onClose={close}
          />
        )}
      </Suspense>
      <Toast
        text={toast}
        onDismiss={() => {
          setToast('');
        }}
      />
    </>
  );
}

interface BannerProps {
  readonly status: string;
  readonly hadContact: boolean;
}

/** Shows nothing during the first connection of a page. */
function ConnectionBanner({ status, hadContact }: BannerProps): ReactElement {
  const isLost = status === 'waiting' || (hadContact && status === 'connecting');
  return <div role="status">{isLost && <p className="banner">{texts.offline}</p>}</div>;
}
