import { type Instant } from '../../../timer-domain/rules/timer.js';
import { civilDate, DAY_SECONDS, HOUR_SECONDS, monthRange } from './calendar.js';
import { periodDays, type PeriodNumber } from './period.js';
import { type RecurrenceRule } from './recurrence-rule.js';
import { isRuleDay, isRuleMonth } from './rule-days.js';

/**
 * For a day or an hour that cannot hold a start: the earliest moment after it that may. Undefined when it can.
 * So a rule for one hour of one day in the year is not looked for hour by hour.
 */
export function nextOpening(rule: RecurrenceRule, period: PeriodNumber): Instant | undefined {
  if (rule.frequency !== 'DAILY' && rule.frequency !== 'HOURLY') return undefined;
  const day = periodDays(rule, period).first;
  if (!isRuleMonth(rule, day)) {
    const { year, month } = civilDate(day);
    return monthRange(year, month + 1).first * DAY_SECONDS;
  }
  if (rule.frequency === 'DAILY') return undefined;
  if (!isRuleDay(rule, day)) return (day + 1) * DAY_SECONDS;
  const hour = period % 24;
  if (rule.byHour.size === 0 || rule.byHour.has(hour)) return undefined;
  const later = [...rule.byHour].filter((other) => other > hour);
  return later.length > 0 ? day * DAY_SECONDS + Math.min(...later) * HOUR_SECONDS : (day + 1) * DAY_SECONDS;
}
