import { Injectable } from '@nestjs/common';

import { Database } from '../database/database.js';
import type { Seconds } from '../common/time/date-time.js';
import { FRIENDS, RECEIVED, SENT } from './friend-lists.sql.js';
import { ARE_FRIENDS } from './friendships.sql.js';

export interface Friend {
  readonly userId: string;
  readonly friendshipId: string;
  readonly displayName: string | null;
  readonly avatarUrl: string | null;
  /** When the request was accepted. */
  readonly since: Seconds;
}

export interface PendingRequest {
  readonly id: string;
  readonly requesterId: string;
  /** Null in one's own request by e-mail, whether or not the address has an account. */
  readonly addresseeId: string | null;
  /** What was asked by e-mail; null otherwise, and for the addressee. */
  readonly addresseeEmail: string | null;
  readonly requesterDisplayName: string | null;
  readonly requesterAvatarUrl: string | null;
  readonly createdAt: Seconds;
}

/** A stretch of a list: at most `limit` items behind the one with this time and id. */
export interface Stretch {
  readonly limit: number;
  readonly after?: { readonly at: Seconds; readonly id: string } | undefined;
}

/** Who is a person's friend, and who has asked whom (docs/spec/v1.md#10-friends). */
@Injectable()
export class FriendLists {
  constructor(private readonly database: Database) {}

  /** Accepted ones, the oldest friendship first. */
  friendsOf(userId: string, stretch: Stretch): Promise<Friend[]> {
    return this.read(FRIENDS, userId, stretch);
  }

  async areFriends(userId: string, otherId: string): Promise<boolean> {
    return (await this.database.query(ARE_FRIENDS, [userId, otherId])).length > 0;
  }

  /** Pending ones, newest first. */
  received(userId: string, stretch: Stretch): Promise<PendingRequest[]> {
    return this.read(RECEIVED, userId, stretch);
  }

  /** Pending ones, newest first. Those by e-mail say nothing of who has the address (docs/spec/v1.md#10-friends). */
  sent(userId: string, stretch: Stretch): Promise<PendingRequest[]> {
    return this.read(SENT, userId, stretch);
  }

  private read<Row extends object>(statement: string, userId: string, { limit, after }: Stretch): Promise<Row[]> {
    return this.database.query<Row>(statement, [userId, limit, after?.at ?? null, after?.id ?? null]);
  }
}
