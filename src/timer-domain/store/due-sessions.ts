import type { Client, ClientConfig } from 'pg';
import { v7 as uuidv7 } from 'uuid';

import { crashPoint } from '../../common/crash-point.js';
import type { TimerChange } from '../changes/timer-change.js';
import { CLOCK_COLUMNS, type RoomClockRecord, toClock } from '../rooms/room-clock-record.js';
import { completePhase } from '../rules/room-clock.js';
import { OwnConnection } from './own-connection.js';
import { clockUpdate, roomChanges, roomWrites } from './room-writes.js';
import { TIMER_COLUMNS, type TimerRecord, toTimer } from './timer-record.js';
import { type WriteResult, writeStatement } from './write-statement.js';

/** How long a stopped process may keep others from the sessions it has claimed. */
const CLAIM_HELD_MS = 2_000;

const CLAIM = {
  name: 'timers_claim_due',
  text: `SELECT ${CLOCK_COLUMNS}, ${TIMER_COLUMNS}
    FROM timer_deadlines d JOIN timers t ON t.id = d.timer_id JOIN room_clocks c ON c.room_id = t.room_id
    WHERE d.deadline_at <= to_timestamp($1) ORDER BY d.deadline_at, d.timer_id LIMIT $2
    FOR UPDATE OF d, t, c SKIP LOCKED`,
};

type Claimed = TimerRecord & RoomClockRecord;

/** Sessions that have reached their target, completed in transactions on a connection of their own (ADR 0021). */
export class DueSessions {
  private readonly connection: OwnConnection;
  /** The connection has one transaction at a time. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(config: ClientConfig) {
    this.connection = new OwnConnection({
      ...config,
      application_name: 'metronome-ticker',
      idle_in_transaction_session_timeout: CLAIM_HELD_MS,
    });
  }

  /**
   * Completes up to `limit` sessions whose target is not after `now` (milliseconds), each at its target, with the break
   * that begins there. What another instance or a command has in hand at this moment is left to it.
   * @returns the changes, in the order of the log
   */
  complete(now: number, limit: number): Promise<TimerChange[]> {
    const completed = this.last.then(() => this.completeNext(now, limit));
    this.last = completed.catch(() => undefined);
    return completed;
  }

  private async completeNext(now: number, limit: number): Promise<TimerChange[]> {
    const client = await this.connection.get();
    try {
      const [, { rows }] = await Promise.all([
        client.query('BEGIN'),
        client.query<Claimed>({ ...CLAIM, values: [now / 1_000, limit] }),
      ]);
      if (rows.length > 0) return await completeClaimed(client, rows);
      await client.query('COMMIT');
      return [];
    } catch (error) {
      this.connection.drop(client);
      throw error;
    }
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}

/** Writes and commits in one round trip: after a statement that fails the COMMIT is a ROLLBACK. */
async function completeClaimed(client: Client, rows: readonly Claimed[]): Promise<TimerChange[]> {
  const steps = rows.map((row) => completePhase(toClock(row, toTimer(row)), uuidv7));
  const batch = roomWrites(steps, null);
  const writing = client.query<WriteResult>(writeStatement(batch, { skipLocked: true }));
  crashPoint('before-break');
  const moving = client.query(...clockUpdate(steps.map(({ clock }) => clock)));
  crashPoint('before-commit');
  const [written] = await Promise.all([writing, moving, client.query('COMMIT')]);
  crashPoint('after-commit');
  return roomChanges(batch, new Map(written.rows.map((row) => [row.id, row.change_id])));
}
