import { Injectable } from '@nestjs/common';

import { Database } from '../database/database.js';
import type { ActivitySharing } from '../identity/users/user.entity.js';
import { SHOWN_NAME } from './friend-lists.js';
import { friendIdsOf, noBlockBetween } from './sentences.js';

/** Who hears what a person's timers do, and what they are told (realtime.md, "friend_activity"). */
export interface Hearing {
  readonly friendIds: readonly string[];
  readonly displayName: string | null;
  readonly sharing: ActivitySharing;
}

const NOBODY: Hearing = { friendIds: [], displayName: null, sharing: 'off' };

/** The sentence "hears of": accepted friends, nobody across a block. */
@Injectable()
export class Audience {
  constructor(private readonly database: Database) {}

  /** Whom to tell and whether with the title; the caller looks at `sharing`. Nobody hears of an id that nobody has. */
  async friendsHearingOf(userId: string): Promise<Hearing> {
    const rows: Hearing[] = await this.database.query(
      `SELECT ${SHOWN_NAME} AS "displayName", u.activity_sharing AS sharing,
         ARRAY(SELECT p.id FROM (${friendIdsOf('u.id')}) AS p (id)
               WHERE ${noBlockBetween('u.id', 'p.id')} ORDER BY p.id) AS "friendIds"
       FROM users u WHERE u.id = $1`,
      [userId],
    );
    return rows[0] ?? NOBODY;
  }
}
