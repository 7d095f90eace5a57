import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import { Transactions } from '../../database/transactions.js';
import { userTopic } from '../../signals/topics.js';
import { Signals } from '../../signals/signals.js';
import type { ActivitySharing } from './user.entity.js';
import { READ_PROFILE, UPDATE_PROFILE } from './users.sql.js';

/** What a person sees of themselves (docs/spec/v1.md#9-usersme). */
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

/** What people show of themselves, and to whom. */
@Injectable()
export class Profiles {
  constructor(
    private readonly database: Database,
    private readonly transactions: Transactions,
    private readonly signals: Signals,
  ) {}

  async get(userId: string): Promise<Profile | undefined> {
    const [profile] = await this.database.query<Profile>(READ_PROFILE, [userId]);
    return profile;
  }

  update(userId: string, change: ProfileChange): Promise<Profile | undefined> {
    const { displayName, avatarUrl, activitySharing, timezone } = change;
    return this.transactions.of(userId).run(async (transaction) => {
      const [profile] = await this.database.query<Profile>(UPDATE_PROFILE, [
        userId,
        displayName !== undefined,
        displayName ?? null,
        avatarUrl !== undefined,
        avatarUrl ?? null,
        activitySharing ?? null,
        timezone ?? null,
      ]);
      // Nobody is told of an account that is gone: the log would keep its id.
      if (profile === undefined) return undefined;
      await this.signals.add(transaction, { topic: userTopic(userId), kind: PROFILE_CHANGED, body: {} });
      return profile;
    });
  }
}
