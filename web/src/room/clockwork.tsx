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
import { type Course, idle, phaseOf, project } from './projection.js';
import { texts } from './texts.js';

interface ClockworkProps {
  readonly live: LiveRoom;
  /** The timer as the server told it last. */
  readonly told: RoomTimer;
  /** The same object until it changes. */
  readonly course: Course;
  readonly title: string;
  readonly mayControl: boolean;
  readonly alarm: Alarm;
  readonly onNews: (text: string) => void;
}

/** The countdown and what moves it. */
export function Clockwork(props: ClockworkProps): ReactElement {
  const { live, told, course, title, mayControl, alarm, onNews } = props;
  const [chosen, setChosen] = useState<{ type: SessionType; revision: number }>();
  const shown = useShown(told, course);
  // What somebody picked counts until the clock shows something else.
  const isPicked = shown.status === 'idle' && chosen?.revision === shown.revision;
  const timer = isPicked ? idle(chosen.type, course, shown.revision) : shown;
  const phase = phaseOf(timer);
  useAlarmAtTarget(live, told, course, alarm);

  const attempt = useCallback(
    (act: () => Promise<unknown>): void => {
      act().catch((error: unknown) => {
        if (!isMoot(error)) onNews(problemText(error));
      });
    },
    [onNews],
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

/** Somebody else was quicker: the clock does what was wanted, or shows why not. */
const isMoot = (error: unknown): boolean =>
  error instanceof MetronomeError && ['TIMER_ALREADY_RUNNING', 'TIMER_NOT_RUNNING'].includes(error.code);

/** The timer as it is now, phases that passed since the server told us included. */
function useShown(told: RoomTimer, course: Course): RoomTimer {
  const now = useCallback(() => project(told, course, metronome.clock.now()).timer, [told, course]);
  const key = useCallback(() => {
    const { status, session_type: type, target_timestamp: target } = now();
    return [status, type, target].join();
  }, [now]);
  // Rendered anew when a phase passes.
  useEverySecond(key);
  return now();
}

/** Sounds at a session's target: when the server says so, and without a connection when its time has come. */
function useAlarmAtTarget(live: LiveRoom, told: RoomTimer, course: Course, { ring }: Alarm): void {
  const { socket } = live;
  useEffect(() => {
    const sound = (over: SessionType, at: number): void => {
      const next = course.auto_start_break ? texts.breakStarted : texts.breakNext;
      ring(over, at, metronome.clock.now(), over === 'work' ? next : texts.workNext);
    };
    const stopHearing = socket.on('timer.completed', ({ completed_session_type: type }, { timestamp }) => {
      sound(type, Date.parse(timestamp));
    });
    const stopLooking = everySecond(() => {
      const { passed } = project(told, course, metronome.clock.now());
      if (passed) sound(passed.type, passed.at);
    });
    return () => {
      stopHearing();
      stopLooking();
    };
  }, [socket, told, course, ring]);
}

interface FaceProps {
  readonly timer: RoomTimer;
  readonly phase: Phase;
}

/** The ring, and in it what it means in words and digits. */
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

/** Whole seconds that are left, as long as one of them has begun. */
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

/** Title and icon of the tab, and what a screen reader is told of changes. */
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
