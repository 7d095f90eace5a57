import type { Keep } from '../../idempotency/keep.js';
import type { TimerChange } from '../records/timer-change.js';
import { judge, tickAt } from '../rules/decide.js';
import { TimerRefusal } from '../rules/refusal.js';
import { applyEvent, historyEntry, startTimer, type NewTimer, type Timer, type TimerEvent } from '../rules/timer.js';
import type { TimerVerb } from '../rules/transitions.js';
import { type ChangeWrite, MAX_LIVE_TIMERS, type StartWrite, type WriteResult } from '../statements/write-statement.js';
import type { Outcome, QueuedCommand } from './writer-queue.js';

/** What a command must know before it can be judged: a timer by id, or a person's most recently started running one. */
export type Wanted =
  | { readonly timerId: string; /** the remembered state will not do */ readonly reload: boolean }
  | { readonly newestRunningOf: string };

/** The answer to {@link Wanted}. */
export interface Facts {
  readonly timer: Timer | undefined;
  /** Read for this attempt, not remembered: a refusal needs that. */
  readonly fresh: boolean;
}

/** What one command asks the statement to write. */
export interface Plan {
  readonly changes: readonly ChangeWrite[];
  readonly starts: readonly StartWrite[];
}

/** A command as the writer handles it: told the facts, it plans; told what was written, it says how it ended. */
export interface TimerCommandInQueue extends QueuedCommand {
  /** The key that its outcome is kept under. */
  readonly keep: Keep | undefined;
  wanted(): Wanted | undefined;
  /** @returns the plan, or how the command ends without writing */
  plan(facts: Facts): Plan | Outcome<TimerChange>;
  /** The changes that the results say are committed, in the order of the plan. */
  committed(plan: Plan, results: ReadonlyMap<string, WriteResult>): TimerChange[];
  conclude(plan: Plan, results: ReadonlyMap<string, WriteResult>): Outcome<TimerChange>;
}

interface CommandBase {
  /** When it came, milliseconds since the epoch. */
  readonly now: number;
  readonly actor: string | null;
  readonly keep?: Keep | undefined;
}

const AGAIN = { kind: 'again' } as const;
const failed = (error: TimerRefusal) => ({ kind: 'failed', error }) as const;

abstract class Base implements TimerCommandInQueue {
  abstract readonly key: string;

  constructor(protected readonly base: CommandBase) {}

  get keep(): Keep | undefined {
    return this.base.keep;
  }

  abstract wanted(): Wanted | undefined;
  abstract plan(facts: Facts): Plan | Outcome<TimerChange>;
  abstract conclude(plan: Plan, results: ReadonlyMap<string, WriteResult>): Outcome<TimerChange>;

  committed(plan: Plan, results: ReadonlyMap<string, WriteResult>): TimerChange[] {
    return [...plan.changes, ...plan.starts].flatMap((write) => {
      const changeId = results.get(write.timer.id)?.change_id;
      return changeId === undefined || changeId === null ? [] : [changeOf(write, changeId)];
    });
  }
}

/** What a write comes to. @param changeId its place in the log */
export function changeOf(write: ChangeWrite | StartWrite, changeId: string): TimerChange {
  const { timer, actor } = write;
  const action = 'action' in write ? write.action : 'start';
  return { changeId, timer, action, at: timer.history.at(-1)?.at ?? timer.startedAt, actor };
}

/** The write that an event makes; a completion is logged as such, though its history entry is a stop. */
export function changeWrite(timer: Timer, event: TimerEvent, actor: string | null): ChangeWrite {
  const entry = historyEntry(event);
  const action = event.type === 'completed' ? 'complete' : entry.action;
  return { timer: applyEvent(timer, event), action, entry, actor: event.type === 'completed' ? null : actor };
}

/** A verb on one timer: by its id, or a stop of whatever the person started last. */
abstract class VerbCommand extends Base {
  private refusal: TimerRefusal | undefined;
  protected mustReload = false;

  constructor(
    readonly verb: TimerVerb,
    base: CommandBase,
  ) {
    super(base);
  }

  protected abstract readonly missing: TimerRefusal['code'];
  protected abstract isTheirs(timer: Timer): boolean;
  protected abstract guard(): Partial<ChangeWrite>;

  plan(facts: Facts): Plan | Outcome<TimerChange> {
    if (facts.timer === undefined || !this.isTheirs(facts.timer)) return failed(new TimerRefusal(this.missing));
    const { event, refusal } = judge({ verb: this.verb, now: this.base.now }, facts.timer);
    this.refusal = refusal;
    if (event === undefined) return this.refuse(refusal, facts.fresh);
    return { changes: [this.write(facts.timer, event)], starts: [] };
  }

  conclude(plan: Plan, results: ReadonlyMap<string, WriteResult>): Outcome<TimerChange> {
    const [change] = this.committed(plan, results);
    if (change !== undefined) return this.refusal ? failed(this.refusal) : { kind: 'done', result: change };
    this.mustReload = true;
    const held = plan.changes.some(({ timer }) => results.has(timer.id));
    return held ? AGAIN : { kind: 'alone' };
  }

  /** What the cache says may be old news: only a row read for this attempt can refuse. */
  private refuse(refusal: TimerRefusal | undefined, fresh: boolean): Outcome<TimerChange> {
    if (fresh && refusal) return failed(refusal);
    this.mustReload = true;
    return AGAIN;
  }

  private write(timer: Timer, event: TimerEvent): ChangeWrite {
    return { ...changeWrite(timer, event, this.base.actor), ...this.guard() };
  }
}

/** Whose the timer must be; another's is answered as if it did not exist. */
export type OwnerKey = { readonly userId: string } | { readonly roomId: string };

/** A verb on the timer with this id. */
export class TimerVerbCommand extends VerbCommand {
  readonly key: string;
  protected readonly missing = 'TIMER_NOT_FOUND';

  constructor(
    private readonly timerId: string,
    private readonly owner: OwnerKey,
    verb: TimerVerb,
    base: CommandBase,
  ) {
    super(verb, base);
    this.key = timerId;
  }

  wanted(): Wanted {
    return { timerId: this.timerId, reload: this.mustReload };
  }

  protected isTheirs(timer: Timer): boolean {
    return 'userId' in this.owner ? timer.userId === this.owner.userId : timer.roomId === this.owner.roomId;
  }

  protected guard(): Partial<ChangeWrite> {
    return {};
  }
}

/** A stop of the person's most recently started running timer, of any origin (legacy.md, "Meaning"). */
export class StopNewestCommand extends VerbCommand {
  readonly key: string;
  protected readonly missing = 'NOTHING_RUNNING';

  constructor(
    private readonly userId: string,
    base: CommandBase,
  ) {
    super('stop', base);
    this.key = personKey(userId);
  }

  wanted(): Wanted {
    return { newestRunningOf: this.userId };
  }

  protected isTheirs(): boolean {
    return true;
  }

  protected guard(): Partial<ChangeWrite> {
    return { newestOf: this.userId };
  }
}

/** A legacy start: nothing of the person runs, and a paused legacy timer is completed first (legacy.md, "Meaning"). */
export class StartWhenIdleCommand extends Base {
  readonly key: string;
  private predecessorId: string | undefined;

  constructor(
    private readonly timer: NewTimer & { readonly userId: string },
    base: CommandBase,
  ) {
    super(base);
    this.key = personKey(timer.userId);
  }

  wanted(): Wanted | undefined {
    return this.predecessorId === undefined ? undefined : { timerId: this.predecessorId, reload: true };
  }

  plan({ timer: predecessor }: Facts): Plan | Outcome<TimerChange> {
    const stop = predecessor && judge({ verb: 'stop', now: this.base.now }, predecessor).event;
    const at = stop?.at ?? tickAt(this.base.now);
    const timer = startTimer(this.timer, at);
    const { actor } = this.base;
    const start = { timer, actor, exclusive: true, predecessor: stop ? predecessor.id : null };
    const changes = stop ? [{ ...changeWrite(predecessor, stop, actor), forStart: timer.id }] : [];
    return { changes, starts: [start] };
  }

  conclude(plan: Plan, results: ReadonlyMap<string, WriteResult>): Outcome<TimerChange> {
    const started = this.committed(plan, results).find(({ action }) => action === 'start');
    if (started) return { kind: 'done', result: started };
    const judged = results.get(this.timer.id);
    if (judged?.running) return failed(new TimerRefusal('SOMETHING_RUNNING', 'running'));
    return this.concludeNotAdmitted(plan, judged, results);
  }

  private concludeNotAdmitted(
    plan: Plan,
    judged: WriteResult | undefined,
    results: ReadonlyMap<string, WriteResult>,
  ): Outcome<TimerChange> {
    const before = this.predecessorId;
    this.predecessorId = judged?.legacy_id ?? undefined;
    const others = (judged?.live ?? 0) - (this.predecessorId === undefined ? 0 : 1);
    if (others >= MAX_LIVE_TIMERS) return failed(new TimerRefusal('TOO_MANY_ACTIVE'));
    const locked = plan.changes.some(({ timer }) => !results.has(timer.id));
    return locked && before === this.predecessorId ? { kind: 'alone' } : AGAIN;
  }
}

const personKey = (userId: string): string => `person:${userId}`;

/** Whether a plan was made, rather than an end of the command. */
export function isPlan(planned: Plan | Outcome<TimerChange>): planned is Plan {
  return 'changes' in planned;
}
