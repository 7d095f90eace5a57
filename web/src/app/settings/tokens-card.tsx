import { type ReactElement, type SubmitEvent, useState } from 'react';

import type { LegacyToken, NewLegacyToken } from '../../../../clients/typescript/src/index.js';
import { dayTimeText } from '../../shared/format.js';
import { metronome } from '../../shared/metronome.js';
import { CopyBox, Field } from '../../shared/ui.js';
import { useLoaded } from '../../shared/use-loaded.js';
import { useAttempt } from '../toast.js';
import { texts } from './texts.js';

/** Tokens of the legacy apps (docs/spec/legacy.md#tokens). */
export function TokensCard(): ReactElement {
  const attempt = useAttempt();
  const tokens = useLoaded(() => metronome.auth.legacyTokens.list(), []);
  const [label, setLabel] = useState('');
  const [issued, setIssued] = useState<NewLegacyToken>();
  const create = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    await attempt(async () => {
      setIssued(await metronome.auth.legacyTokens.create(label.trim() || null));
      setLabel('');
      tokens.reload();
    });
  };
  const revoke = (id: string): void => {
    void attempt(() => metronome.auth.legacyTokens.revoke(id)).then(() => {
      if (issued?.id === id) setIssued(undefined);
      tokens.reload();
    });
  };
  return (
    <section className="card stack" aria-labelledby="tokens">
      <h2 id="tokens">{texts.tokens}</h2>
      <p className="small muted">{texts.tokensHint}</p>
      {tokens.value?.length === 0 && <p className="empty">{texts.noTokens}</p>}
      <ul className="lines">
        {tokens.value?.map((token) => (
          <TokenLine key={token.id} token={token} onRevoke={revoke} />
        ))}
      </ul>
      <div role="status" className="stack">
        {issued && (
          <>
            <p>
              <strong>{texts.tokenOnce}</strong>
            </p>
            <CopyBox text={issued.token} label={texts.newToken} />
          </>
        )}
      </div>
      <form className="row" onSubmit={(event) => void create(event)}>
        <div className="grow">
          <Field label={texts.tokenFor}>
            <input
              className="input"
              value={label}
              maxLength={100}
              onChange={(event) => {
                setLabel(event.target.value);
              }}
            />
          </Field>
        </div>
        <button type="submit" className="button beside-field">
          {texts.createToken}
        </button>
      </form>
    </section>
  );
}

interface TokenLineProps {
  readonly token: LegacyToken;
  readonly onRevoke: (id: string) => void;
}

function TokenLine({ token: { id, label, last_used_at: usedAt }, onRevoke }: TokenLineProps): ReactElement {
  return (
    <li className="line">
      <span className="grow">
        {label ?? texts.unnamed}
        <span className="small muted doing">
          {usedAt === null ? texts.neverUsed : texts.lastUsed(dayTimeText(usedAt))}
        </span>
      </span>
      <button
        type="button"
        className="button small plain"
        onClick={() => {
          onRevoke(id);
        }}
      >
        {texts.revoke}
      </button>
    </li>
  );
}
