import { type ReactElement, type ReactNode, useEffect, useId, useRef, useState } from 'react';

import { language, switchLanguage } from './i18n.js';
import { Icon, Logo } from './icons.js';
import { common } from './texts.js';

interface Children {
  readonly children?: ReactNode;
}

/** Every page's header, with its links and actions. */
export function TopBar({ children }: Children): ReactElement {
  return (
    <header className="top">
      <a className="skip-link" href="#content">
        {common.skip}
      </a>
      <a className="brand" href="/">
        <Logo />
        <span>{common.product}</span>
      </a>
      <span className="top-space" />
      {children}
    </header>
  );
}

export function Footer(): ReactElement {
  return (
    <footer className="bottom">
      <button type="button" className="link-button" lang={common.otherLanguageCode} onClick={switchLanguage}>
        {common.otherLanguage}
      </button>
      <a href="/docs">{common.apiDocs}</a>
    </footer>
  );
}

interface DialogProps extends Children {
  readonly title: string;
  readonly onClose: () => void;
}

/** A modal dialog, open as long as it is rendered: the browser keeps the focus inside, and Escape closes it. */
export function Dialog({ title, onClose, children }: DialogProps): ReactElement {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const { current } = dialog;
    const before = document.activeElement;
    current?.showModal();
    return () => {
      current?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onKeyDown={(event) => {
        event.stopPropagation();
      }}
    >
      <div className="dialog-head">
        <h2 id={heading}>{title}</h2>
        <IconButton name="close" label={common.close} onClick={onClose} />
      </div>
      {children}
    </dialog>
  );
}

interface IconButtonProps {
  readonly name: Parameters<typeof Icon>[0]['name'];
  readonly label: string;
  readonly onClick: () => void;
}

export function IconButton({ name, label, onClick }: IconButtonProps): ReactElement {
  return (
    <button type="button" className="icon-button" aria-label={label} title={label} onClick={onClick}>
      <Icon name={name} />
    </button>
  );
}

interface FieldProps extends Children {
  readonly label: string;
  readonly hint?: string;
}

/** A labelled control: the label names whatever is inside. */
export function Field({ label, hint, children }: FieldProps): ReactElement {
  return (
    <label className="field">
      <span>{label}</span>
      {children}
      {hint !== undefined && <small>{hint}</small>}
    </label>
  );
}

interface MinutesProps {
  readonly label: string;
  readonly value: number;
  readonly max: number;
  readonly onChange: (minutes: number) => void;
}

/** Whole minutes from 1; values out of range are clamped. */
export function Minutes({ label, value, max, onChange }: MinutesProps): ReactElement {
  return (
    <Field label={label}>
      <input
        className="input"
        type="number"
        inputMode="numeric"
        min={1}
        max={max}
        value={value}
        onChange={(event) => {
          onChange(Math.min(max, Math.max(1, Math.round(event.target.valueAsNumber) || 1)));
        }}
      />
    </Field>
  );
}

interface SwitchProps extends Children {
  readonly checked: boolean;
  readonly disabled?: boolean;
  readonly onChange: (checked: boolean) => void;
}

export function Switch({ checked, disabled = false, onChange, children }: SwitchProps): ReactElement {
  return (
    <label className="check">
      <input
        type="checkbox"
        role="switch"
        checked={checked}
        disabled={disabled}
        onChange={(event) => {
          onChange(event.target.checked);
        }}
      />
      <span>{children}</span>
    </label>
  );
}

interface SegmentsProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly (readonly [Value, string])[];
  readonly onChange: (value: Value) => void;
  readonly compact?: boolean;
  readonly disabled?: boolean;
}

/** A choice of a few options, all visible. */
export function Segments<Value extends string>(props: SegmentsProps<Value>): ReactElement {
  const { label, value, options, onChange, compact = false, disabled = false } = props;
  return (
    <div className={compact ? 'segments compact' : 'segments'} role="group" aria-label={label}>
      {options.map(([option, text]) => (
        <button
          key={option}
          type="button"
          aria-pressed={option === value}
          disabled={disabled}
          onClick={() => {
            onChange(option);
          }}
        >
          {text}
        </button>
      ))}
    </div>
  );
}

/** A text to copy. */
export function CopyBox({ text, label }: { readonly text: string; readonly label: string }): ReactElement {
  const [copied, setCopied] = useState(false);
  const box = useRef<HTMLElement>(null);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      // Without https there is no clipboard API: select the text, so that the keyboard can copy it.
      if (box.current) getSelection()?.selectAllChildren(box.current);
    }
  };
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => {
      setCopied(false);
    }, 2_500);
    return () => {
      clearTimeout(timer);
    };
  }, [copied]);
  return (
    <div className="copy-box">
      <code ref={box} tabIndex={0} aria-label={label}>
        {text}
      </code>
      <button type="button" className="button small" onClick={() => void copy()}>
        <Icon name={copied ? 'check' : 'copy'} />
        <span aria-live="polite">{copied ? common.copied : common.copy}</span>
      </button>
    </div>
  );
}

/** Initials on a colour derived from the id: external pictures are never loaded. */
export function Avatar({ name, id }: { readonly name: string; readonly id: string }): ReactElement {
  const hue = lettersOf(id).reduce((sum, character) => (sum * 31 + (character.codePointAt(0) ?? 0)) % 360, 7);
  const letters = initialsOf(name);
  return (
    <span
      className="avatar"
      aria-hidden="true"
      ref={(element) => {
        element?.style.setProperty('--hue', String(hue));
      }}
    >
      {letters}
    </span>
  );
}

const segmenter = new Intl.Segmenter(language);
const lettersOf = (text: string): string[] => Array.from(segmenter.segment(text), ({ segment }) => segment);

/** `AL` for Ada Lovelace, `철수` for 김철수: the form in which people are addressed. */
function initialsOf(name: string): string {
  const words = name.trim().split(/[\s_-]+/u);
  const first = (word = '') => lettersOf(word)[0]?.toLocaleUpperCase(language) ?? '';
  if (words.length > 1) return first(words[0]) + first(words.at(-1));
  const letters = lettersOf(words[0] ?? '');
  const isHangulName = letters.length === 3 && letters.every((letter) => /\p{Script=Hangul}/u.test(letter));
  return isHangulName ? letters.slice(1).join('') : (letters[0]?.toLocaleUpperCase(language) ?? '?');
}

/** A message that disappears by itself; screen readers announce it. */
export function Toast({ text, onDismiss }: { readonly text: string; readonly onDismiss: () => void }): ReactElement {
  useEffect(() => {
    if (text === '') return undefined;
    const timer = setTimeout(onDismiss, 5_000);
    return () => {
      clearTimeout(timer);
    };
  }, [text, onDismiss]);
  return <div role="status">{text !== '' && <div className="toast">{text}</div>}</div>;
}
