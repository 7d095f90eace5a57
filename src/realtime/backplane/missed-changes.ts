import { Injectable } from '@nestjs/common';

import { ChangeLog } from '../../timer-domain/log/change-log.js';
import type { TimerChange } from '../../timer-domain/records/timer-change.js';
import { parseChangeId } from '../change-id.js';
import type { Connection } from '../connection/connection.js';

/** More than this a client does better without (docs/spec/extensions.md#sockets). */
const MAX_MISSED = 1_000;

/** So many are in memory at a time; a peer that does not read holds no more. */
const PAGE = 25;

/** Whose changes: everything of these owners, and of these timers. */
interface Missing {
  readonly owners: readonly string[];
  readonly timerIds: readonly string[];
}

/** What a client missed while it was away. */
@Injectable()
export class MissedChanges {
  constructor(private readonly log: ChangeLog) {}

  /**
   * Hands over every change since a mark, oldest first, and no faster than the peer takes what `tell` answers it; one
   * may be repeated, none is left out.
   * @param tell the changes of a page; what it returns is waited for
   * @returns whether it was all: not when the log does not reach back, or when more than 1,000 are missing
   */
  async tell(
    connection: Connection,
    changeId: unknown,
    who: Missing,
    tell: (changes: readonly TimerChange[]) => Promise<void>,
  ): Promise<boolean> {
    const mark = parseChangeId(changeId);
    if (mark === undefined || !(await this.log.reaches(mark))) return false;
    const places = await this.log.placesSince(mark, who, MAX_MISSED + 1);
    if (places.length > MAX_MISSED) return false;
    for (let start = 0; start < places.length && connection.isOpen; start += PAGE) {
      await connection.answersTaken();
      const page = places.slice(start, start + PAGE);
      const changes = await this.log.at(page);
      await tell(changes);
      if (changes.length < page.length) return false;
    }
    await connection.answersTaken();
    // Days may have been dropped while they were looked up.
    return this.log.reaches(mark);
  }
}
