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
 * Kind of the signal that an idle room shows another phase than before: body `{revision}`. Nothing happened to a
 * session, so the change log has nothing of it.
 */
export const ROOM_TIMER_SHOWS = 'room.clock_shows';

/** What came of a command: the room's timer after it, and the changes it made (none for a reset of an idle room). */
export interface RoomOutcome {
  /** The name under which responses are stored for repeated keys, also by the previous version. */
  readonly clock: RoomTimer;
  readonly changes: readonly TimerChange[];
}

/**
 * The timers of rooms. A command takes the room's row, completes every phase that has passed, and is judged against
 * what is there then, all in one transaction; so it does not matter whether the ticker or a person comes first
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

  /** A timer for a new room. */
  async add({ manager }: Transaction, roomId: string, settings: RoomTimerSettings): Promise<RoomTimer> {
    const { name, workSeconds, breakSeconds, autoStartBreak } = settings;
    await manager.query(statements.INSERT_ROOM_TIMER, [roomId, name, workSeconds, breakSeconds, autoStartBreak]);
    return { roomId, ...settings, idleType: 'work', revision: 1, session: null };
  }

  /** The room's timer as it stands now, its passed phases over; reads and writes nothing. */
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
   * Carries out a command; undefined when there is no such room.
   * @throws TimerRefusal when it is refused (phases that had passed are completed all the same), ServiceUnavailableError
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

  /** Other settings; a session that runs keeps its target. @returns the room's timer afterwards, undefined when there is none */
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
   * Locks the row that stands for the room, until the transaction ends: those who change a room or its people take turns.
   * @returns false when there is no such room
   */
  async lock(transaction: Transaction, roomId: string): Promise<boolean> {
    return (await this.lockAll(transaction, [roomId], { waits: true })).has(roomId);
  }

  /**
   * The same for several rooms, in the order of their ids.
   * @param waits for rooms that other transactions have locked; otherwise those are left out
   * @returns the rooms that are locked now
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

  /** Those of the rooms that there are. */
  async existing({ manager }: Transaction, roomIds: readonly string[]): Promise<Set<string>> {
    const rows = await manager.query<{ room_id: string }[]>(statements.EXISTING_ROOMS, [roomIds]);
    return new Set(rows.map(({ room_id: id }) => id));
  }

  /**
   * Takes the room's row, for whoever changes the room in this transaction, and completes every phase that has passed.
   * @returns undefined when there is no such room
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

  /** A reset of an idle room that shows a break. */
  private async tellOfIdle(transaction: Transaction, { event, started, roomTimer }: RoomTransition): Promise<void> {
    if (event !== null || started !== null) return;
    const body = { revision: roomTimer.revision };
    await this.signals.add(transaction, { topic: roomTopic(roomTimer.roomId), kind: ROOM_TIMER_SHOWS, body });
  }
}

const sessionIn = (row: statements.RoomTimerAndSession) =>
  row.id === undefined || (row.id as string | null) === null ? null : toTimer(row as TimerRecord);
