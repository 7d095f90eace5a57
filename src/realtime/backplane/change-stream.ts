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
/** Ids of told changes that are kept; those beyond are read once more, and known by their revisions. */
const MAX_TOLD = 100_000;

/**
 * What a change is ordered by: a person's timer by itself, a room's sessions together by their clock
 * (docs/spec/extensions.md#sockets).
 */
interface Place {
  readonly id: string;
  readonly revision: number;
}

/** @returns undefined for what is no news of its own: a session's end that its room's next step tells of */
function placeOf({ timer, room }: TimerChange): Place | undefined {
  if (timer.roomId === null) return timer;
  return room && { id: timer.roomId, revision: room.revision };
}

/** Tells connections of a change; may look something up first. */
export type ChangeHandler = (change: TimerChange) => Promise<void>;

/**
 * Every change of every timer, from this process at once and from others by the log, each once and those of one timer
 * in the order of their revisions: a gap is filled from the log before anything newer goes on
 * (docs/architecture.md#order-of-frames). Nobody connected, nothing is read.
 */
@Injectable()
export class ChangeStream implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(ChangeStream.name);
  private readonly handlers: ChangeHandler[] = [];
  private readonly lastRevisions = new LRUCache<string, number>({ max: REMEMBERED_TIMERS });
  /** Timers with changes under way, and what they end with. */
  private readonly lanes = new Map<string, Promise<void>>();
  private currentMark: ChangeMoment = { log: '', snapshot: '', at: 0 };
  /** Ids of what was told since the mark: the log is asked for the rest only. */
  private told: string[] = [];
  private reading: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  /** Changes that could not be told while the database was away: the log is read from the same mark again. */
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
   * Everything committed before this has been told here; whoever reads on from it misses nothing
   * (docs/spec/extensions.md#sockets).
   */
  get mark(): ChangeMark {
    return this.currentMark;
  }

  /** Resolves when everything accepted so far has been told. */
  async settled(): Promise<void> {
    await Promise.all(this.lanes.values());
  }

  /** Somebody was shown the timer at this revision: what is missing between it and the next change is filled in. */
  shown(timerId: string, revision: number): void {
    if (!this.lastRevisions.has(timerId)) this.lastRevisions.set(timerId, revision);
  }

  /** Resolves when what was accepted so far of one timer has been told. */
  async settledOf(timerId: string): Promise<void> {
    await this.lanes.get(timerId);
  }

  /** Reads what others have written since the last time; one reading at a time. */
  follow(): Promise<void> {
    this.reading = this.reading.then(() => this.readOn());
    return this.reading;
  }

  private async readOn(): Promise<void> {
    const { told } = this;
    this.told = [];
    try {
      const isFurther = (this.hub.isEmpty && (await this.skipAhead())) || (await this.readAllBut(told));
      // What was told before is behind the new mark.
      if (!isFurther) this.takeBack(told);
      changesReadAt.setToCurrentTime();
    } catch (error) {
      if (error instanceof LogLostError && (await this.startAfresh())) return;
      this.takeBack(told);
      this.logger.warn({ msg: 'the change log cannot be read', ...describeError(error) });
    }
  }

  /** The log does not reach back to here, or is another one: every client asks for the state anew, or is told to. */
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

  /** @returns whether all of it could be told, so that the mark moves on */
  private async readAllBut(told: readonly string[]): Promise<boolean> {
    const failures = this.failures;
    const handOver = (changes: readonly TimerChange[]) => {
      for (const change of changes) {
        this.log.outdatedBy(change);
        this.accept(change);
      }
      // No more of it is in hand than a page.
      return this.settled();
    };
    const mark = await this.log.readOn(this.currentMark, handOver, told);
    if (failures < this.failures) return false;
    this.currentMark = mark;
    return true;
  }

  /** Nobody listens: what happened meanwhile need not be read. @returns false when somebody has come */
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
      // Whoever comes next reads it as state; the log must not bring it as news.
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

  /** What lies between the last that was told and this; of what is not known here, what is new in the log. */
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

  /** It may be another instance's, of which nothing is known here yet. */
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
