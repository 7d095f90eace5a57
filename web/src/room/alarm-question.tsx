import type { ReactElement } from 'react';

import { canNotify } from '../shared/notify.js';
import type { Alarm } from './alarm.js';
import { texts } from './texts.js';

interface AlarmQuestionProps {
  readonly alarm: Alarm;
  readonly isRunning: boolean;
}

/** Asked once, at the first running session. */
export function AlarmQuestion({ alarm: { choice, choose }, isRunning }: AlarmQuestionProps): ReactElement | null {
  if (choice.asked || !isRunning) return null;
  return (
    <section className="alarm-question" data-phase="work" aria-labelledby="alarm-question">
      <h2 id="alarm-question">{texts.alarmTitle}</h2>
      <div className="row">
        <button type="button" className="button small" onClick={() => void choose({ sound: true })}>
          {texts.alarmSound}
        </button>
        {canNotify() && (
          <button
            type="button"
            className="button small"
            onClick={() => void choose({ sound: true, notification: true })}
          >
            {texts.alarmBoth}
          </button>
        )}
        <button type="button" className="button small plain" onClick={() => void choose({})}>
          {texts.alarmNone}
        </button>
      </div>
    </section>
  );
}
