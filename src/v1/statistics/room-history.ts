import { Injectable } from '@nestjs/common';

import type { Seconds } from '../../common/time/date-time.js';
import type { Segment } from '../../timer-domain/rules/segments.js';

/** When a person worked in rooms: what `include=rooms` adds to their statistics (extensions.md). */
export abstract class RoomHistory {
  /**
   * The person's own presence in work sessions of rooms, one item per session, its segments in order.
   * @param from in seconds since the epoch; sessions that ended before may be left out
   * @param to sessions that began then or later may be left out
   */
  abstract segmentsOf(userId: string, from: Seconds, to: Seconds): AsyncIterable<readonly Segment[]>;
}

/** A server without rooms has no sessions. The module of rooms puts its own history in the place of this one. */
@Injectable()
export class NoRoomHistory extends RoomHistory {
  async *segmentsOf(): AsyncGenerator<readonly Segment[]> {
    // Nobody was ever anywhere.
  }
}
