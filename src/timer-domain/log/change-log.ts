import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';

import { SETTINGS, type Settings } from '../../config/settings.js';
import { CommittedLog, type LogMark, type LogMoment } from '../../database/committed-log.js';
import type { RoomChange } from '../rules/room-timer.js';
import { fromLine, LOGGED_TIMER_COLUMNS, type LoggedRecord } from '../records/timer-record.js';
import type { TimerAction, TimerChange } from '../records/timer-change.js';
import { ChangeFeed, type ChangeListener } from './change-feed.js';

/** How far a reader of the log has come. */
export type ChangeMark = LogMark;

/** The same of a moment ago, for who reads on and on. */
export type ChangeMoment = LogMoment;

type ChangeRecord = LoggedRecord & {
  id: string;
  action: TimerAction;
  at: number;
  actor: string | null;
  room: RoomChange | null;
};

/** Where a change stands in the log. */
export interface ChangePlace {
  readonly transaction: string;
  readonly id: string;
  /** Says in which day's part of the table. */
  readonly logged: string;
}

/** A look into the log that is made at the end of the turn, for all who ask until then. */
interface Asking {
  readonly mark: ChangeMark;
  readonly timerIds: string[];
  readonly found: Promise<TimerChange[]>;
}

const SOURCE = {
  table: 'timer_changes',
  columns: `l.id, l.action, extract(epoch from l.at)::float8 AS at, l.actor, l.room, ${LOGGED_TIMER_COLUMNS}`,
};

/**
 * What happened to timers: the changes of this instance as they are committed ({@link subscribe}), and `timer_changes` from a
 * mark on, each committed change exactly once, in id order within one reading.
 */
@Injectable()
export class ChangeLog {
  private readonly log: CommittedLog<ChangeRecord>;
  /** What is asked for in this turn of the event loop. */
  private asking: Asking | undefined;

  constructor(
    private readonly pool: Pool,
    @Inject(SETTINGS) { database }: Pick<Settings, 'database'>,
    private readonly feed: ChangeFeed = new ChangeFeed(),
  ) {
    this.log = new CommittedLog(pool, { ...SOURCE, keptForMs: database.changeLogRetentionMs });
  }

  /** Calls `listener` with each change of this instance after its commit. @returns how to stop listening */
  subscribe(listener: ChangeListener): () => void {
    return this.feed.subscribe(listener);
  }

  /** Another instance has written this, as the log says: what is cached of the timer is older. */
  outdatedBy(change: TimerChange): void {
    this.feed.outdatedBy(change);
  }

  /** The database is another one: its timers may have the revisions that are cached here, and be in other states. */
  restarted(): void {
    this.feed.restarted();
  }

  /** The mark from which everything that is committed later will be read. */
  mark(): Promise<ChangeMoment> {
    return this.log.mark();
  }

  /**
   * Hands over what has been committed since `from`, page by page.
   * @param known ids of changes that need not be handed over
   * @returns the mark to read on from next
   * @throws LogLostError when some of it may be gone, or the database is another
   */
  readOn(
    from: ChangeMoment,
    handOver: (changes: readonly TimerChange[]) => unknown,
    known: readonly string[] = [],
  ): Promise<ChangeMoment> {
    return this.log.readOn(from, (records) => handOver(records.map(toChange)), known);
  }

  /** One timer's changes between two revisions, oldest first, as far as the log reaches. */
  async between(timerId: string, after: number, before: number): Promise<TimerChange[]> {
    const { rows } = await this.pool.query<ChangeRecord>({ ...BETWEEN, values: [timerId, after, before] });
    return rows.map(toChange);
  }

  /** The same of a room, by the revisions of its clock. */
  async betweenOfRoom(roomId: string, after: number, before: number): Promise<TimerChange[]> {
    const { rows } = await this.pool.query<ChangeRecord>({ ...BETWEEN_OF_ROOM, values: [roomId, after, before] });
    return rows.map(toChange);
  }

  /** One timer's changes since a mark, oldest first. Whoever asks in the same turn is answered by one statement. */
  async sinceOf(timerId: string, mark: ChangeMark): Promise<TimerChange[]> {
    if (this.asking?.mark !== mark) this.asking = this.askAtEndOfTurn(mark);
    this.asking.timerIds.push(timerId);
    return (await this.asking.found).filter(({ timer }) => timer.id === timerId);
  }

  private askAtEndOfTurn(mark: ChangeMark): Asking {
    const timerIds: string[] = [];
    const found = new Promise<void>((resolve) => setImmediate(resolve)).then(async () => {
      if (this.asking?.timerIds === timerIds) this.asking = undefined;
      const { rows } = await this.pool.query<ChangeRecord>({ ...SINCE_OF_TIMERS, values: [timerIds, mark.snapshot] });
      return rows.map(toChange);
    });
    return { mark, timerIds, found };
  }

  /** A room's changes since a mark, oldest first. */
  async sinceOfRoom(roomId: string, mark: ChangeMark): Promise<TimerChange[]> {
    const { rows } = await this.pool.query<ChangeRecord>({ ...SINCE_OF_ROOM, values: [roomId, mark.snapshot] });
    return rows.map(toChange);
  }

  /**
   * Where that stands which happened since a mark to the timers of these owners and to these timers, oldest first.
   * @param limit with more than this, some of them in no particular order
   */
  async placesSince(
    mark: ChangeMark,
    who: { owners: readonly string[]; timerIds: readonly string[] },
    limit: number,
  ): Promise<ChangePlace[]> {
    const { rows } = await this.pool.query<ChangePlace>(PLACES, [mark.snapshot, limit, who.owners, who.timerIds]);
    return rows;
  }

  /** The changes at these places, oldest first; fewer when their day has been dropped since. */
  async at(places: readonly ChangePlace[]): Promise<TimerChange[]> {
    const columns = ['transaction', 'id', 'logged'] as const;
    const values = columns.map((column) => places.map((place) => place[column]));
    const { rows } = await this.pool.query<ChangeRecord>({ ...AT, values });
    return rows.map(toChange);
  }

  /** Whether a mark is one of this log, and the log still has everything that has been written since. */
  async reaches({ log, snapshot }: ChangeMark): Promise<boolean> {
    const { rows } = await this.pool.query<{ reaches: boolean }>(REACHES, [log, snapshot]);
    return rows[0]?.reaches === true;
  }
}

// Gone is what transactions have written up to one of them: nothing is missing when the mark has seen all of these.
const REACHES = `SELECT s.epoch = $1 AND pg_snapshot_xmax($2::pg_snapshot) <= pg_snapshot_xmax(pg_current_snapshot())
    AND s.dropped_through < pg_snapshot_xmax($2::pg_snapshot)
    AND NOT EXISTS (SELECT FROM pg_snapshot_xip($2::pg_snapshot) x
      WHERE x <= s.dropped_through AND pg_visible_in_snapshot(x, pg_current_snapshot())) AS reaches
  FROM change_log_state s`;

const BETWEEN = {
  name: 'timer_changes_of_timer',
  text: `SELECT ${SOURCE.columns} FROM timer_changes l
    WHERE l.timer_id = $1 AND l.revision > $2 AND l.revision < $3 ORDER BY l.revision`,
};

const BETWEEN_OF_ROOM = {
  name: 'timer_changes_of_room',
  text: `SELECT ${SOURCE.columns} FROM timer_changes l
    WHERE l.owner = $1 AND (l.room->>'revision')::int > $2 AND (l.room->>'revision')::int < $3
    ORDER BY l.id`,
};

// By timer or owner, and not by what is new: there may be thousands of others' changes since.
const SINCE_OF_TIMERS = {
  name: 'timer_changes_of_timers_since',
  text: `SELECT ${SOURCE.columns} FROM timer_changes l
    WHERE l.timer_id = ANY ($1::uuid[]) AND NOT pg_visible_in_snapshot(l.transaction_id, $2::pg_snapshot)
    ORDER BY l.revision`,
};

/** What was written since the mark: by later transactions, or by those that were open at it. */
const sinceMark = (parameter: string): string =>
  `(l.transaction_id >= pg_snapshot_xmax(${parameter}::pg_snapshot)
    OR l.transaction_id = ANY (ARRAY(SELECT pg_snapshot_xip(${parameter}::pg_snapshot))))`;

const SINCE_OF_ROOM = {
  name: 'timer_changes_of_room_since',
  text: `SELECT ${SOURCE.columns} FROM timer_changes l WHERE l.owner = $1 AND ${sinceMark('$2')} ORDER BY l.id`,
};

// Put in order after they are limited: with too many of them nothing is read to its end.
const PLACES = `SELECT l.transaction_id::text AS transaction, l.id::text AS id, l.logged_at::text AS logged FROM (
    SELECT transaction_id, id, logged_at FROM timer_changes l WHERE l.owner = ANY ($3::text[]) AND ${sinceMark('$1')}
    UNION ALL
    SELECT transaction_id, id, logged_at FROM timer_changes l
    WHERE l.timer_id = ANY ($4::uuid[]) AND l.owner <> ALL ($3::text[]) AND ${sinceMark('$1')}
    LIMIT $2) l
  ORDER BY l.id`;

// By the primary key, one place after the other, each in its own day's table alone.
const AT = {
  name: 'timer_changes_at',
  text: `SELECT ${SOURCE.columns} FROM unnest($1::xid8[], $2::bigint[], $3::timestamptz[]) AS p (transaction, place, logged),
      LATERAL (SELECT * FROM timer_changes c
        WHERE c.transaction_id = p.transaction AND c.id = p.place AND c.logged_at = p.logged) l
    ORDER BY l.id`,
};

function toChange(record: ChangeRecord): TimerChange {
  const { id, action, at, actor, room } = record;
  return { changeId: id, timer: fromLine(record), action, at, actor, ...(room ? { room } : {}) };
}
