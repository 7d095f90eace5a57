import { LRUCache } from 'lru-cache';
import { IANAZone } from 'luxon';

import { clampInstant, type Seconds } from './date-time.js';
import { ZONE_ALIASES } from './zone-aliases.js';

/** A time zone for the date-times of replies. */
export interface TimeZone {
  /** The canonical name: an IANA name in its standard spelling, `UTC`, or an offset such as `+09:00`. */
  readonly name: string;
  /** The name that the client sent, if it is an IANA alias (`Asia/Kolkata`); replies repeat it. */
  readonly alias?: string;
  /**
   * The offset from UTC in seconds, a multiple of 60, because replies show whole minutes
   * (docs/spec/v1.md#14-date-times-out).
   */
  offsetAt(instant: Seconds): Seconds;
  /** Date-times are written without an offset. */
  readonly isNaive?: true;
}

const OFFSET = /^([+-])(\d{2})(?::?(\d{2})(?::(\d{2}))?)?$/;
const MAX_LENGTH = 64;

export const UTC: TimeZone = { name: 'UTC', offsetAt: () => 0 };
/** The format that guide 28 calls "UTC naive" (docs/spec/sockets.md#dialects). */
export const NAIVE_UTC: TimeZone = { name: 'UTC naive', offsetAt: () => 0, isNaive: true };

/** Zones by canonical name or alias: several hundred, cached permanently. */
const zones = new Map<string, TimeZone>();
const ALIASES = new Map(ZONE_ALIASES.map((alias) => [alias.toLowerCase(), alias]));
/** The most recently used spellings of clients. */
const spellings = new LRUCache<string, TimeZone>({ max: 1_000 });

/**
 * The zone that a client names (docs/spec/v1.md#15-timezone): `UTC` or `Z` in any case, an IANA name, or an offset. An
 * empty or missing name means UTC.
 * @returns undefined for an unknown zone
 */
export function parseTimeZone(text: string | undefined): TimeZone | undefined {
  if (text === undefined || text === '') return UTC;
  const found = spellings.get(text);
  if (found !== undefined) return found;
  const zone = read(text);
  if (zone !== undefined) spellings.set(text, zone);
  return zone;
}

function read(text: string): TimeZone | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  if (/^(utc|z)$/i.test(text)) return UTC;
  // A raw `+` in a query is decoded as a space.
  const match = OFFSET.exec(text.replace(/^ /, '+'));
  if (match !== null) return fixedZone(match);
  const canonical = canonicalName(text);
  if (canonical === undefined) return undefined;
  const zone = zones.get(canonical) ?? namedZone(canonical);
  const alias = ALIASES.get(text.toLowerCase());
  return alias === undefined || alias === canonical ? zone : (zones.get(alias) ?? aliasedZone(alias, zone));
}

function aliasedZone(alias: string, canonical: TimeZone): TimeZone {
  const zone = { ...canonical, alias };
  zones.set(alias, zone);
  return zone;
}

function namedZone(canonical: string): TimeZone {
  const luxon = IANAZone.create(canonical);
  const zone = { name: canonical, offsetAt: (instant: Seconds) => Math.trunc(luxon.offset(instant * 1_000)) * 60 };
  zones.set(canonical, zone);
  return zone;
}

/** Resolves any spelling to one of several hundred names first, because Luxon caches every name permanently. */
function canonicalName(text: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: text }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

function fixedZone(match: readonly (string | undefined)[]): TimeZone | undefined {
  const [hours = 0, minutes = 0, seconds = 0] = match.slice(2).map((part) => Number(part ?? 0));
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  const sign = match[1] === '-' ? -1 : 1;
  const offset = sign * (hours * 3_600 + minutes * 60);
  const name = offset === 0 ? 'UTC' : offsetText(offset);
  return { name, offsetAt: () => offset };
}

/** `+09:00` or `-03:30`; `Z` for zero. */
function offsetText(offset: Seconds): string {
  if (offset === 0) return 'Z';
  const minutes = Math.abs(offset) / 60;
  const two = (value: number) => String(value).padStart(2, '0');
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/**
 * `YYYY-MM-DDTHH:MM:SS` with the offset, which is `Z` for zero (docs/spec/v1.md#14-date-times-out). A naive zone has no
 * offset.
 */
export function formatInstant(instant: Seconds, zone: TimeZone): string {
  return zone === UTC ? formatUtc(instant) : format(instant, zone);
}

/** Size of the cache of formatted instants: each change of a timer formats the timer's whole history again. */
const KNOWN_TEXTS = 4_096;
const knownUtc = new Map<Seconds, string>();

function formatUtc(instant: Seconds): string {
  const known = knownUtc.get(instant);
  if (known !== undefined) return known;
  if (knownUtc.size >= KNOWN_TEXTS) knownUtc.clear();
  const text = format(instant, UTC);
  knownUtc.set(instant, text);
  return text;
}

/** Clamped to four-digit years: instants stored by older versions and expiry times of external tokens may be later. */
function format(instant: Seconds, zone: TimeZone): string {
  const said = clampInstant(instant);
  const offset = zone.offsetAt(said);
  const local = new Date((said + offset) * 1_000).toISOString().slice(0, 19);
  return zone.isNaive ? local : `${local}${offsetText(offset)}`;
}

export function formatNullable(instant: Seconds | null, zone: TimeZone): string | null {
  return instant === null ? null : formatInstant(instant, zone);
}
