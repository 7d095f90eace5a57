import { Inject, Injectable } from '@nestjs/common';

import { SETTINGS, type Settings } from '../../config/settings.js';
import { ChangeLog } from '../../timer-domain/changes/change-log.js';
import type { TimerChange } from '../../timer-domain/changes/timer-change.js';
import { Clock } from '../../timer-domain/clock/clock.js';
import { parseChangeId } from '../change-id.js';

/** More than this a client does better without (extensions.md, "Sockets"). */
const MAX_MISSED = 1_000;
/** Partitions go at midnight: what is that old may be gone an hour sooner than promised. */
const MARGIN_SECONDS = 3_600;

/** What a client missed while it was away. */
@Injectable()
export class MissedChanges {
  constructor(
    private readonly log: ChangeLog,
    private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Every change after `changeId` to the timers of these owners and to these timers, oldest first; one may be repeated,
   * none is left out.
   * @returns undefined when the log does not reach back, or when they are more than 1,000
   */
  async since(
    changeId: unknown,
    who: { owners: readonly string[]; timerIds: readonly string[] },
  ): Promise<TimerChange[] | undefined> {
    const since = parseChangeId(changeId);
    if (since === undefined || this.isTooOld(since.at) || !(await this.log.reaches(since.mark))) return undefined;
    const missed = await this.log.since(since.mark, who, MAX_MISSED + 1);
    return missed.length > MAX_MISSED ? undefined : missed;
  }

  private isTooOld(at: number): boolean {
    const kept = this.settings.database.changeLogRetentionMs / 1_000 - MARGIN_SECONDS;
    return this.clock.now() / 1_000 - at > kept;
  }
}
