import { type ReactElement, type ReactNode, type SubmitEvent, useState } from 'react';

import { texts } from './account-texts.js';
import { hasStatus, isError, metronome, problemText, signIn, signUp } from './metronome.js';
import { Field, Segments } from './ui.js';

type Mode = 'in' | 'up' | 'forgot' | 'code';

interface AccountProps {
  /** Called after signing in. */
  readonly onDone: () => void;
}

/** Sign-in, sign-up, and password reset with a mailed code. */
export default function Account({ onDone }: AccountProps): ReactElement {
  const [mode, setMode] = useState<Mode>('in');
  const [email, setEmail] = useState('');
  const [news, setToast] = useState('');
  const go = (next: Mode, text = ''): void => {
    setMode(next);
    setToast(text);
  };
  const shared = { email, setEmail };
  return (
    <div className="stack">
      {(mode === 'in' || mode === 'up') && (
        <Segments
          label={`${texts.signIn}, ${texts.signUp}`}
          value={mode}
          options={[
            ['in', texts.signIn],
            ['up', texts.signUp],
          ]}
          onChange={go}
        />
      )}
      <p role="status" className={news ? 'small' : 'visually-hidden'}>
        {news}
      </p>
      {mode === 'in' && (
        <SignIn
          {...shared}
          onDone={onDone}
          onForgot={() => {
            go('forgot');
          }}
        />
      )}
      {mode === 'up' && <SignUp {...shared} onDone={onDone} />}
      {mode === 'forgot' && (
        <RequestCode
          {...shared}
          onDone={() => {
            go('code', texts.codeSent);
          }}
        />
      )}
      {mode === 'code' && (
        <EnterCode
          email={email}
          onDone={() => {
            go('in', texts.passwordSet);
          }}
        />
      )}
      {(mode === 'forgot' || mode === 'code') && (
        <button
          type="button"
          className="link-button"
          onClick={() => {
            go('in');
          }}
        >
          {texts.back}
        </button>
      )}
    </div>
  );
}

interface PartProps extends AccountProps {
  readonly email: string;
  readonly setEmail: (email: string) => void;
}

function SignIn({ email, setEmail, onDone, onForgot }: PartProps & { readonly onForgot: () => void }): ReactElement {
  const [password, setPassword] = useState('');
  return (
    <Form action={texts.signIn} send={() => signIn(email, password)} onDone={onDone}>
      <EmailField value={email} onChange={setEmail} />
      <PasswordField label={texts.password} value={password} onChange={setPassword} autoComplete="current-password" />
      <button type="button" className="link-button forgot" onClick={onForgot}>
        {texts.forgot}
      </button>
    </Form>
  );
}

function SignUp({ email, setEmail, onDone }: PartProps): ReactElement {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  return (
    <Form action={texts.createAccount} send={() => signUp(email, password, name)} onDone={onDone}>
      <Field label={texts.name} hint={texts.nameHint}>
        <TextInput value={name} onChange={setName} autoComplete="name" maxLength={50} />
      </Field>
      <EmailField value={email} onChange={setEmail} />
      <PasswordField label={texts.password} value={password} onChange={setPassword} hint={texts.passwordRule} />
    </Form>
  );
}

function RequestCode({ email, setEmail, onDone }: PartProps): ReactElement {
  return (
    <Form action={texts.sendCode} send={() => metronome.auth.sendResetCode(email)} onDone={onDone}>
      <EmailField value={email} onChange={setEmail} />
    </Form>
  );
}

function EnterCode({ email, onDone }: AccountProps & { readonly email: string }): ReactElement {
  const [code, setCode] = useState('');
  const [password, setPassword] = useState('');
  const send = () => metronome.auth.resetPassword(email, code.trim(), password);
  return (
    <Form action={texts.setPassword} send={send} onDone={onDone} refused={texts.wrongCode}>
      <Field label={texts.code}>
        <TextInput value={code} onChange={setCode} autoComplete="one-time-code" required />
      </Field>
      <PasswordField label={texts.newPassword} value={password} onChange={setPassword} hint={texts.passwordRule} />
    </Form>
  );
}

interface FormProps extends AccountProps {
  readonly action: string;
  readonly send: () => Promise<unknown>;
  /** The message for a 401. */
  readonly refused?: string;
  readonly children: ReactNode;
}

function Form({ action, send, onDone, refused = texts.wrongPassword, children }: FormProps): ReactElement {
  const [problem, setProblem] = useState('');
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem('');
    try {
      await send();
      onDone();
    } catch (error) {
      setProblem(errorTextFor(error, refused));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className="stack" onSubmit={(event) => void submit(event)}>
      {children}
      <p className="error-text" role="alert">
        {problem}
      </p>
      <button type="submit" className="button primary" disabled={isBusy}>
        {action}
      </button>
    </form>
  );
}

function errorTextFor(error: unknown, refused: string): string {
  if (hasStatus(error, 401)) return refused;
  if (isError(error, 'EmailAlreadyRegisteredError')) return texts.taken;
  if (!isError(error, 'VALIDATION_ERROR')) return problemText(error);
  return String(error).includes('password') ? texts.shortPassword : texts.badEmail;
}

interface InputProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly type?: 'text' | 'email' | 'password';
  readonly autoComplete?: string;
  readonly required?: boolean;
  readonly maxLength?: number;
  readonly minLength?: number;
}

function TextInput({ onChange, type = 'text', ...attributes }: InputProps): ReactElement {
  return (
    <input
      className="input"
      type={type}
      {...attributes}
      onChange={(event) => {
        onChange(event.target.value);
      }}
    />
  );
}

function EmailField(props: Pick<InputProps, 'value' | 'onChange'>): ReactElement {
  return (
    <Field label={texts.email}>
      <TextInput {...props} type="email" autoComplete="email" required />
    </Field>
  );
}

type PasswordProps = InputProps & { readonly label: string; readonly hint?: string };

function PasswordField({ label, hint, autoComplete = 'new-password', ...props }: PasswordProps): ReactElement {
  const limits = autoComplete === 'new-password' ? { minLength: 8, maxLength: 128 } : {};
  return (
    <Field label={label} {...(hint === undefined ? {} : { hint })}>
      <TextInput {...props} {...limits} type="password" autoComplete={autoComplete} required />
    </Field>
  );
}
