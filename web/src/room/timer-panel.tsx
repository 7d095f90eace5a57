import { type ReactElement, useCallback, useEffect, useState } from 'react';

import {
  MetronomeError,
  remainingAt,
  type RoomTimer,
  type SessionType,
} from '../../../clients/typescript/src/index.js';
import type { LiveRoom } from '../../../clients/typescript/src/react.js';
import { showInTab } from '../shared/favicon.js';
import { clockText, spokenDuration, timeText } from '../shared/format.js';
import { metronome, problemText } from '../shared/metronome.js';
import type { Phase } from '../shared/phase.js';
import { Ring } from '../shared/ring.js';
import { everySecond, useEverySecond } from '../shared/seconds.js';
import { common } from '../shared/texts.js';
import type { Alarm } from './alarm.js';
import { Controls } from './controls.js';
import { useKeys } from './keys.js';
import { type PhaseSettings, idle, phaseOf, project } from './projection.js';
import { texts } from './texts.js';

interface TimerPanelProps {
  readonly live: LiveRoom;
  /** The timer as last received from the server. */
  readonly serverTimer: RoomTimer;
  /** Referentially stable until a value changes. */
  readonly phaseSettings: PhaseSettings;
  readonly title: string;
  readonly mayControl: boolean;
  readonly alarm: Alarm;
  readonly onToast: (text: string) => void;
}

/** The countdown and its controls. */
export function TimerPanel(props: TimerPanelProps): ReactElement {
  const { live, serverTimer, phaseSettings, title, mayControl, alarm, onToast } = props;
  const [chosen, setChosen] = useState<{ type: SessionType; revision: number }>();
  const shown = useShown(serverTimer, phaseSettings);
  // A picked session type counts until the timer changes.
  const isPicked = shown.status === 'idle' && chosen?.revision === shown.revision;
  const timer = isPicked ? idle(chosen.type, phaseSettings, shown.revision) : shown;
  const phase = phaseOf(timer);
  useAlarmAtTarget(live, serverTimer, phaseSettings, alarm);

  const attempt = useCallback(
    (act: () => Promise<unknown>): void => {
      act().catch((error: unknown) => {
        if (!isOutdated(error)) onToast(problemText(error));
      });
    },
    [onToast],
  );
  const { start, pause, resume, reset } = live;
  const begin = (type: SessionType): void => {
    if (timer.status === 'running' && timer.session_type === type) return;
    attempt(async () => {
      if (timer.status === 'running') await reset();
      await start(type);
    });
  };
  const acts = {
    toggle: () => {
      if (timer.status === 'idle') begin(timer.session_type);
      else attempt(timer.status === 'running' ? pause : resume);
    },
    reset: () => {
      if (timer.status !== 'idle') attempt(reset);
    },
    begin,
    choose: (type: SessionType) => {
      if (timer.status === 'idle') setChosen({ type, revision: shown.revision });
      else begin(type);
    },
  };
  useKeys(mayControl ? acts : undefined);
  return (
    <section className="clockwork" data-phase={phase} aria-label={title}>
      <h1>{title}</h1>
      <Face timer={timer} phase={phase} />
      <InTab timer={timer} phase={phase} title={title} />
      <Controls timer={timer} mayControl={mayControl} acts={acts} />
    </section>
  );
}

/** Another participant was faster; the timer already shows the wanted or the newer state. */
const isOutdated = (error: unknown): boolean =>
  error instanceof MetronomeError && ['TIMER_ALREADY_RUNNING', 'TIMER_NOT_RUNNING'].includes(error.code);

/** The timer as of now, including phases that have passed since the server's last message. */
function useShown(serverTimer: RoomTimer, phaseSettings: PhaseSettings): RoomTimer {
  const now = useCallback(
    () => project(serverTimer, phaseSettings, metronome.clock.now()).timer,
    [serverTimer, phaseSettings],
  );
  const key = useCallback(() => {
    const { status, session_type: type, target_timestamp: target } = now();
    return [status, type, target].join();
  }, [now]);
  // Renders again when a phase passes.
  useEverySecond(key);
  return now();
}

/** Rings at a session's target: on the server's event, or by the projected time while offline. */
function useAlarmAtTarget(live: LiveRoom, serverTimer: RoomTimer, phaseSettings: PhaseSettings, { ring }: Alarm): void {
  const { socket } = live;
  useEffect(() => {
    const sound = (over: SessionType, at: number): void => {
      const next = phaseSettings.auto_start_break ? texts.breakStarted : texts.breakNext;
      ring(over, at, metronome.clock.now(), over === 'work' ? next : texts.workNext);
    };
    const stopListening = socket.on('timer.completed', ({ completed_session_type: type }, { timestamp }) => {
      sound(type, Date.parse(timestamp));
    });
    const stopTicking = everySecond(() => {
      const { passed } = project(serverTimer, phaseSettings, metronome.clock.now());
      if (passed) sound(passed.type, passed.at);
    });
    return () => {
      stopListening();
      stopTicking();
    };
  }, [socket, serverTimer, phaseSettings, ring]);
}

interface FaceProps {
  readonly timer: RoomTimer;
  readonly phase: Phase;
}

/** The ring with the phase and the remaining time inside. */
function Face({ timer, phase }: FaceProps): ReactElement {
  const fraction = useCallback(
    () => remainingAt(timer, metronome.clock.now()) / Math.max(1, timer.duration_seconds),
    [timer],
  );
  const isRunning = timer.status === 'running';
  return (
    <div className="face">
      <Ring fraction={fraction} moving={isRunning}>
        <p className="phase">{texts.phases[phase]}</p>
        <Digits timer={timer} />
        <p className="face-note muted">
          {isRunning && timer.target_timestamp !== null && texts.endsAt(timeText(timer.target_timestamp))}
          {timer.status === 'idle' && common[timer.session_type]}
        </p>
      </Ring>
    </div>
  );
}

/** Remaining whole seconds, rounded up. */
const secondsLeft = (timer: RoomTimer): number => Math.ceil(remainingAt(timer, metronome.clock.now()));

function Digits({ timer }: { readonly timer: RoomTimer }): ReactElement {
  const read = useCallback(() => secondsLeft(timer), [timer]);
  const seconds = useEverySecond(read);
  return (
    <p className="digits" role="timer" aria-label={texts.left(spokenDuration(seconds))}>
      {clockText(seconds)}
    </p>
  );
}

/** Sets title and icon of the tab, and announces phase changes to screen readers. */
function InTab({ timer, phase, title }: FaceProps & { readonly title: string }): ReactElement {
  useEffect(() => {
    showInTab(phase);
    const show = (): void => {
      const text = phase === 'idle' ? title : `${clockText(secondsLeft(timer))} ${texts.phases[phase]} · ${title}`;
      if (document.title !== text) document.title = text;
    };
    show();
    return everySecond(show);
  }, [timer, phase, title]);
  const [firstPhase] = useState(phase);
  const [hasChanged, setChanged] = useState(false);
  if (phase !== firstPhase && !hasChanged) setChanged(true);
  return (
    <p className="visually-hidden" role="status">
      {hasChanged && texts.announce[phase]}
    </p>
  );
}
