import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';

import { crashPoint } from '../../common/crash-point.js';
import { Database } from '../../database/database.js';
import { toServiceUnavailable } from '../../database/database-errors.js';
import { type Transaction, Transactions } from '../../database/transactions.js';
import { Signals } from '../../signals/signals.js';
import { roomTopic } from '../../signals/topics.js';
import type { TimerChange } from '../records/timer-change.js';
import { Clock } from '../clock/clock.js';
import { TimerRefusal } from '../rules/refusal.js';
import {
  completePhase,
  decideRoom,
  hasPhasePassed,
  type RoomTimer,
  type RoomTimerSettings,
  type RoomCommand,
  type RoomTransition,
  settledRoomTimer,
} from '../rules/room-timer.js';
import { type TimerRecord, toTimer } from '../records/timer-record.js';
import { TimerStore } from '../writer/timer-store.js';
import { type RoomTimerRecord, toRoomTimer } from '../records/room-timer-record.js';
import * as statements from '../statements/room-timer-statement.js';

/**
 * Kind of the stored event for an idle room that shows another phase: body `{revision}`. The change log has no row for
 * it, because no session changed.
 */
export const ROOM_TIMER_SHOWS = 'room.clock_shows';

/** The outcome of a command: the room timer after it, and its changes (none for a reset of an idle room). */
export interface RoomOutcome {
  /** Named `clock` in stored responses, including those of the previous version. */
  readonly clock: RoomTimer;
  readonly changes: readonly TimerChange[];
}

/**
 * The timers of rooms. In one transaction, a command locks the room's row, completes every phase that has passed, and
 * is decided on the result. The outcome therefore does not depend on whether the ticker or the command comes first
 * (docs/architecture.md#a-target-wins).
 */
@Injectable()
export class RoomTimers {
  constructor(
    private readonly database: Database,
    private readonly transactions: Transactions,
    private readonly store: TimerStore,
    private readonly clock: Clock,
    private readonly signals: Signals,
  ) {}

  /** Creates the timer of a new room. */
  async add({ manager }: Transaction, roomId: string, settings: RoomTimerSettings): Promise<RoomTimer> {
    const { name, workSeconds, breakSeconds, autoStartBreak } = settings;
    await manager.query(statements.INSERT_ROOM_TIMER, [roomId, name, workSeconds, breakSeconds, autoStartBreak]);
    return { roomId, ...settings, idleType: 'work', revision: 1, session: null };
  }

  /**
   * The current state of the room timer, with passed phases completed; writes nothing.
   * @returns undefined when the room does not exist
   * @throws ServiceUnavailableError
   */
  async read(roomId: string): Promise<RoomTimer | undefined> {
    try {
      const rows = await this.database.query<statements.RoomTimerAndSession>({
        ...statements.READ_ROOM_TIMER,
        values: [roomId],
      });
      const [row] = rows;
      return row && settledRoomTimer(toRoomTimer(row, sessionIn(row)), this.clock.now(), uuidv7);
    } catch (error) {
      throw toServiceUnavailable(error);
    }
  }

  /**
   * Executes a command.
   * @returns undefined when the room does not exist
   * @throws TimerRefusal when the command is refused; phases that had passed are completed nevertheless
   * @throws ServiceUnavailableError
   */
  async command(roomId: string, command: RoomCommand, actor: string | null): Promise<RoomOutcome | undefined> {
    const outcome = await this.transactions
      .of(roomId)
      .run((transaction) => this.judge(transaction, roomId, command, actor))
      .catch((error: unknown) => {
        throw toServiceUnavailable(error);
      });
    if (outcome?.refusal) throw outcome.refusal;
    return outcome;
  }

  /**
   * Changes the settings; a running session keeps its target.
   * @returns the room timer after the change; undefined when the room does not exist
   */
  async configure(
    transaction: Transaction,
    roomId: string,
    settings: Partial<RoomTimerSettings>,
  ): Promise<RoomTimer | undefined> {
    const settled = await this.settle(transaction, roomId);
    if (settled === undefined) return undefined;
    const roomTimer = { ...settled.clock, ...settings, revision: settled.clock.revision + 1 };
    const { name, workSeconds, breakSeconds, autoStartBreak, revision } = roomTimer;
    const values = [roomId, name, workSeconds, breakSeconds, autoStartBreak, revision];
    await transaction.manager.query(statements.CONFIGURE_ROOM_TIMER, values);
    return roomTimer;
  }

  /**
   * Locks the room's row until the transaction ends, which serialises changes of the room and its people.
   * @returns false when the room does not exist
   */
  async lock(transaction: Transaction, roomId: string): Promise<boolean> {
    return (await this.lockAll(transaction, [roomId], { waits: true })).has(roomId);
  }

  /**
   * Locks the rows of several rooms, in the order of their ids.
   * @param waits whether to wait for rooms that other transactions have locked; otherwise they are skipped
   * @returns the rooms that this transaction has locked
   */
  async lockAll(
    { manager }: Transaction,
    roomIds: readonly string[],
    { waits }: { waits: boolean },
  ): Promise<Set<string>> {
    const text = waits ? statements.LOCK_ROOMS : statements.LOCK_FREE_ROOMS;
    const rows = await manager.query<{ room_id: string }[]>(text, [roomIds]);
    return new Set(rows.map(({ room_id: id }) => id));
  }

  /** Those of the rooms that exist. */
  async existing({ manager }: Transaction, roomIds: readonly string[]): Promise<Set<string>> {
    const rows = await manager.query<{ room_id: string }[]>(statements.EXISTING_ROOMS, [roomIds]);
    return new Set(rows.map(({ room_id: id }) => id));
  }

  /**
   * Locks the room's row, for a change of the room in this transaction, and completes every phase that has passed.
   * @returns undefined when the room does not exist
   */
  async settle(transaction: Transaction, roomId: string): Promise<RoomOutcome | undefined> {
    const [record] = await transaction.prepared<RoomTimerRecord>({ ...statements.LOCK_ROOM_TIMER, values: [roomId] });
    if (record === undefined) return undefined;
    const [session] = await transaction.prepared<TimerRecord>({ ...statements.LOCK_LIVE_SESSION, values: [roomId] });
    let roomTimer = toRoomTimer(record, session ? toTimer(session) : null);
    const changes: TimerChange[] = [];
    while (hasPhasePassed(roomTimer, this.clock.now())) {
      const phase = completePhase(roomTimer, uuidv7);
      changes.push(...(await this.store.within(transaction).step(phase, null)));
      roomTimer = phase.roomTimer;
      crashPoint('before-break');
    }
    return { clock: roomTimer, changes };
  }

  private async judge(
    transaction: Transaction,
    roomId: string,
    command: RoomCommand,
    actor: string | null,
  ): Promise<(RoomOutcome & { refusal?: TimerRefusal }) | undefined> {
    const settled = await this.settle(transaction, roomId);
    if (settled === undefined) return undefined;
    const { clock: roomTimer, changes } = settled;
    const decided = decideRoom(command, roomTimer, this.clock.now(), uuidv7);
    if (decided === undefined) return settled;
    if (decided instanceof TimerRefusal) return { ...settled, refusal: decided };
    crashPoint('after-decide');
    const made = await this.store.within(transaction).step(decided, actor);
    await this.tellOfIdle(transaction, decided);
    return { clock: decided.roomTimer, changes: [...changes, ...made] };
  }

  /** Stores the event for a reset of an idle room that shows a break. */
  private async tellOfIdle(transaction: Transaction, { event, started, roomTimer }: RoomTransition): Promise<void> {
    if (event !== null || started !== null) return;
    const body = { revision: roomTimer.revision };
    await this.signals.add(transaction, { topic: roomTopic(roomTimer.roomId), kind: ROOM_TIMER_SHOWS, body });
  }
}

const sessionIn = (row: statements.RoomTimerAndSession) =>
  row.id === undefined || (row.id as string | null) === null ? null : toTimer(row as TimerRecord);
