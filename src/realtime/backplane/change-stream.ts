import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

import { describeError } from '../../common/logging/describe-error.js';
import { ChangeFeed } from '../../timer-domain/changes/change-feed.js';
import { ChangeLog, type ChangeMark } from '../../timer-domain/changes/change-log.js';
import type { TimerChange } from '../../timer-domain/changes/timer-change.js';
import { Hub } from '../hub/hub.js';

const EVERY_MS = 1_000;
const REMEMBERED_TIMERS = 50_000;

/** Tells connections of a change; may look something up first. */
export type ChangeHandler = (change: TimerChange) => Promise<void>;

/**
 * Every change of every timer, from this process at once and from others by the log, each once and those of one timer in
 * the order of their revisions: a gap is filled from the log before anything newer goes on (design.md, "The hub keeps
 * order"). Nobody connected, nothing is read.
 */
@Injectable()
export class ChangeStream implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(ChangeStream.name);
  private readonly handlers: ChangeHandler[] = [];
  private readonly lastRevisions = new LRUCache<string, number>({ max: REMEMBERED_TIMERS });
  /** Timers with changes under way, and what they end with. */
  private readonly lanes = new Map<string, Promise<void>>();
  private currentMark: ChangeMark = '';
  private reading: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly log: ChangeLog,
    private readonly hub: Hub,
    feed: ChangeFeed,
  ) {
    feed.subscribe((change) => {
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

  /** Everything committed before this has been told here; whoever reads on from it misses nothing (extensions.md). */
  get mark(): ChangeMark {
    return this.currentMark;
  }

  /** Resolves when everything accepted so far has been told. */
  async settled(): Promise<void> {
    while (this.lanes.size > 0) await Promise.all(this.lanes.values());
  }

  /** Reads what others have written since the last time; one reading at a time. */
  follow(): Promise<void> {
    this.reading = this.reading.then(() => this.readOn());
    return this.reading;
  }

  private async readOn(): Promise<void> {
    try {
      if (this.hub.isEmpty) {
        this.currentMark = await this.log.mark();
        return;
      }
      const mark = await this.log.readOn(this.currentMark, (changes) => {
        for (const change of changes) this.accept(change);
      });
      await this.settled();
      this.currentMark = mark;
    } catch (error) {
      this.logger.warn({ msg: 'the change log cannot be read', ...describeError(error) });
    }
  }

  private accept(change: TimerChange): void {
    const { id, revision } = change.timer;
    const last = this.lastRevisions.get(id);
    if (last !== undefined && revision <= last && !this.lanes.has(id)) return;
    if (this.hub.isEmpty) return;
    const lane = (this.lanes.get(id) ?? Promise.resolve()).then(() => this.advance(change));
    this.lanes.set(id, lane);
    void lane.then(() => {
      if (this.lanes.get(id) === lane) this.lanes.delete(id);
    });
  }

  private async advance(change: TimerChange): Promise<void> {
    const { id, revision } = change.timer;
    const last = this.lastRevisions.get(id);
    if (last !== undefined && revision <= last) return;
    try {
      if (last !== undefined && revision > last + 1) await this.fillGap(id, last, revision);
      this.lastRevisions.set(id, revision);
      await this.hand(change);
    } catch (error) {
      this.logger.error({ msg: 'a change could not be told', ...describeError(error) });
    }
  }

  private async fillGap(timerId: string, after: number, before: number): Promise<void> {
    for (const missed of await this.log.between(timerId, after, before)) await this.hand(missed);
  }

  private async hand(change: TimerChange): Promise<void> {
    await Promise.all(this.handlers.map((handler) => handler(change)));
  }
}
