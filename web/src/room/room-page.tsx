import { type ReactElement, useEffect, useState } from 'react';

import { MetronomeError, type Room } from '../../../clients/typescript/src/index.js';
import { hasStatus, metronome, restoreSession } from '../shared/metronome.js';
import { forgetRoom } from '../shared/recent-rooms.js';
import { Footer, TopBar } from '../shared/ui.js';
import { rememberedName, rememberName } from './identity.js';
import { MessagePage } from './message-page.js';
import { LiveRoom } from './live-room.js';
import { NamePrompt } from './name-prompt.js';
import { texts } from './texts.js';

const RETRY_MS = 3_000;

/** The state of the page before the room is joined. */
type RoomLoad =
  | { readonly is: 'loading' | 'unreachable' | 'notFound' }
  | { readonly is: 'loaded'; readonly room: Room; readonly isSignedIn: boolean };

/** `/room/{id}`: the target of a share URL (docs/spec/rooms.md#share-url). */
export function RoomPage({ roomId }: { readonly roomId: string }): ReactElement {
  const [load, setLoad] = useState<RoomLoad>({ is: 'loading' });
  const [name, setName] = useState(rememberedName);
  useEffect(() => loadRoom(roomId, setLoad), [roomId]);
  if (load.is === 'notFound') return <MessagePage title={texts.unknownTitle} text={texts.unknownText} />;
  if (load.is !== 'loaded') return <Waiting text={load.is === 'unreachable' ? texts.unreachable : ''} />;
  if (name === undefined) {
    const enter = (chosen: string): void => {
      rememberName(chosen);
      setName(chosen);
    };
    return <NamePrompt room={load.room} onName={enter} />;
  }
  return <LiveRoom first={load.room} isSignedIn={load.isSignedIn} name={name} onName={setName} />;
}

function Waiting({ text }: { readonly text: string }): ReactElement {
  return (
    <>
      <TopBar />
      <main id="content" className="page" tabIndex={-1}>
        <div className="loading" aria-hidden="true" />
        <p role="status" className="centered">
          {text}
        </p>
      </main>
      <Footer />
    </>
  );
}

/** Fetches the room, trying again until the server responds. @returns a function that stops trying */
function loadRoom(roomId: string, onChange: (load: RoomLoad) => void): () => void {
  let retry: ReturnType<typeof setTimeout> | undefined;
  let isWanted = true;
  const attempt = async (): Promise<void> => {
    const load = await fetchRoom(roomId);
    if (!isWanted) return;
    onChange(load);
    if (load.is === 'unreachable') retry = setTimeout(() => void attempt(), RETRY_MS);
  };
  void attempt();
  return () => {
    isWanted = false;
    clearTimeout(retry);
  };
}

async function fetchRoom(roomId: string): Promise<RoomLoad> {
  try {
    const isSignedIn = await restoreSession();
    return { is: 'loaded', room: await metronome.rooms.get(roomId), isSignedIn };
  } catch (error) {
    if (hasStatus(error, 404)) forgetRoom(roomId);
    const isFinal = error instanceof MetronomeError && [403, 404, 422].includes(error.status);
    return { is: isFinal ? 'notFound' : 'unreachable' };
  }
}
