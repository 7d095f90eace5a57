import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

import { ServiceUnavailableError } from '../../common/errors.js';
import { describeError } from '../../common/logging/describe-error.js';
import { LogLostError } from '../../database/committed-log.js';
import { toServiceUnavailable } from '../../database/database-errors.js';
import { changesReadAt } from '../../metrics/meters.js';
import { ChangeLog, type ChangeMark, type ChangeMoment } from '../../timer-domain/log/change-log.js';
import type { TimerChange } from '../../timer-domain/records/timer-change.js';
import type { Timer } from '../../timer-domain/rules/timer.js';
import { Signals } from '../../signals/signals.js';
import { Hub } from '../hub/hub.js';

const EVERY_MS = 1_000;
const REMEMBERED_TIMERS = 50_000;
/** Limit of remembered change ids. Changes beyond it are read a second time and dropped by their revisions. */
const MAX_TOLD = 100_000;

/**
 * The key and revision that order a change: a personal timer has its own sequence, a room's sessions share that of the
 * room timer (docs/spec/extensions.md#sockets).
 */
interface Place {
  readonly id: string;
  readonly revision: number;
}

/** @returns undefined for the end of a room's session that the room timer's next change reports */
function placeOf({ timer, room }: TimerChange): Place | undefined {
  if (timer.roomId === null) return timer;
  return room && { id: timer.roomId, revision: room.revision };
}

/** Broadcasts a change to connections; may look something up first. */
export type ChangeHandler = (change: TimerChange) => Promise<void>;

/**
 * Hands every change of every timer to the handlers: changes of this process at once, those of others from the log.
 * Each change is handed over once, and those of one timer in the order of their revisions: a gap is filled from the log
 * before a newer change follows (docs/architecture.md#order-of-frames). Changes are not read while no connection is
 * open.
 */
@Injectable()
export class ChangeStream implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(ChangeStream.name);
  private readonly handlers: ChangeHandler[] = [];
  private readonly lastRevisions = new LRUCache<string, number>({ max: REMEMBERED_TIMERS });
  /** A queue per timer or room with changes in progress: the promise of its last change. */
  private readonly lanes = new Map<string, Promise<void>>();
  private currentMark: ChangeMoment = { log: '', snapshot: '', at: 0 };
  /** Ids of the changes delivered since the mark; reads of the log exclude them. */
  private told: string[] = [];
  private reading: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  /**
   * Deliveries that failed because the database was unavailable; after one, the log is read again from the same mark.
   */
  private failures = 0;

  constructor(
    private readonly log: ChangeLog,
    private readonly hub: Hub,
    private readonly signals: Signals,
  ) {
    log.subscribe((change) => {
      this.accept(change);
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    this.currentMark = await this.log.mark();
    this.timer = setInterval(() => void this.follow(), EVERY_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.reading;
  }

  onChange(handler: ChangeHandler): void {
    this.handlers.push(handler);
  }

  /**
   * The mark before which every committed change has been delivered here. A client that resumes at it misses nothing
   * (docs/spec/extensions.md#sockets).
   */
  get mark(): ChangeMark {
    return this.currentMark;
  }

  /** Resolves when every change accepted so far has been delivered. */
  async settled(): Promise<void> {
    await Promise.all(this.lanes.values());
  }

  /** Records that a client got the timer at this revision, so that a gap before the next change is filled from here. */
  shown(timerId: string, revision: number): void {
    if (!this.lastRevisions.has(timerId)) this.lastRevisions.set(timerId, revision);
  }

  /** Resolves when the changes of one timer accepted so far have been delivered. */
  async settledOf(timerId: string): Promise<void> {
    await this.lanes.get(timerId);
  }

  /** Reads what other instances have written since the last read. Reads do not overlap. */
  follow(): Promise<void> {
    this.reading = this.reading.then(() => this.readOn());
    return this.reading;
  }

  private async readOn(): Promise<void> {
    const { told } = this;
    this.told = [];
    try {
      const isFurther = (this.hub.isEmpty && (await this.skipAhead())) || (await this.readAllBut(told));
      // Once the mark has moved, the ids delivered before it are no longer needed.
      if (!isFurther) this.takeBack(told);
      changesReadAt.setToCurrentTime();
    } catch (error) {
      if (error instanceof LogLostError && (await this.startAfresh())) return;
      this.takeBack(told);
      this.logger.warn({ msg: 'the change log cannot be read', ...describeError(error) });
    }
  }

  /**
   * Continues at a new mark when the log was pruned past the old one or replaced. All sockets close and clients resync.
   */
  private async startAfresh(): Promise<boolean> {
    try {
      const mark = await this.log.mark();
      this.logger.warn({ msg: 'changes were missed: sockets close' });
      this.signals.distrust();
      this.log.restarted();
      this.lastRevisions.clear();
      this.currentMark = mark;
      return true;
    } catch {
      return false;
    }
  }

  private takeBack(told: readonly string[]): void {
    this.told = told.concat(this.told).slice(0, MAX_TOLD);
  }

  /**
   * Delivers the log's changes since the mark, except these.
   * @returns whether all were delivered and the mark has moved
   */
  private async readAllBut(told: readonly string[]): Promise<boolean> {
    const failures = this.failures;
    const handOver = (changes: readonly TimerChange[]) => {
      for (const change of changes) {
        this.log.outdatedBy(change);
        this.accept(change);
      }
      // Waiting here limits the changes in memory to one page.
      return this.settled();
    };
    const mark = await this.log.readOn(this.currentMark, handOver, told);
    if (failures < this.failures) return false;
    this.currentMark = mark;
    return true;
  }

  /** Moves the mark without reading, because no connection is open. @returns false if one has opened in the meantime */
  private async skipAhead(): Promise<boolean> {
    const mark = await this.log.mark();
    if (!this.hub.isEmpty) return false;
    if (mark.log !== this.currentMark.log) this.log.restarted();
    this.currentMark = mark;
    this.lastRevisions.clear();
    return true;
  }

  private accept(change: TimerChange): void {
    const place = placeOf(change);
    if (place === undefined) return;
    const { id, revision } = place;
    const last = this.lastRevisions.get(id);
    if (last !== undefined && revision <= last && !this.lanes.has(id)) return;
    if (this.hub.isEmpty) {
      // The next connection reads this change as state, so the log must not deliver it again.
      this.lastRevisions.set(id, Math.max(revision, last ?? 0));
      return;
    }
    const lane = (this.lanes.get(id) ?? Promise.resolve()).then(() => this.advance(change, place));
    this.lanes.set(id, lane);
    void lane.then(() => {
      if (this.lanes.get(id) === lane) this.lanes.delete(id);
    });
  }

  private async advance(change: TimerChange, { id, revision }: Place): Promise<void> {
    const last = this.lastRevisions.get(id);
    if (last !== undefined && revision <= last) return;
    try {
      if (revision > (last ?? 0) + 1) await this.fillGap(change, last, revision);
      await this.hand(change);
    } catch (error) {
      this.logger.error({ msg: 'a change could not be told', ...describeError(error) });
      if (toServiceUnavailable(error) instanceof ServiceUnavailableError) this.failures += 1;
      else this.lastRevisions.set(id, revision);
    }
  }

  /** Delivers the changes between the last revision and this one; for an unknown timer, those since the mark. */
  private async fillGap({ timer }: TimerChange, after: number | undefined, before: number): Promise<void> {
    const { id, roomId } = timer;
    if (after === undefined) return this.fillFromMark(timer, before);
    const missed =
      roomId === null ? this.log.between(id, after, before) : this.log.betweenOfRoom(roomId, after, before);
    for (const change of await missed) await this.handFromLog(change);
  }

  private async fillFromMark({ id, roomId }: Timer, before: number): Promise<void> {
    const missed =
      roomId === null ? this.log.sinceOf(id, this.currentMark) : this.log.sinceOfRoom(roomId, this.currentMark);
    for (const change of await missed) {
      if ((placeOf(change)?.revision ?? before) < before) await this.handFromLog(change);
    }
  }

  /** Invalidates the cached timer first, because the change may come from another instance. */
  private async handFromLog(change: TimerChange): Promise<void> {
    this.log.outdatedBy(change);
    await this.hand(change);
  }

  private async hand(change: TimerChange): Promise<void> {
    await Promise.all(this.handlers.map((handler) => handler(change)));
    const place = placeOf(change);
    if (place) this.lastRevisions.set(place.id, place.revision);
    if (this.told.length < MAX_TOLD) this.told.push(change.changeId);
  }
}
