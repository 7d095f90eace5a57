import { type ReactElement, type SubmitEvent, useState } from 'react';

import type { Session } from '../../../../clients/typescript/src/index.js';
import { dayTimeText } from '../../shared/format.js';
import { hasStatus, metronome, problemText, signOut } from '../../shared/metronome.js';
import { Dialog, Field, Switch } from '../../shared/ui.js';
import { useLoaded } from '../../shared/use-loaded.js';
import { useAttempt, useToast } from '../toast.js';
import { texts } from './texts.js';

/** Password, sessions, verification of the e-mail address, and deletion of the account. */
export function AccountCard({ email }: { readonly email: string | null }): ReactElement {
  return (
    <section className="card stack" aria-labelledby="security">
      <h2 id="security">{texts.security}</h2>
      {email !== null && <p className="muted">{email}</p>}
      <Sessions />
      <details>
        <summary>{texts.verifyEmail}</summary>
        <VerifyEmail />
      </details>
      <details>
        <summary>{texts.changePassword}</summary>
        <ChangePassword />
      </details>
      <DeleteAccount />
    </section>
  );
}

function Sessions(): ReactElement {
  const attempt = useAttempt();
  const sessions = useLoaded(() => metronome.auth.sessions(), []);
  return (
    <details>
      <summary>
        {texts.sessions} ({sessions.value?.length ?? 0})
      </summary>
      <ul className="lines">
        {sessions.value?.map((session) => (
          <SessionLine
            key={session.id}
            session={session}
            onEnd={() => void attempt(() => metronome.auth.endSession(session.id)).then(sessions.reload)}
          />
        ))}
      </ul>
    </details>
  );
}

interface SessionLineProps {
  readonly session: Session;
  readonly onEnd: () => void;
}

function SessionLine({ session, onEnd }: SessionLineProps): ReactElement {
  return (
    <li className="line">
      <span className="grow small">
        {session.user_agent ?? '–'}
        <span className="muted doing">{texts.since(dayTimeText(session.created_at))}</span>
      </span>
      {session.current ? (
        <span className="badge">{texts.thisSession}</span>
      ) : (
        <button type="button" className="button small plain" onClick={onEnd}>
          {texts.endSession}
        </button>
      )}
    </li>
  );
}

function VerifyEmail(): ReactElement {
  const attempt = useAttempt();
  const showToast = useToast();
  const [code, setCode] = useState('');
  const send = async (): Promise<void> => {
    if (await attempt(() => metronome.auth.sendEmailCode())) showToast(texts.codeSent);
  };
  const confirm = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (await attempt(() => metronome.auth.verifyEmail(code.trim()))) showToast(texts.confirmed);
  };
  return (
    <form className="stack" onSubmit={(event) => void confirm(event)}>
      <p className="small muted">{texts.verifyHint}</p>
      <button type="button" className="button" onClick={() => void send()}>
        {texts.sendCode}
      </button>
      <div className="row">
        <div className="grow">
          <Field label={texts.code}>
            <input
              className="input"
              value={code}
              required
              autoComplete="one-time-code"
              onChange={(event) => {
                setCode(event.target.value);
              }}
            />
          </Field>
        </div>
        <button type="submit" className="button beside-field">
          {texts.confirm}
        </button>
      </div>
    </form>
  );
}

function ChangePassword(): ReactElement {
  const showToast = useToast();
  const [password, setPassword] = useState('');
  const [wanted, setWanted] = useState('');
  const [endOtherAccess, setEndOtherAccess] = useState(false);
  const change = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    try {
      await metronome.auth.changePassword(password, wanted, { endOtherAccess });
      setPassword('');
      setWanted('');
      showToast(endOtherAccess ? texts.passwordChangedAll : texts.passwordChanged);
    } catch (error) {
      showToast(hasStatus(error, 403) ? texts.wrongPassword : problemText(error));
    }
  };
  return (
    <form className="stack" onSubmit={(event) => void change(event)}>
      <Password label={texts.password} value={password} onChange={setPassword} autoComplete="current-password" />
      <Password label={texts.newPassword} value={wanted} onChange={setWanted} autoComplete="new-password" />
      <p className="small muted">{texts.passwordHint}</p>
      <Switch checked={endOtherAccess} onChange={setEndOtherAccess}>
        {texts.endOtherAccess}
      </Switch>
      <button type="submit" className="button">
        {texts.changePassword}
      </button>
    </form>
  );
}

interface PasswordProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly autoComplete: 'current-password' | 'new-password';
}

function Password({ label, value, onChange, autoComplete }: PasswordProps): ReactElement {
  return (
    <Field label={label}>
      <input
        className="input"
        type="password"
        required
        minLength={8}
        maxLength={128}
        autoComplete={autoComplete}
        value={value}
        onChange={(event) => {
          onChange(event.target.value);
        }}
      />
    </Field>
  );
}

function DeleteAccount(): ReactElement {
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      <button
        type="button"
        className="button danger"
        onClick={() => {
          setAsking(true);
        }}
      >
        {texts.deleteAccount}
      </button>
      {isAsking && (
        <DeleteDialog
          onClose={() => {
            setAsking(false);
          }}
        />
      )}
    </>
  );
}

function DeleteDialog({ onClose }: { readonly onClose: () => void }): ReactElement {
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState('');
  const remove = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    try {
      await metronome.me.delete(password);
    } catch (error) {
      setProblem(hasStatus(error, 403) ? texts.wrongPassword : problemText(error));
      return;
    }
    await signOut().catch(() => undefined);
    location.assign('/');
  };
  return (
    <Dialog title={texts.deleteAccount} onClose={onClose}>
      <form className="stack" onSubmit={(event) => void remove(event)}>
        <p>{texts.deleteAccountHint}</p>
        <Password label={texts.password} value={password} onChange={setPassword} autoComplete="current-password" />
        <p className="error-text" role="alert">
          {problem}
        </p>
        <button type="submit" className="button danger">
          {texts.deleteAccountSure}
        </button>
      </form>
    </Dialog>
  );
}
