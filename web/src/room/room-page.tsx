import { type ReactElement, useEffect, useState } from 'react';

import { MetronomeError, type Room } from '../../../clients/typescript/src/index.js';
import { hasStatus, metronome, takeUpSession } from '../shared/metronome.js';
import { forgetRoom } from '../shared/recent-rooms.js';
import { Footer, TopBar } from '../shared/ui.js';
import { rememberedName, rememberName } from './identity.js';
import { KindPage } from './kind-page.js';
import { LiveRoom } from './live-room.js';
import { NamePrompt } from './name-prompt.js';
import { texts } from './texts.js';

const RETRY_MS = 3_000;

/** What is known before one is in the room. */
type Before =
  | { readonly is: 'loading' | 'unreachable' | 'unknown' }
  | { readonly is: 'there'; readonly room: Room; readonly isSignedIn: boolean };

/** `/room/{id}`: what a share URL opens (rooms.md, "Share URL"). */
export function RoomPage({ roomId }: { readonly roomId: string }): ReactElement {
  const [before, setBefore] = useState<Before>({ is: 'loading' });
  const [name, setName] = useState(rememberedName);
  useEffect(() => look(roomId, setBefore), [roomId]);
  if (before.is === 'unknown') return <KindPage title={texts.unknownTitle} text={texts.unknownText} />;
  if (before.is !== 'there') return <Waiting text={before.is === 'unreachable' ? texts.unreachable : ''} />;
  if (name === undefined) {
    const enter = (chosen: string): void => {
      rememberName(chosen);
      setName(chosen);
    };
    return <NamePrompt room={before.room} onName={enter} />;
  }
  return <LiveRoom first={before.room} isSignedIn={before.isSignedIn} name={name} onName={setName} />;
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

/** Reads the room until there is an answer. @returns what ends it */
function look(roomId: string, tell: (before: Before) => void): () => void {
  let retry: ReturnType<typeof setTimeout> | undefined;
  let isWanted = true;
  const ask = async (): Promise<void> => {
    const before = await answerAbout(roomId);
    if (!isWanted) return;
    tell(before);
    if (before.is === 'unreachable') retry = setTimeout(() => void ask(), RETRY_MS);
  };
  void ask();
  return () => {
    isWanted = false;
    clearTimeout(retry);
  };
}

async function answerAbout(roomId: string): Promise<Before> {
  try {
    const isSignedIn = await takeUpSession();
    return { is: 'there', room: await metronome.rooms.get(roomId), isSignedIn };
  } catch (error) {
    if (hasStatus(error, 404)) forgetRoom(roomId);
    const isFinal = error instanceof MetronomeError && [403, 404, 422].includes(error.status);
    return { is: isFinal ? 'unknown' : 'unreachable' };
  }
}
