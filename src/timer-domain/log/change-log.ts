import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';

import { SETTINGS, type Settings } from '../../config/settings.js';
import { CommittedLog, type LogMark, type LogMoment } from '../../database/committed-log.js';
import type { RoomChange } from '../rules/room-timer.js';
import { fromLine, LOGGED_TIMER_COLUMNS, type LoggedRecord } from '../records/timer-record.js';
import type { TimerAction, TimerChange } from '../records/timer-change.js';
import { ChangeFeed, type ChangeListener } from './change-feed.js';

/** The position of a reader in the log. */
export type ChangeMark = LogMark;

/** A mark with the time at which it was taken. */
export type ChangeMoment = LogMoment;

type ChangeRecord = LoggedRecord & {
  id: string;
  action: TimerAction;
  at: number;
  actor: string | null;
  room: RoomChange | null;
};

/** The position of a change in the log. */
export interface ChangePlace {
  readonly transaction: string;
  readonly id: string;
  /** Time of logging, which determines the daily partition. */
  readonly logged: string;
}

/** A query that runs at the end of this turn of the event loop, for all lookups until then. */
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
 * The changes of timers: this instance's as they are committed ({@link subscribe}), and those in `timer_changes` since
 * a mark, each committed change exactly once, in id order within one read.
 */
@Injectable()
export class ChangeLog {
  private readonly log: CommittedLog<ChangeRecord>;
  /** The lookups of this turn of the event loop. */
  private asking: Asking | undefined;

  constructor(
    private readonly pool: Pool,
    @Inject(SETTINGS) { database }: Pick<Settings, 'database'>,
    private readonly feed: ChangeFeed = new ChangeFeed(),
  ) {
    this.log = new CommittedLog(pool, { ...SOURCE, keptForMs: database.changeLogRetentionMs });
  }

  /** Calls `listener` with each change of this instance after its commit. @returns a function that removes it */
  subscribe(listener: ChangeListener): () => void {
    return this.feed.subscribe(listener);
  }

  /** Invalidates cached states that are older than this change of another instance. */
  outdatedBy(change: TimerChange): void {
    this.feed.outdatedBy(change);
  }

  /** Clears the caches after a change of database, whose timers may have the cached revisions with other states. */
  restarted(): void {
    this.feed.restarted();
  }

  /** The current mark; a read from it returns everything that is committed later. */
  mark(): Promise<ChangeMoment> {
    return this.log.mark();
  }

  /**
   * Passes the changes committed since `from` to `handOver`, page by page.
   * @param known ids of changes to leave out
   * @returns the mark for the next read
   * @throws LogLostError when some changes may have been dropped, or the database is another one
   */
  readOn(
    from: ChangeMoment,
    handOver: (changes: readonly TimerChange[]) => unknown,
    known: readonly string[] = [],
  ): Promise<ChangeMoment> {
    return this.log.readOn(from, (records) => handOver(records.map(toChange)), known);
  }

  /** One timer's changes between two revisions (both exclusive), oldest first, as far as the log still has them. */
  async between(timerId: string, after: number, before: number): Promise<TimerChange[]> {
    const { rows } = await this.pool.query<ChangeRecord>({ ...BETWEEN, values: [timerId, after, before] });
    return rows.map(toChange);
  }

  /** A room's changes between two revisions of the room timer (both exclusive), oldest first. */
  async betweenOfRoom(roomId: string, after: number, before: number): Promise<TimerChange[]> {
    const { rows } = await this.pool.query<ChangeRecord>({ ...BETWEEN_OF_ROOM, values: [roomId, after, before] });
    return rows.map(toChange);
  }

  /** One timer's changes since a mark, oldest first. Lookups in the same turn of the event loop share one statement. */
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
   * The positions of changes since a mark of these owners' timers and of these timers, oldest first.
   * @param limit maximum number; when more changes match, an arbitrary selection is returned
   */
  async placesSince(
    mark: ChangeMark,
    who: { owners: readonly string[]; timerIds: readonly string[] },
    limit: number,
  ): Promise<ChangePlace[]> {
    const { rows } = await this.pool.query<ChangePlace>(PLACES, [mark.snapshot, limit, who.owners, who.timerIds]);
    return rows;
  }

  /** The changes at these positions, oldest first; changes whose partition has been dropped are missing. */
  async at(places: readonly ChangePlace[]): Promise<TimerChange[]> {
    const columns = ['transaction', 'id', 'logged'] as const;
    const values = columns.map((column) => places.map((place) => place[column]));
    const { rows } = await this.pool.query<ChangeRecord>({ ...AT, values });
    return rows.map(toChange);
  }

  /** Whether the mark belongs to this log, and the log still has all changes since. */
  async reaches({ log, snapshot }: ChangeMark): Promise<boolean> {
    const { rows } = await this.pool.query<{ reaches: boolean }>(REACHES, [log, snapshot]);
    return rows[0]?.reaches === true;
  }
}

// Rows of transactions up to `dropped_through` are dropped; nothing is missing if the mark has seen all of these.
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

// Searches by timer, not by transaction, because there may be thousands of other changes since the mark.
const SINCE_OF_TIMERS = {
  name: 'timer_changes_of_timers_since',
  text: `SELECT ${SOURCE.columns} FROM timer_changes l
    WHERE l.timer_id = ANY ($1::uuid[]) AND NOT pg_visible_in_snapshot(l.transaction_id, $2::pg_snapshot)
    ORDER BY l.revision`,
};

/** Condition for rows written since the mark: by later transactions, or by those in progress at the mark. */
const sinceMark = (parameter: string): string =>
  `(l.transaction_id >= pg_snapshot_xmax(${parameter}::pg_snapshot)
    OR l.transaction_id = ANY (ARRAY(SELECT pg_snapshot_xip(${parameter}::pg_snapshot))))`;

const SINCE_OF_ROOM = {
  name: 'timer_changes_of_room_since',
  text: `SELECT ${SOURCE.columns} FROM timer_changes l WHERE l.owner = $1 AND ${sinceMark('$2')} ORDER BY l.id`,
};

// Sorted after the limit, so that a large number of matches is not read completely.
const PLACES = `SELECT l.transaction_id::text AS transaction, l.id::text AS id, l.logged_at::text AS logged FROM (
    SELECT transaction_id, id, logged_at FROM timer_changes l WHERE l.owner = ANY ($3::text[]) AND ${sinceMark('$1')}
    UNION ALL
    SELECT transaction_id, id, logged_at FROM timer_changes l
    WHERE l.timer_id = ANY ($4::uuid[]) AND l.owner <> ALL ($3::text[]) AND ${sinceMark('$1')}
    LIMIT $2) l
  ORDER BY l.id`;

// Looks up each position by primary key, in its daily partition only.
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
