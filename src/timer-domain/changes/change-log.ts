import { Injectable } from '@nestjs/common';
import { Pool } from 'pg';

import { CommittedLog, type LogMark } from '../../database/committed-log.js';
import type { RoomChange } from '../rules/room-clock.js';
import { fromLine, LOGGED_TIMER_COLUMNS, type LoggedRecord } from '../store/timer-record.js';
import type { TimerChange } from './timer-change.js';

/** How far a reader of the log has come. */
export type ChangeMark = LogMark;

type ChangeRecord = LoggedRecord & {
  id: string;
  action: string;
  at: number;
  actor: string | null;
  room: RoomChange | null;
};

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

/** Reads `timer_changes` from a mark on: each committed change exactly once, in id order within one reading. */
@Injectable()
export class ChangeLog {
  private readonly log: CommittedLog<ChangeRecord>;
  /** What is asked for in this turn of the event loop. */
  private asking: Asking | undefined;

  constructor(private readonly pool: Pool) {
    this.log = new CommittedLog(pool, SOURCE);
  }

  /** The mark from which everything that is committed later will be read. */
  mark(): Promise<ChangeMark> {
    return this.log.mark();
  }

  /**
   * Hands over what has been committed since `from`, page by page.
   * @param known ids of changes that need not be handed over
   * @returns the mark to read on from next
   */
  readOn(
    from: ChangeMark,
    handOver: (changes: readonly TimerChange[]) => void,
    known: readonly string[] = [],
  ): Promise<ChangeMark> {
    return this.log.readOn(
      from,
      (records) => {
        handOver(records.map(toChange));
      },
      known,
    );
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
      const { rows } = await this.pool.query<ChangeRecord>({ ...SINCE_OF_TIMERS, values: [timerIds, mark] });
      return rows.map(toChange);
    });
    return { mark, timerIds, found };
  }

  /** A room's changes since a mark, oldest first. */
  async sinceOfRoom(roomId: string, mark: ChangeMark): Promise<TimerChange[]> {
    const { rows } = await this.pool.query<ChangeRecord>({ ...SINCE_OF_ROOM, values: [roomId, mark] });
    return rows.map(toChange);
  }

  /**
   * What happened since a mark to the timers of these owners and to these timers, oldest first.
   * @param limit at most so many
   */
  async since(
    mark: ChangeMark,
    who: { owners: readonly string[]; timerIds: readonly string[] },
    limit: number,
  ): Promise<TimerChange[]> {
    const { rows } = await this.pool.query<ChangeRecord>(SINCE, [mark, limit, who.owners, who.timerIds]);
    return rows.map(toChange);
  }

  /** Whether a mark is one of this database that the log still reaches back to. */
  async reaches(mark: ChangeMark): Promise<boolean> {
    const { rows } = await this.pool.query<{ reaches: boolean }>(
      `SELECT pg_snapshot_xmax($1::pg_snapshot) <= pg_snapshot_xmax(pg_current_snapshot()) AS reaches`,
      [mark],
    );
    return rows[0]?.reaches === true;
  }
}

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

const SINCE_OF_ROOM = {
  name: 'timer_changes_of_room_since',
  text: `SELECT ${SOURCE.columns} FROM timer_changes l
    WHERE l.owner = $1 AND l.transaction_id >= pg_snapshot_xmin($2::pg_snapshot)
      AND NOT pg_visible_in_snapshot(l.transaction_id, $2::pg_snapshot) ORDER BY l.id`,
};

const SINCE = `SELECT ${SOURCE.columns} FROM timer_changes l
  WHERE (l.owner = ANY ($3::text[]) OR l.timer_id = ANY ($4::uuid[]))
    AND l.transaction_id >= pg_snapshot_xmin($1::pg_snapshot)
    AND NOT pg_visible_in_snapshot(l.transaction_id, $1::pg_snapshot)
  ORDER BY l.id LIMIT $2`;

function toChange(record: ChangeRecord): TimerChange {
  const { id, action, at, actor, room } = record;
  return { changeId: id, timer: fromLine(record), action, at, actor, ...(room ? { room } : {}) };
}
