import { LAST_INSTANT, type Seconds } from '../../common/time/date-time.js';
import { CandidateBudget, MAX_CANDIDATES_PER_MASTER } from './recurrence/candidate-budget.js';
import { expand, type ExpansionRequest, MAX_OCCURRENCES, startsWithin } from './recurrence/expand.js';
import { occurrenceId } from './recurrence/occurrence-id.js';
import { parseRecurrenceRule } from './recurrence/parse-recurrence-rule.js';
import type { RecurrenceRule } from './recurrence/recurrence-rule.js';
import type { Schedule, ScheduleException, Window } from './schedule.js';
import { unchanged } from './schedule-exceptions.js';

/** One occurrence of a master: where its rule puts it, and what an exception makes of it. */
export interface Occurrence {
  readonly exception: ScheduleException;
  readonly startTime: Seconds;
  readonly endTime: Seconds;
}

const EVER: Window = { from: 0, to: Infinity };

/**
 * The occurrences of one master (docs/spec/v1.md#63-recurrence, docs/spec/v1.md#64-get-v1schedules). An exception counts
 * only where the rule still has an occurrence.
 */
export class Occurrences {
  private readonly duration: Seconds;
  /** The master's own: all that is asked of it together costs no more (docs/spec/v1.md#63-recurrence). */
  private readonly budget: CandidateBudget;
  private readonly exceptions: ReadonlyMap<Seconds, ScheduleException>;

  private constructor(
    private readonly master: Schedule,
    private readonly rule: RecurrenceRule,
    exceptions: readonly ScheduleException[],
    budget: CandidateBudget,
  ) {
    this.budget = new CandidateBudget(MAX_CANDIDATES_PER_MASTER, budget);
    this.duration = master.endTime - master.startTime;
    this.exceptions = new Map(exceptions.map((exception) => [exception.originalStart, exception]));
  }

  /**
   * @param exceptions the master's, at least those that what is asked for may need
   * @param budget the request's
   * @returns undefined for what has no valid rule: a single event (docs/spec/v1.md#63-recurrence)
   */
  static of(
    master: Schedule,
    exceptions: readonly ScheduleException[],
    budget = new CandidateBudget(),
  ): Occurrences | undefined {
    const rule = master.recurrenceRule === null ? undefined : parseRecurrenceRule(master.recurrenceRule);
    return rule && new Occurrences(master, rule, exceptions, budget);
  }

  /** Those that are neither deleted nor outside the window, by effective time, at most 1000. */
  overlapping({ from, to }: Window): Occurrence[] {
    const isShown = ({ exception, startTime, endTime }: Occurrence) =>
      !exception.deleted && startTime <= to && endTime >= from;
    return this.in({ from: Math.max(0, from - this.duration), to }, isShown)
      .filter(isShown)
      .sort((one, other) => one.startTime - other.startTime)
      .slice(0, MAX_OCCURRENCES);
  }

  /**
   * The occurrence that somebody means who names one of its starts (docs/spec/v1.md#65-other-routes): the nearest; of
   * equally near ones the one
   * that is there at that time now, before the one that once was.
   */
  near(start: Seconds, tolerance: Seconds): Occurrence | undefined {
    const isNear = (time: Seconds) => Math.abs(time - start) <= tolerance;
    const window = { from: Math.max(0, start - tolerance), to: start + tolerance };
    return this.in(window, ({ startTime }) => isNear(startTime))
      .map((occurrence) => ({ occurrence, ...rank(occurrence, start) }))
      .sort((one, other) => one.seconds - other.seconds || Number(other.isThere) - Number(one.isThere))[0]?.occurrence;
  }

  /** Whether the rule has an occurrence at all, deleted or not. */
  isSeries(): boolean {
    return this.walk(EVER).next().done !== true;
  }

  /** Whether the series may have an occurrence left that is not deleted. */
  anyLeft(): boolean {
    for (const start of this.walk(EVER)) if (!this.at(start).exception.deleted) return true;
    // What there was no budget for was not looked at.
    return this.budget.exhausted;
  }

  /** Of these instants those at which an occurrence starts, and those that there was no budget for. */
  startsAmong(instants: readonly Seconds[]): ReadonlySet<Seconds> {
    // COUNT counts from the start of the series each time.
    const counted = this.rule.count === null ? undefined : new Set(this.walk({ from: 0, to: Math.max(...instants) }));
    const isStart = (at: Seconds) => counted?.has(at) ?? this.starts({ from: at, to: at }).length > 0;
    return new Set(instants.filter((at) => isStart(at) || this.budget.exhausted));
  }

  /** The occurrence at an original start, with what it has become. */
  at(originalStart: Seconds): Occurrence {
    const exception = this.exceptions.get(originalStart) ?? unchanged(this.master.id, originalStart);
    return this.as(exception);
  }

  /** An occurrence as this exception would have it. */
  as(exception: ScheduleException): Occurrence {
    const startTime = exception.startTime ?? exception.originalStart;
    return { exception, startTime, endTime: exception.endTime ?? exception.originalStart + this.duration };
  }

  /** An occurrence as clients see it: its master, but for what is its own (docs/spec/v1.md#64-get-v1schedules). */
  present({ exception, startTime, endTime }: Occurrence): Schedule {
    const { master } = this;
    return {
      ...master,
      id: occurrenceId(master.id, exception.originalStart),
      title: exception.title ?? master.title,
      description: exception.description ?? master.description,
      startTime,
      endTime,
      recurrenceRule: null,
      recurrenceEnd: null,
      parentId: master.id,
      tagIds: exception.tagIds ?? master.tagIds,
    };
  }

  private starts(window: Window): readonly Seconds[] {
    return expand(this.requestOf(window)).starts;
  }

  private walk(window: Window): Generator<Seconds> {
    return startsWithin(this.requestOf(window));
  }

  private requestOf({ from, to }: Window): ExpansionRequest {
    const { rule, budget, master } = this;
    // What would end past the last date-time that can be said is no occurrence.
    const last = Math.min(to, LAST_INSTANT - this.duration);
    return { rule, dtstart: master.startTime, until: master.recurrenceEnd, from, to: last, budget };
  }

  /** Those that the rule puts into a window, and those that an exception put where `isMovedIn` says. */
  private in(window: Window, isMovedIn: (occurrence: Occurrence) => boolean): Occurrence[] {
    const starts = new Set(this.starts(window));
    const movedIn = [...this.exceptions.values()]
      .filter(({ originalStart, startTime }) => startTime !== null && !starts.has(originalStart))
      .map((exception) => this.as(exception))
      .filter(isMovedIn)
      .filter(({ exception: { originalStart: start } }) => this.starts({ from: start, to: start }).length > 0);
    return [...[...starts].map((start) => this.at(start)), ...movedIn];
  }
}

/** How far from an instant an occurrence starts or once started, and whether it is there now. */
function rank({ exception, startTime }: Occurrence, start: Seconds): { seconds: Seconds; isThere: boolean } {
  const [now, once] = [Math.abs(startTime - start), Math.abs(exception.originalStart - start)];
  return { seconds: Math.min(now, once), isThere: !exception.deleted && now <= once };
}
