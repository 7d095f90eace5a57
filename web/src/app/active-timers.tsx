import { lazy, Suspense, type ReactElement, useCallback, useState } from 'react';

import { elapsedAt, type Timer } from '../../../clients/typescript/src/index.js';
import type { LiveTimers } from '../../../clients/typescript/src/react.js';
import { clockText, durationText, spokenDuration, timeText } from '../shared/format.js';
import { Icon } from '../shared/icons.js';
import { metronome } from '../shared/metronome.js';
import { Ring } from '../shared/ring.js';
import { useEverySecond } from '../shared/seconds.js';
import { useAttempt } from './toast.js';
import { TagList } from './tag-list.js';
import { texts } from './texts.js';
import { isForgotten } from './timer-times.js';

const RepairDialog = lazy(() => import('./repair-dialog.js'));

interface ActiveTimersProps {
  readonly live: LiveTimers;
}

/** Running and paused timers, whichever app or device started them. */
export function ActiveTimers({ live }: ActiveTimersProps): ReactElement {
  // Held here instead of in the timer's row: the row disappears when the timer stops, and the dialog stays open.
  const [repairing, setRepairing] = useState<Timer>();
  return (
    <section aria-labelledby="now" className="stack">
      <h2 id="now" className="visually-hidden">
        {texts.now}
      </h2>
      {live.userId !== null && live.timers.length === 0 && <p className="card empty-now muted">{texts.nothingRuns}</p>}
      <ul className="stack">
        {live.timers.map((timer) => (
          <li key={timer.id}>
            <ActiveTimer timer={timer} live={live} onRepair={setRepairing} />
          </li>
        ))}
      </ul>
      <Suspense>
        {repairing && (
          <RepairDialog
            timer={repairing}
            onClose={() => {
              setRepairing(undefined);
            }}
          />
        )}
      </Suspense>
    </section>
  );
}

export const titleOf = ({ title }: Pick<Timer, 'title'>): string => title?.trim() || texts.untitled;

interface ActiveTimerProps extends ActiveTimersProps {
  readonly timer: Timer;
  readonly onRepair: (timer: Timer) => void;
}

function ActiveTimer({ timer, live, onRepair }: ActiveTimerProps): ReactElement {
  const isRunning = timer.status === 'RUNNING';
  const readForgotten = useCallback(() => isForgotten(timer, metronome.clock.now()), [timer]);
  const forgotten = useEverySecond(readForgotten);
  return (
    <article className="card active-timer" data-phase={isRunning ? 'work' : 'paused'} aria-label={titleOf(timer)}>
      <div className="active-ring">
        <Progress timer={timer} />
      </div>
      <div className="active-words">
        <h3>{titleOf(timer)}</h3>
        <p className="row small muted">
          <span>
            {isRunning || timer.paused_at === null
              ? texts.startedAt(timeText(timer.started_at))
              : texts.pausedSince(timeText(timer.paused_at))}
          </span>
          {timer.allocated_duration > 0 && <span>{texts.ofPlan(durationText(timer.allocated_duration))}</span>}
          {texts.origins[timer.origin] !== '' && <span className="badge">{texts.origins[timer.origin]}</span>}
          <TagList tags={timer.tags} />
        </p>
      </div>
      <Buttons timer={timer} live={live} />
      {forgotten && (
        <p className="forgotten row">
          <span className="grow">{texts.forgotten(durationText(elapsedAt(timer, metronome.clock.now())))}</span>
          <button
            type="button"
            className="button small"
            onClick={() => {
              onRepair(timer);
            }}
          >
            {texts.setEnd}
          </button>
        </p>
      )}
    </article>
  );
}

/** Time worked and share of the plan. */
function Progress({ timer }: { readonly timer: Timer }): ReactElement {
  const elapsed = useCallback(() => elapsedAt(timer, metronome.clock.now()), [timer]);
  const seconds = useEverySecond(elapsed);
  const fraction = useCallback(
    () => (timer.allocated_duration > 0 ? elapsed() / timer.allocated_duration : 0),
    [timer, elapsed],
  );
  return (
    <Ring fraction={fraction} moving={timer.status === 'RUNNING'}>
      <p className="active-digits" role="timer" aria-label={spokenDuration(seconds)}>
        {clockText(seconds)}
      </p>
    </Ring>
  );
}

function Buttons({ timer, live }: { readonly timer: Timer; readonly live: LiveTimers }): ReactElement {
  const attempt = useAttempt();
  const { id, status } = timer;
  return (
    <div className="row active-buttons">
      {status === 'RUNNING' ? (
        <button type="button" className="button primary" onClick={() => void attempt(() => live.pause(id))}>
          <Icon name="pause" />
          {texts.pause}
        </button>
      ) : (
        <button type="button" className="button primary" onClick={() => void attempt(() => live.resume(id))}>
          <Icon name="play" />
          {texts.resume}
        </button>
      )}
      <button type="button" className="button" onClick={() => void attempt(() => live.stop(id))}>
        <Icon name="stop" />
        {texts.stop}
      </button>
      <button type="button" className="button plain" onClick={() => void attempt(() => live.cancel(id))}>
        {texts.discard}
      </button>
    </div>
  );
}
