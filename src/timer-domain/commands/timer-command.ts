import type { TimerChange } from '../records/timer-change.js';
import {
  changeWrite,
  type ChangeWrite,
  type WritePlan,
  type WriteResult,
  type WriteResults,
} from '../records/write-plan.js';
import { writtenChanges } from '../records/written-changes.js';
import { judge, MAX_LIVE_TIMERS, tickAt } from '../rules/decide.js';
import { TimerRefusal } from '../rules/refusal.js';
import { startTimer, type NewTimer, type Timer } from '../rules/timer.js';
import type { TimerVerb } from '../rules/transitions.js';
import type { Companion } from '../statements/companion.js';
import type { Outcome } from './outcome.js';

/**
 * A command in the writer's queue. The writer loads the result of {@link lookupOf}, writes the result of {@link plan},
 * and determines the outcome with {@link resolve}. All three functions are pure; a command to be decided again with
 * more knowledge is another value.
 */
export type QueuedCommand = VerbCommand | StopNewestCommand | StartWhenIdleCommand;

interface CommandBase {
  /** Commands with the same key are executed one after the other. */
  readonly key: string;
  /** Time of the request, in milliseconds since the epoch. */
  readonly now: number;
  readonly actor: string | null;
  readonly companion?: Companion | undefined;
}

/** The owner that the timer must have; other owners' timers are refused as if they did not exist. */
export type OwnerKey = { readonly userId: string } | { readonly roomId: string };

/** Pauses, resumes, stops, cancels or completes one timer. */
export interface VerbCommand extends CommandBase {
  readonly kind: 'verb';
  readonly timerId: string;
  readonly owner: OwnerKey;
  readonly verb: TimerVerb;
  /** Set when the cached state is out of date, so that the row is read. */
  readonly mustReload?: boolean;
}

/** Stops the person's most recently started running timer, of any origin (docs/spec/legacy.md#meaning). */
export interface StopNewestCommand extends CommandBase {
  readonly kind: 'stop newest';
  readonly userId: string;
}

/**
 * A legacy start. It requires that none of the person's timers runs, and completes a paused legacy timer first
 * (docs/spec/legacy.md#meaning).
 */
export interface StartWhenIdleCommand extends CommandBase {
  readonly kind: 'start when idle';
  readonly timer: NewTimer & { readonly userId: string };
  /** Id of the person's live legacy timer, found by an earlier attempt. */
  readonly predecessorId?: string;
}

type Given<Command extends CommandBase> = Omit<Command, 'kind' | 'key'>;

export const verbCommand = (given: Given<VerbCommand>): VerbCommand => ({ kind: 'verb', key: given.timerId, ...given });

export const stopNewestCommand = (given: Given<StopNewestCommand>): StopNewestCommand => ({
  kind: 'stop newest',
  key: personKey(given.userId),
  ...given,
});

export const startWhenIdleCommand = (given: Given<StartWhenIdleCommand>): StartWhenIdleCommand => ({
  kind: 'start when idle',
  key: personKey(given.timer.userId),
  ...given,
});

const personKey = (userId: string): string => `person:${userId}`;

/** The timer that must be loaded before a command can be planned. */
export type Lookup =
  | { readonly timerId: string; /** The cached state will not do. */ readonly mustReload: boolean }
  /** The person's most recently started running timer. */
  | { readonly newestRunningOf: string };

/** The result of a {@link Lookup}. */
export interface Loaded {
  readonly timer: Timer | undefined;
  /** Whether the timer was read for this attempt; a refusal must not rely on the cache. */
  readonly isFresh: boolean;
}

export const NOTHING_LOADED: Loaded = { timer: undefined, isFresh: true };

/** The outcome of one attempt at a timer command. */
export type CommandOutcome = Outcome<TimerChange, QueuedCommand>;

const failed = (error: TimerRefusal) => ({ kind: 'failed', error }) as const;
const againWith = (command: QueuedCommand) => ({ kind: 'again', command }) as const;

/** The lookup of a command; undefined when it needs none. */
export function lookupOf(command: QueuedCommand): Lookup | undefined {
  switch (command.kind) {
    case 'verb':
      return { timerId: command.timerId, mustReload: command.mustReload === true };
    case 'stop newest':
      return { newestRunningOf: command.userId };
    case 'start when idle':
      return command.predecessorId === undefined ? undefined : { timerId: command.predecessorId, mustReload: true };
  }
}

/** @returns the writes of a command, or its outcome when it writes nothing */
export function plan(command: QueuedCommand, loaded: Loaded): WritePlan | CommandOutcome {
  switch (command.kind) {
    case 'verb':
      return planVerb(command, command.verb, loaded);
    case 'stop newest':
      return planVerb(command, 'stop', loaded);
    case 'start when idle':
      return planStart(command, loaded);
  }
}

/** Whether the result of {@link plan} is a write plan and not an outcome. */
export const isPlan = (planned: WritePlan | CommandOutcome): planned is WritePlan => 'changes' in planned;

/** The outcome of a command, from the results of its write plan. */
export function resolve(command: QueuedCommand, planned: WritePlan, results: WriteResults): CommandOutcome {
  return command.kind === 'start when idle'
    ? resolveStart(command, planned, results)
    : resolveVerb(command, planned, results);
}

function planVerb(
  command: VerbCommand | StopNewestCommand,
  verb: TimerVerb,
  { timer, isFresh }: Loaded,
): WritePlan | CommandOutcome {
  if (timer === undefined || !isOwn(command, timer)) return failed(new TimerRefusal(missing(command)));
  const { event, refusal } = judge({ verb, now: command.now }, timer);
  if (event === undefined) return refusal && isFresh ? failed(refusal) : againWith(reloading(command));
  const change: ChangeWrite = { ...changeWrite(timer, event, command.actor), ...guardOf(command) };
  return { changes: [change], starts: [], ...(refusal ? { refusal } : {}) };
}

const missing = ({ kind }: VerbCommand | StopNewestCommand) =>
  kind === 'verb' ? 'TIMER_NOT_FOUND' : 'NOTHING_RUNNING';

function isOwn(command: VerbCommand | StopNewestCommand, timer: Timer): boolean {
  if (command.kind === 'stop newest') return true;
  const { owner } = command;
  return 'userId' in owner ? timer.userId === owner.userId : timer.roomId === owner.roomId;
}

const guardOf = (command: VerbCommand | StopNewestCommand) =>
  command.kind === 'stop newest' ? { newestOf: command.userId } : {};

/** The command with a forced read of the row, because the cache may be out of date. */
const reloading = (command: VerbCommand | StopNewestCommand): QueuedCommand =>
  command.kind === 'verb' ? { ...command, mustReload: true } : command;

function resolveVerb(
  command: VerbCommand | StopNewestCommand,
  planned: WritePlan,
  results: WriteResults,
): CommandOutcome {
  const [change] = writtenChanges(planned, results);
  if (change !== undefined) return planned.refusal ? failed(planned.refusal) : { kind: 'done', result: change };
  const isHeld = planned.changes.some(({ timer }) => results.has(timer.id));
  return isHeld ? againWith(reloading(command)) : { kind: 'individually' };
}

function planStart(command: StartWhenIdleCommand, { timer: predecessor }: Loaded): WritePlan {
  const { actor, now } = command;
  const stop = predecessor && judge({ verb: 'stop', now }, predecessor).event;
  const timer = startTimer(command.timer, stop?.at ?? tickAt(now));
  const start = { timer, actor, exclusive: true, predecessor: stop ? predecessor.id : null };
  const changes = stop ? [{ ...changeWrite(predecessor, stop, actor), forStart: timer.id }] : [];
  return { changes, starts: [start] };
}

function resolveStart(command: StartWhenIdleCommand, planned: WritePlan, results: WriteResults): CommandOutcome {
  const started = writtenChanges(planned, results).find(({ action }) => action === 'start');
  if (started) return { kind: 'done', result: started };
  const judged = results.get(command.timer.id);
  if (judged?.running) return failed(new TimerRefusal('SOMETHING_RUNNING', 'running'));
  return resolveNotAdmitted(command, planned, judged, results);
}

function resolveNotAdmitted(
  { predecessorId: former, ...command }: StartWhenIdleCommand,
  planned: WritePlan,
  judged: WriteResult | undefined,
  results: WriteResults,
): CommandOutcome {
  const predecessorId = judged?.legacy_id ?? undefined;
  const others = (judged?.live ?? 0) - (predecessorId === undefined ? 0 : 1);
  if (others >= MAX_LIVE_TIMERS) return failed(new TimerRefusal('TOO_MANY_ACTIVE'));
  const isLocked = planned.changes.some(({ timer }) => !results.has(timer.id));
  if (isLocked && former === predecessorId) return { kind: 'individually' };
  return againWith(predecessorId === undefined ? command : { ...command, predecessorId });
}
