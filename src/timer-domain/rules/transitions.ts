import type { RefusalCode } from './refusal.js';
import type { TimerStatus } from './timer.js';

/** The commands to an existing timer; only the server itself issues `complete`. */
export type TimerVerb = 'pause' | 'resume' | 'stop' | 'cancel' | 'complete';

/** The status that a verb leads to, or the reason for its refusal (docs/architecture.md#state). */
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
