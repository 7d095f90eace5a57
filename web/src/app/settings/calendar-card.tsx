import { type ReactElement, useState } from 'react';

import { metronome } from '../../shared/metronome.js';
import { CopyBox } from '../../shared/ui.js';
import { useAttempt, useToast } from '../toast.js';
import { texts } from './texts.js';

/** The secret feed URL. Creating another one revokes the one before (docs/spec/extensions.md#calendar). */
export function CalendarCard(): ReactElement {
  const attempt = useAttempt();
  const showToast = useToast();
  const [url, setUrl] = useState<string>();
  const open = () =>
    attempt(async () => {
      setUrl((await metronome.me.openCalendar()).url);
    });
  const close = async (): Promise<void> => {
    if (!(await attempt(() => metronome.me.closeCalendar()))) return;
    setUrl(undefined);
    showToast(texts.calendarClosed);
  };
  return (
    <section className="card stack" aria-labelledby="calendar">
      <h2 id="calendar">{texts.calendar}</h2>
      <p className="small muted">{texts.calendarHint}</p>
      <div role="status">{url !== undefined && <CopyBox text={url} label={texts.calendarUrl} />}</div>
      <div className="row">
        <button type="button" className="button" onClick={() => void open()}>
          {url === undefined ? texts.calendarCreate : texts.calendarRenew}
        </button>
        <button type="button" className="button plain" onClick={() => void close()}>
          {texts.calendarClose}
        </button>
      </div>
    </section>
  );
}
