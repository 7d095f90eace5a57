import { type ReactElement, type SubmitEvent, useEffect, useState } from 'react';

import type { Room } from '../../../clients/typescript/src/index.js';
import { common } from '../shared/texts.js';
import { Field, Footer, TopBar } from '../shared/ui.js';
import { texts } from './texts.js';

interface NamePromptProps {
  readonly room: Room;
  readonly onName: (name: string) => void;
}

/** Asked once per browser. */
export function NamePrompt({ room, onName }: NamePromptProps): ReactElement {
  const [name, setName] = useState('');
  const enter = (event: SubmitEvent): void => {
    event.preventDefault();
    const chosen = name.trim();
    if (chosen !== '') onName(chosen);
  };
  useEffect(() => {
    document.title = `${room.room_name} · ${common.product}`;
  }, [room]);
  return (
    <>
      <TopBar />
      <main id="content" className="page kind" tabIndex={-1}>
        <p className="muted">{texts.peopleCount(room.current_participants)}</p>
        <h1>{room.room_name}</h1>
        <form className="card stack name-form" onSubmit={enter}>
          <h2>{texts.nameTitle}</h2>
          <Field label={texts.yourName}>
            <input
              className="input"
              value={name}
              maxLength={50}
              required
              autoComplete="nickname"
              autoFocus
              onChange={(event) => {
                setName(event.target.value);
              }}
            />
          </Field>
          <button type="submit" className="button primary large">
            {texts.enter}
          </button>
        </form>
      </main>
      <Footer />
    </>
  );
}
