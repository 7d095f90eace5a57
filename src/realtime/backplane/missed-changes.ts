import { Injectable } from '@nestjs/common';

import { ChangeLog } from '../../timer-domain/changes/change-log.js';
import type { TimerChange } from '../../timer-domain/changes/timer-change.js';
import { parseChangeId } from '../change-id.js';

/** More than this a client does better without (extensions.md, "Sockets"). */
const MAX_MISSED = 1_000;

/** What a client missed while it was away. */
@Injectable()
export class MissedChanges {
  constructor(private readonly log: ChangeLog) {}

  /**
   * Every change after `changeId` to the timers of these owners and to these timers, oldest first; one may be repeated,
   * none is left out.
   * @returns undefined when the log does not reach back, or when they are more than 1,000
   */
  async since(
    changeId: unknown,
    who: { owners: readonly string[]; timerIds: readonly string[] },
  ): Promise<TimerChange[] | undefined> {
    const mark = parseChangeId(changeId);
    if (mark === undefined || !(await this.log.reaches(mark))) return undefined;
    const missed = await this.log.since(mark, who, MAX_MISSED + 1);
    // Days may have been dropped while they were looked up.
    return missed.length > MAX_MISSED || !(await this.log.reaches(mark)) ? undefined : missed;
  }
}
