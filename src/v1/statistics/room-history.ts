import { Injectable } from '@nestjs/common';

import type { Seconds } from '../../common/time/date-time.js';
import { Attendance, type AttendancePosition, type AttendedPage } from '../../room-people/attendance.js';
import type { Segment } from '../../timer-domain/rules/segments.js';

const AT_ONCE = 500;
/** Sessions may be paused; one that began longer ago than this has nothing to add. */
const LONGEST = 31 * 86_400;

/** When a person worked in rooms: what `include=rooms` adds to their statistics (docs/spec/extensions.md#statistics). */
export abstract class RoomHistory {
  /**
   * The person's own presence in work sessions of rooms, one item per session, its segments in order.
   * @param from in seconds since the epoch; sessions that ended before may be left out
   * @param to sessions that began then or later may be left out
   */
  abstract segmentsOf(userId: string, from: Seconds, to: Seconds): AsyncIterable<readonly Segment[]>;
}

/** The presence that the timer domain keeps. */
@Injectable()
export class AttendedRooms extends RoomHistory {
  constructor(private readonly attendance: Attendance) {
    super();
  }

  async *segmentsOf(userId: string, from: Seconds, to: Seconds): AsyncGenerator<readonly Segment[]> {
    let position: AttendancePosition | undefined = { at: to, id: '' };
    while (position !== undefined && position.at > from - LONGEST) {
      const page: AttendedPage = await this.attendance.before(userId, position, AT_ONCE);
      for (const { segments } of page.attended) yield segments;
      position = page.next;
    }
  }
}
