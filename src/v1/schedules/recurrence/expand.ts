import { type Instant } from '../../../timer-domain/rules/timer.js';
import { LAST_INSTANT } from '../../../common/time/date-time.js';
import { dayOf, type DayRange } from './calendar.js';
import { CandidateBudget, MAX_CANDIDATES_PER_MASTER } from './candidate-budget.js';
import { nextOpening } from './next-opening.js';
import { periodAt, periodBegin, type PeriodNumber, timesFrom } from './period.js';
import { type RecurrenceRule } from './recurrence-rule.js';
import { isRuleDay, offeredDays } from './rule-days.js';
import { type Series, seriesOf } from './series.js';

/** How many occurrences of one recurring schedule a request sees (docs/spec/v1.md#63-recurrence). */
export const MAX_OCCURRENCES = 1000;

export interface ExpansionRequest {
  readonly rule: RecurrenceRule;
  /** The master's start_time. It is an occurrence only if it matches the rule. */
  readonly dtstart: Instant;
  /** The master's recurrence_end: the last moment an occurrence may start at. The rule's own UNTIL wins over it. */
  readonly until: Instant | null;
  /** The range of starts that are asked for; both ends belong to it. */
  readonly from: Instant;
  readonly to: Instant;
  /** The request's; it is shared by all masters that are expanded for the request. */
  readonly budget: CandidateBudget;
}

export interface Expansion {
  /** Ascending, at most {@link MAX_OCCURRENCES}. */
  readonly starts: readonly Instant[];
}

/** Where a series is looked through, and what that may cost. */
interface Walk {
  readonly series: Series;
  readonly from: Instant;
  readonly last: Instant;
  readonly budget: CandidateBudget;
}

/**
 * The starts of a recurring schedule's occurrences within a range (docs/spec/v1.md#63-recurrence). Everything is UTC.
 * When the budget is
 * used up, there are no more occurrences; so every rule takes a bounded time, whatever it says.
 */
export function expand(request: ExpansionRequest): Expansion {
  const starts: Instant[] = [];
  for (const start of startsWithin(request)) {
    starts.push(start);
    if (starts.length === MAX_OCCURRENCES) break;
  }
  return { starts };
}

/** The same one after the other, as many as the budget is good for. */
export function* startsWithin({ rule, dtstart, until, from, to, budget }: ExpansionRequest): Generator<Instant> {
  const walk = {
    series: seriesOf(rule, dtstart),
    // COUNT counts from the start of the series, so nothing before the range may be left out.
    from: rule.count === null ? Math.max(from, dtstart) : dtstart,
    last: Math.min(to, rule.until ?? until ?? LAST_INSTANT, LAST_INSTANT),
    budget: new CandidateBudget(MAX_CANDIDATES_PER_MASTER, budget),
  };
  let remaining = rule.count ?? Infinity;
  for (const start of startsOf(walk)) {
    if (start >= from) yield start;
    remaining -= 1;
    if (remaining === 0) return;
  }
}

/** All starts of a series from `from` to `last`. */
function* startsOf(walk: Walk): Generator<Instant> {
  const { from, last } = walk;
  for (const period of openPeriods(walk)) {
    for (const start of chosenStarts(walk, period)) {
      if (start > last) return;
      if (start >= from) yield start;
    }
  }
}

/** The periods of a series that may hold a start, whole INTERVALs from the one of its own start. */
function* openPeriods({ series, from, last, budget }: Walk): Generator<PeriodNumber> {
  const { rule, dtstart } = series;
  const origin = periodAt(rule, dtstart);
  let steps = Math.floor((periodAt(rule, from) - origin) / rule.interval);
  for (;;) {
    const period = origin + steps * rule.interval;
    if (budget.exhausted || periodBegin(rule, period) > last) return;
    const opening = nextOpening(rule, period);
    if (opening === undefined) {
      yield period;
      steps += 1;
    } else {
      budget.spend();
      steps = Math.ceil((periodAt(rule, opening) - origin) / rule.interval);
    }
  }
}

/** The starts of a period that BYSETPOS leaves. */
function chosenStarts(walk: Walk, period: PeriodNumber): Iterable<Instant> {
  const { bySetPosition } = walk.series.rule;
  if (bySetPosition.size === 0) {
    return periodStarts(walk, period, { first: dayOf(walk.from), last: dayOf(walk.last) });
  }
  const set = [...periodStarts(walk, period, { first: -Infinity, last: Infinity })];
  // Positions in half a set would be wrong.
  if (walk.budget.exhausted) return [];
  return set.filter((_, index) => bySetPosition.has(index + 1) || bySetPosition.has(index - set.length));
}

/** The starts that a period has on the days of a range, each paid for. */
function* periodStarts({ series, budget }: Walk, period: PeriodNumber, range: DayRange): Generator<Instant> {
  const { rule, times } = series;
  const { days, misses } = offeredDays(rule, period);
  if (!budget.spend(days.length === 0 ? Math.max(1, misses) : misses)) return;
  for (const day of days) {
    if (day < range.first || day > range.last) continue;
    if (isRuleDay(rule, day)) {
      for (const time of times) {
        if (!budget.spend()) return;
        yield timesFrom(rule.frequency, period, day) + time;
      }
    } else if (!budget.spend()) return;
  }
}
