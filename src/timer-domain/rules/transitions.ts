import type { RefusalCode } from './refusal.js';
import type { TimerStatus } from './timer.js';

/** What can be asked of a timer that exists; `complete` is asked by the clock alone. */
export type TimerVerb = 'pause' | 'resume' | 'stop' | 'cancel' | 'complete';

/** Where a verb leads from a status, or why it is refused (docs/architecture.md#state). A missing state does not compile. */
export type Transition =
  { readonly to: TimerStatus; readonly refuse?: never } | { readonly refuse: RefusalCode; readonly to?: never };

const ENDED = {
  pause: { refuse: 'ALREADY_ENDED' },
  resume: { refuse: 'ALREADY_ENDED' },
  stop: { refuse: 'ALREADY_ENDED' },
  cancel: { refuse: 'ALREADY_ENDED' },
  complete: { refuse: 'ALREADY_ENDED' },
} as const;

export const TRANSITIONS: Readonly<Record<TimerStatus, Readonly<Record<TimerVerb, Transition>>>> = {
  running: {
    pause: { to: 'paused' },
    resume: { refuse: 'ALREADY_RUNNING' },
    stop: { to: 'completed' },
    cancel: { to: 'cancelled' },
    complete: { to: 'completed' },
  },
  paused: {
    pause: { refuse: 'NOT_RUNNING' },
    resume: { to: 'running' },
    stop: { to: 'completed' },
    cancel: { to: 'cancelled' },
    complete: { refuse: 'NOT_RUNNING' },
  },
  completed: ENDED,
  cancelled: ENDED,
};
