import type { Held } from './instance-probe.js';
import { atTheEnd, handlesOf, last, type Run, second } from './run.js';
import type { Table } from './storage-probe.js';

export const MIB = 1_048_576;

/** Something that must not grow. */
export interface Limit {
  /** The table, if it is about one. */
  readonly of?: string;
  readonly what: string;
  readonly then: number;
  readonly end: number;
  readonly atMost: number;
}

/** nginx keeps so many idle connections to the instances together, and never the same number. */
const KEPT_BY_BALANCER = 64;
/** `DATABASE_POOL_SIZE` and an instance's own, twice, and this test's. */
const CONNECTIONS = 2 * (10 + 3) + 1;
/** When autovacuum comes: rows and share of the rows that are dead. */
const AUTOVACUUM = { rows: 50, share: 0.2 };
/** It looks once a minute, and takes its time. */
const VACUUM_WITHIN_MINUTES = 2;

/** What the end is held to, measured by minute two. */
export function limitsOf(run: Run): Limit[] {
  const [then, end] = [second(run), last(run)];
  const p99 = limit(
    'p99, ms',
    then.p99,
    atTheEnd(run, (minute) => minute.p99),
    2 * then.p99 + 10,
  );
  const instances = then.instances.flatMap((held, index) =>
    limitsOfInstance(['a', 'b'][index] ?? '', held, end.instances[index] as Held),
  );
  const [redis, redisEnd] = [then.stored.redisBytes / MIB, end.stored.redisBytes / MIB];
  return [
    p99,
    ...instances,
    limit('connections to PostgreSQL', then.stored.connections, end.stored.connections, CONNECTIONS),
    limit('Redis, MiB', redis, redisEnd, 1.3 * redis + 8),
    limit('deadlocks', then.stored.deadlocks, end.stored.deadlocks, 0),
    limit('sessions of PostgreSQL that broke', then.stored.brokenSessions, end.stored.brokenSessions, 0),
    ...end.stored.tables.flatMap((table) => limitsOfTable(run, table)),
  ];
}

export const isKept = ({ end, atMost }: Limit): boolean => end <= atMost;

function limitsOfInstance(name: string, then: Held, end: Held): Limit[] {
  const memory = (what: string, of: (held: Held) => number) =>
    limit(`${name}: ${what}, MiB`, of(then) / MIB, of(end) / MIB, (1.3 * of(then)) / MIB + 30);
  const beside = (what: string, of: (held: Held) => number) => {
    const [before, after] = [of(then) - then.sockets, of(end) - end.sockets];
    return limit(`${name}: ${what} beside clients’ sockets`, before, after, before + KEPT_BY_BALANCER);
  };
  return [
    memory('RSS', ({ rss }) => rss),
    memory('heap after a collection', ({ heap }) => heap),
    memory('outside the heap', ({ external }) => external),
    beside('handles', handlesOf),
    beside('file descriptors', ({ descriptors }) => descriptors),
    limit(`${name}: timeouts`, then.timeouts, end.timeouts, 2 * then.timeouts + 100),
  ];
}

/** As large as its rows make it, and no more dead rows than autovacuum is yet to come for. */
function limitsOfTable(run: Run, end: Table): Limit[] {
  const then = second(run).stored.tables.find(({ name }) => name === end.name);
  if (then === undefined) return [];
  const rows = Math.max(1, end.live / Math.max(1, then.live));
  const bytes = (1.5 * then.bytes * rows) / MIB + 2;
  const aMinute = (end.updates + end.deletions) / run.minutes.length;
  const dead = AUTOVACUUM.rows + AUTOVACUUM.share * end.live + VACUUM_WITHIN_MINUTES * aMinute;
  return [
    { of: end.name, ...limit('size, MiB', then.bytes / MIB, end.bytes / MIB, bytes) },
    { of: end.name, ...limit('dead rows', then.dead, end.dead, dead) },
  ];
}

const limit = (what: string, then: number, end: number, atMost: number): Limit => ({ what, then, end, atMost });
