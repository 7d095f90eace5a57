import { Injectable } from '@nestjs/common';

import { ChangeLog } from '../../timer-domain/log/change-log.js';
import type { TimerChange } from '../../timer-domain/records/timer-change.js';
import { parseChangeId } from '../change-id.js';
import type { Connection } from '../connection/connection.js';

/** With more missed changes, a full list is cheaper for the client (docs/spec/extensions.md#sockets). */
const MAX_MISSED = 1_000;

/** Changes in memory at a time, also when the peer does not read. */
const PAGE = 25;

/** Selects all changes of these owners and of these timers. */
interface Missing {
  readonly owners: readonly string[];
  readonly timerIds: readonly string[];
}

/** Replays the changes that a client missed while it was disconnected. */
@Injectable()
export class MissedChanges {
  constructor(private readonly log: ChangeLog) {}

  /**
   * Hands over every change since a mark, oldest first, and no faster than the peer reads what `tell` sends it. A
   * change may be repeated, but none is left out.
   * @param changeId the client's mark, not validated yet
   * @param tell sends the changes of one page; awaited before the next page
   * @returns false if the result is incomplete: the mark is invalid, the log does not reach back to it, or more than
   * 1,000 changes are missing
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
    // Partitions of the log may have been dropped during the replay.
    return this.log.reaches(mark);
  }
}
