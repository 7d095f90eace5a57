import { type Instant } from '../../../timer-domain/rules/timer.js';
import { FREQUENCIES, type RecurrenceRule, type WeekdayRule } from './recurrence-rule.js';

const MAX_RULE_LENGTH = 512;
const MAX_INTERVAL = 1000;
const MAX_COUNT = 10_000;
const MAX_TIMES_PER_DAY = 48;
const MAX_WEEKS = 53;

/** In the order of {@link Weekday}. */
export const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];

const WEEKDAY_RULE = /^(?<nth>[+-]?\d{1,2})?(?<weekday>MO|TU|WE|TH|FR|SA|SU)$/;
const UNTIL = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})Z?)?$/;

type PartName = keyof typeof VALID_VALUE;
type Parts = ReadonlyMap<string, string>;

/** The parts that a rule may have, and which values each may take (RFC 5545, 3.3.10; bounds: docs/spec/v1.md#63-recurrence). */
const VALID_VALUE = {
  FREQ: (value: string) => FREQUENCIES.some((frequency) => frequency === value),
  INTERVAL: wholeNumber(1, MAX_INTERVAL),
  COUNT: wholeNumber(1, MAX_COUNT),
  UNTIL: (value: string) => readUntil(value) !== null,
  WKST: (value: string) => WEEKDAYS.includes(value),
  BYMONTH: listOf(wholeNumber(1, 12)),
  BYWEEKNO: listOf(ordinal(MAX_WEEKS)),
  BYYEARDAY: listOf(ordinal(366)),
  BYMONTHDAY: listOf(ordinal(31)),
  BYDAY: listOf((value) => readWeekday(value) !== undefined),
  BYHOUR: listOf(wholeNumber(0, 23)),
  BYMINUTE: listOf(wholeNumber(0, 59)),
  BYSETPOS: listOf(ordinal(366)),
};

/**
 * Reads the text of a recurrence rule (docs/spec/v1.md#63-recurrence). `RRULE:` in front and the case of the letters are
 * free; an UNTIL
 * without `Z` is UTC as well, a date alone its first second.
 * @returns undefined when the text is no rule or a larger one than is served: InvalidRecurrenceRuleError
 */
export function parseRecurrenceRule(text: string): RecurrenceRule | undefined {
  if (text.length > MAX_RULE_LENGTH) return undefined;
  const parts = readParts(text.trim());
  if (parts === undefined) return undefined;
  const rule = ruleOf(parts);
  return isServed(rule) ? rule : undefined;
}

/** The parts by name, each valid by itself; undefined when one is not, is unknown or stands twice, or FREQ is missing. */
function readParts(line: string): Parts | undefined {
  // Upper case makes an I of a dotless i, so only ASCII may get that far. It has no place for a second line either.
  if (!/^[!-~]+$/.test(line)) return undefined;
  const parts = new Map<string, string>();
  for (const part of line
    .toUpperCase()
    .replace(/^RRULE:/, '')
    .split(';')) {
    const [name = '', value = '', ...rest] = part.split('=');
    if (rest.length > 0 || parts.has(name) || !isPartName(name) || !VALID_VALUE[name](value)) return undefined;
    parts.set(name, value);
  }
  return parts.has('FREQ') ? parts : undefined;
}

function ruleOf(parts: Parts): RecurrenceRule {
  const text = (name: PartName) => parts.get(name) ?? '';
  const numbers = (name: PartName) => new Set(listItems(text(name)).map(Number));
  return {
    frequency: FREQUENCIES.find((frequency) => frequency === text('FREQ')) ?? 'YEARLY',
    interval: Number(parts.get('INTERVAL') ?? 1),
    count: parts.has('COUNT') ? Number(text('COUNT')) : null,
    until: readUntil(text('UNTIL')),
    weekStart: WEEKDAYS.indexOf(parts.get('WKST') ?? 'MO'),
    byMonth: numbers('BYMONTH'),
    byWeekNumber: numbers('BYWEEKNO'),
    byYearDay: numbers('BYYEARDAY'),
    byMonthDay: numbers('BYMONTHDAY'),
    byDay: listItems(text('BYDAY')).flatMap((item) => readWeekday(item) ?? []),
    byHour: numbers('BYHOUR'),
    byMinute: numbers('BYMINUTE'),
    bySetPosition: numbers('BYSETPOS'),
  };
}

/** What only shows when the parts are seen together. */
function isServed(rule: RecurrenceRule): boolean {
  const timesPerDay = Math.max(1, rule.byHour.size) * Math.max(1, rule.byMinute.size);
  return timesPerDay <= MAX_TIMES_PER_DAY && (hasNthWeekdays(rule) || rule.byDay.every(({ nth }) => nth === null));
}

/** Only a month or a year has an nth Monday (RFC 5545, 3.3.10: MUST NOT with other frequencies, nor with BYWEEKNO). */
function hasNthWeekdays({ frequency, byWeekNumber }: RecurrenceRule): boolean {
  return frequency === 'MONTHLY' || (frequency === 'YEARLY' && byWeekNumber.size === 0);
}

function isPartName(name: string): name is PartName {
  return Object.hasOwn(VALID_VALUE, name);
}

function wholeNumber(min: number, max: number): (value: string) => boolean {
  return (value) => /^\d+$/.test(value) && Number(value) >= min && Number(value) <= max;
}

/** Counts from the front or, below zero, from the back. */
function ordinal(max: number): (value: string) => boolean {
  return (value) => /^[+-]?\d+$/.test(value) && Number(value) !== 0 && Math.abs(Number(value)) <= max;
}

function listOf(isValid: (item: string) => boolean): (value: string) => boolean {
  return (value) => value.split(',').every(isValid);
}

function listItems(value: string): string[] {
  return value === '' ? [] : value.split(',');
}

/** `MO`, `1MO`, `-1MO`; undefined for anything else. */
function readWeekday(value: string): WeekdayRule | undefined {
  const groups = WEEKDAY_RULE.exec(value)?.groups;
  if (groups === undefined) return undefined;
  const { nth, weekday = '' } = groups;
  if (nth !== undefined && !ordinal(MAX_WEEKS)(nth)) return undefined;
  return { weekday: WEEKDAYS.indexOf(weekday), nth: nth === undefined ? null : Number(nth) };
}

/** Null for what is no date, 30 February included. */
function readUntil(value: string): Instant | null {
  const [, ...fields] = UNTIL.exec(value) ?? [];
  if (fields.length === 0) return null;
  const [year, month, day, hour = '00', minute = '00', second = '00'] = fields;
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const date = new Date(iso);
  // Date carries days that a month does not have over into the next one.
  return Number.isNaN(date.getTime()) || date.toISOString() !== iso ? null : date.getTime() / 1000;
}
