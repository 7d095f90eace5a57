import type { Kind } from './actors.js';
import type { Held } from './instance-probe.js';
import type { Stored } from './storage-probe.js';

/** What a minute was like, and what everybody held at its end. */
export interface Minute {
  /** Answers per second. */
  readonly rate: number;
  /** Milliseconds from the moment that something was due until it was answered. */
  readonly p50: number;
  readonly p99: number;
  readonly p99Of: ReadonlyMap<Kind, number>;
  readonly errors: number;
  readonly instances: readonly Held[];
  readonly stored: Stored;
}

/** All that was measured. */
export interface Run {
  /** Answers per second, as fast as it went. */
  readonly capacity: number;
  readonly callers: number;
  readonly rate: number;
  readonly residents: number;
  /** Share of its time that the load's own process had work: near 1 it would have measured itself. */
  readonly busy: number;
  readonly minutes: readonly Minute[];
  /** Share of the tables' pages that hold nothing that lives, at the end. */
  readonly unused: ReadonlyMap<string, number>;
}

/** Milliseconds of one minute are the luck of a shared machine: the end is the middle one of so many. */
const LAST_MINUTES = 5;

/** Minute two: everything has been warmed up, caches are still filling. */
export const second = ({ minutes }: Run): Minute => minutes[Math.min(1, minutes.length - 1)] as Minute;
export const last = ({ minutes }: Run): Minute => minutes.at(-1) as Minute;

/** The middle one of the last minutes. */
export function atTheEnd({ minutes }: Run, of: (minute: Minute) => number): number {
  const values = minutes
    .slice(Math.max(2, minutes.length - LAST_MINUTES))
    .map(of)
    .sort((one, other) => one - other);
  return values[Math.floor(values.length / 2)] ?? of(minutes.at(-1) as Minute);
}

export const handlesOf = ({ handles }: Held): number => Object.values(handles).reduce((sum, count) => sum + count, 0);
