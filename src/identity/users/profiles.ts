import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import { Transactions } from '../../database/transactions.js';
import { userTopic } from '../../signals/topics.js';
import { Signals } from '../../signals/signals.js';
import type { ActivitySharing } from './user.entity.js';

/** What a person sees of themselves (v1.md 9). */
export interface Profile {
  readonly id: string;
  readonly displayName: string | null;
  readonly avatarUrl: string | null;
  readonly friendCode: string;
  readonly email: string | null;
  readonly activitySharing: ActivitySharing;
  readonly timezone: string;
}

/** What a person may set; undefined keeps, null returns to what their issuer says. */
export interface ProfileChange {
  readonly displayName?: string | null | undefined;
  readonly avatarUrl?: string | null | undefined;
  readonly activitySharing?: ActivitySharing | undefined;
  readonly timezone?: string | undefined;
}

/** Kind of the signal that a name, a picture or a setting changed: what is remembered of the person is asked again. */
export const PROFILE_CHANGED = 'profile.changed';

const SHOWN = `id, coalesce(display_name, claims->>'display_name') AS "displayName",
  coalesce(avatar_url, claims->>'avatar_url') AS "avatarUrl", friend_code AS "friendCode",
  coalesce(verified_email, email) AS email, activity_sharing AS "activitySharing", timezone`;

/** What people show of themselves, and to whom. */
@Injectable()
export class Profiles {
  constructor(
    private readonly database: Database,
    private readonly transactions: Transactions,
    private readonly signals: Signals,
  ) {}

  async get(userId: string): Promise<Profile | undefined> {
    const rows: Profile[] = await this.database.query(`SELECT ${SHOWN} FROM users WHERE id = $1`, [userId]);
    return rows[0];
  }

  update(userId: string, change: ProfileChange): Promise<Profile | undefined> {
    const { displayName, avatarUrl, activitySharing, timezone } = change;
    return this.transactions.of(userId).run(async (transaction) => {
      const [rows]: [Profile[]] = await transaction.manager.query(
        `UPDATE users SET
           display_name = CASE WHEN $2 THEN $3 ELSE display_name END,
           avatar_url = CASE WHEN $4 THEN $5 ELSE avatar_url END,
           activity_sharing = coalesce($6, activity_sharing),
           timezone = coalesce($7, timezone)
         WHERE id = $1 RETURNING ${SHOWN}`,
        [
          userId,
          displayName !== undefined,
          displayName ?? null,
          avatarUrl !== undefined,
          avatarUrl ?? null,
          activitySharing ?? null,
          timezone ?? null,
        ],
      );
      // Nobody is told of an account that is gone: the log would keep its id.
      if (rows[0] === undefined) return undefined;
      await this.signals.add(transaction, { topic: userTopic(userId), kind: PROFILE_CHANGED, body: {} });
      return rows[0];
    });
  }
}
