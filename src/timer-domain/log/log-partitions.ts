import { READ_PARTITIONS } from './log-partitions.sql.js';

/** An object that executes a statement, such as a client or a pool. */
interface Sender {
  query(text: string): Promise<{ rows: unknown[] }>;
}

/** A partition of `timer_changes`, for rows between two instants, in milliseconds since the epoch. */
export interface LogPartition {
  readonly name: string;
  /** Start, inclusive; -Infinity for the partition before all days. */
  readonly from: number;
  /** End, exclusive; Infinity for the partition after all days. */
  readonly to: number;
  /** Whether a detach was begun and not finished: the partition takes no rows, and no other detach can begin. */
  readonly isDetaching: boolean;
}

export const DAY_MS = 86_400_000;
/** Partitions for rows before and after all daily partitions. */
export const BEFORE_DAYS = 'timer_changes_before';
export const REST = 'timer_changes_rest';

export const startOfDay = (instant: number): number => Math.floor(instant / DAY_MS) * DAY_MS;

/** `timer_changes_20261130` */
export const dayName = (day: number): string =>
  `timer_changes_${new Date(day).toISOString().slice(0, 10).replaceAll('-', '')}`;

/** All partitions, oldest first. Requires a session in time zone UTC. */
export async function logPartitions(client: Sender): Promise<LogPartition[]> {
  const { rows } = await client.query(READ_PARTITIONS);
  return (rows as { name: string; detaching: boolean; bounds: string | null }[])
    .map(({ name, detaching, bounds }) => {
      const [from = NaN, to = NaN] = [...(bounds ?? '').matchAll(BOUND)].map(([, bound = '']) => instantOf(bound));
      return { name, from, to, isDetaching: detaching };
    })
    .sort((one, other) => one.from - other.from);
}

const BOUND = /\((MINVALUE|MAXVALUE|'[^']+')\)/g;

function instantOf(bound: string): number {
  if (bound === 'MINVALUE') return -Infinity;
  if (bound === 'MAXVALUE') return Infinity;
  return Date.parse(bound.slice(1, -1).replace(' ', 'T').replace(/\+00$/, 'Z'));
}

/** `FOR VALUES FROM … TO …` */
export const boundsOf = (from: number, to: number): string =>
  `FOR VALUES FROM (${literalOf(from)}) TO (${literalOf(to)})`;

function literalOf(instant: number): string {
  if (Number.isFinite(instant)) return `'${new Date(instant).toISOString()}'`;
  return instant < 0 ? 'MINVALUE' : 'MAXVALUE';
}
