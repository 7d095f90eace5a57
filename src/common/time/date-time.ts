/** Whole seconds since the epoch, the resolution of all three APIs (docs/architecture.md#whole-seconds). */
export type Seconds = number;

const DATE = /^(\d{4})-(\d{2})-(\d{2})/;
const TIME = /^[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?/;
const OFFSET = /^(?:[Zz]|([+-])(\d{2})(?::?(\d{2}))?)$/;
/** 9999-12-31T23:59:59Z: the last second that is accepted. */
const LAST_READ = 253_402_300_799;

/**
 * 9999-12-30T23:59:59Z: every later instant is stored as this one, so that each zone can write it with a four-digit
 * year and "never" works in all of them (docs/spec/v1.md#13-date-times-in).
 */
export const LAST_INSTANT: Seconds = 253_402_214_399;

/** An instant as it is stored: at most {@link LAST_INSTANT}. */
export const clampInstant = (instant: Seconds): Seconds => Math.min(instant, LAST_INSTANT);

/**
 * Whether a period may have these bounds: the end must be later, except at the last instant, which has no later one.
 */
export const isPeriod = (start: Seconds, end: Seconds): boolean =>
  end > start || (start === LAST_INSTANT && end === LAST_INSTANT);

/**
 * Parses a date-time from a client (docs/spec/v1.md#13-date-times-in): ISO 8601 with or without an offset (UTC by
 * default), a bare date, or a number of Unix seconds. Fractions of a second are truncated.
 * @returns the instant as it is stored; undefined for an invalid value or one outside 1970-01-01 to 9999-12-31 UTC
 */
export function parseDateTime(value: unknown): Seconds | undefined {
  const seconds = typeof value === 'string' ? parseText(value.trim()) : numberOf(value);
  return seconds !== undefined && seconds >= 0 && seconds <= LAST_READ ? clampInstant(seconds) : undefined;
}

/**
 * {@link parseDateTime} for a query, where a raw `+` is decoded as a space: ` 09:00` means `+09:00`
 * (docs/spec/v1.md#13-date-times-in).
 */
export function parseQueryDateTime(value: unknown): Seconds | undefined {
  if (typeof value !== 'string') return undefined;
  return parseDateTime(value.trim().replace(/^(.{10}[Tt ]\S+) (?=\d{2}(:?\d{2})?$)/, '$1+'));
}

const numberOf = (value: unknown): Seconds | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? Math.trunc(value) : undefined;

function parseText(text: string): Seconds | undefined {
  const date = DATE.exec(text);
  if (date === null) return undefined;
  const day = dayOf(date.slice(1).map(Number) as [number, number, number]);
  const rest = text.slice(10);
  if (day === undefined || rest === '') return day;
  const time = TIME.exec(rest);
  const ofDay =
    time === null ? undefined : timeOf(time.slice(1).map((part) => Number((part as string | undefined) ?? 0)));
  const offset = time === null ? undefined : parseOffset(rest.slice(time[0].length));
  return ofDay === undefined || offset === undefined ? undefined : day + ofDay - offset;
}

/** Midnight UTC of a day; undefined for a day that does not exist. */
function dayOf([year, month, day]: [number, number, number]): Seconds | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? date.getTime() / 1_000 : undefined;
}

function timeOf([hours = 0, minutes = 0, seconds = 0]: number[]): Seconds | undefined {
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  return hours * 3_600 + minutes * 60 + seconds;
}

function parseOffset(text: string): Seconds | undefined {
  if (text === '') return 0;
  const match = OFFSET.exec(text);
  if (match === null) return undefined;
  const [, sign, hours = '0', minutes = '0'] = match as (string | undefined)[];
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  return (Number(hours) * 3_600 + Number(minutes) * 60) * (sign === '-' ? -1 : 1);
}
