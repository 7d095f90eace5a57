import { type ReactElement, type SubmitEvent, useState } from 'react';

import { Field } from '../shared/ui.js';
import { texts } from './texts.js';

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;

/** The address for a share URL or a room id: a room of this server, or the URL itself if it names another server. */
function addressOf(typed: string): string | undefined {
  const id = UUID.exec(typed)?.[0];
  if (id === undefined) return undefined;
  const own = `/room/${id.toLowerCase()}`;
  const url = URL.parse(typed.trim());
  if (url === null || url.origin === location.origin) return own;
  return /^https?:$/.test(url.protocol) && url.pathname.startsWith('/room/') ? url.href : undefined;
}

/** Joins a room by a share URL that was sent as text. */
export function JoinRoom(): ReactElement {
  const [typed, setTyped] = useState('');
  const [isWrong, setWrong] = useState(false);
  const join = (event: SubmitEvent): void => {
    event.preventDefault();
    const address = addressOf(typed);
    if (address === undefined) setWrong(true);
    else location.assign(address);
  };
  return (
    <form className="or stack" noValidate onSubmit={join}>
      <h2>{texts.joinTitle}</h2>
      <div className="row">
        <div className="grow">
          <Field label={texts.joinLabel}>
            <input
              className="input"
              type="url"
              value={typed}
              aria-invalid={isWrong}
              aria-describedby="join-problem"
              onChange={(event) => {
                setTyped(event.target.value);
                setWrong(false);
              }}
            />
          </Field>
        </div>
        <button type="submit" className="button beside-field">
          {texts.join}
        </button>
      </div>
      <p id="join-problem" className="error-text" role="alert">
        {isWrong ? texts.joinWrong : ''}
      </p>
    </form>
  );
}
