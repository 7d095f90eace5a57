import { Injectable } from '@nestjs/common';

import { Database } from '../database/database.js';
import type { ActivitySharing } from '../identity/users/user.entity.js';
import { HEARING } from './visibility.sql.js';

/** Who hears what a person's timers do, and what they are told (docs/spec/sockets.md#the-personal-socket). */
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
    const [hearing] = await this.database.query<Hearing>(HEARING, [userId]);
    return hearing ?? NOBODY;
  }
}
