import { Injectable } from '@nestjs/common';

import { Database } from '../database/database.js';
import type { Seconds } from '../common/time/date-time.js';

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

/** The name of the user `u`: what a person set themselves comes before what their issuer said (v1.md 9). */
export const SHOWN_NAME = `coalesce(u.display_name, u.claims->>'display_name')`;
const SHOWN_AVATAR = `coalesce(u.avatar_url, u.claims->>'avatar_url')`;

/** Who is a person's friend, and who has asked whom (v1.md 10). */
@Injectable()
export class FriendLists {
  constructor(private readonly database: Database) {}

  /** Accepted ones, the oldest friendship first. */
  friendsOf(userId: string, { limit, after }: Stretch): Promise<Friend[]> {
    return this.database.query(
      `SELECT u.id AS "userId", f.id AS "friendshipId", ${SHOWN_NAME} AS "displayName", ${SHOWN_AVATAR} AS "avatarUrl",
         extract(epoch from f.accepted_at)::float8 AS since
       FROM friendships f
       JOIN users u ON u.id = CASE WHEN f.requester_id = $1 THEN f.addressee_id ELSE f.requester_id END
       WHERE f.status = 'accepted' AND (f.requester_id = $1 OR f.addressee_id = $1)
         AND ($3::float8 IS NULL OR (f.accepted_at, f.id) > (to_timestamp($3), $4::uuid))
       ORDER BY f.accepted_at, f.id LIMIT $2`,
      [userId, limit, after?.at ?? null, after?.id ?? null],
    );
  }

  async areFriends(userId: string, otherId: string): Promise<boolean> {
    const rows: unknown[] = await this.database.query(
      `SELECT FROM friendships WHERE status = 'accepted'
         AND ((requester_id = $1 AND addressee_id = $2) OR (requester_id = $2 AND addressee_id = $1))`,
      [userId, otherId],
    );
    return rows.length > 0;
  }

  /** Pending ones, newest first. */
  received(userId: string, stretch: Stretch): Promise<PendingRequest[]> {
    const asked = `SELECT f.id, f.requester_id, f.addressee_id, NULL AS email, f.created_at FROM friendships f
      WHERE f.status = 'pending' AND f.addressee_id = $1`;
    return this.pending(asked, userId, stretch);
  }

  /** Pending ones, newest first. Those by e-mail say nothing of who has the address (v1.md 10). */
  sent(userId: string, stretch: Stretch): Promise<PendingRequest[]> {
    const asked = `SELECT f.id, f.requester_id, f.addressee_id, NULL AS email, f.created_at FROM friendships f
        WHERE f.status = 'pending' AND f.requester_id = $1
          AND NOT EXISTS (SELECT FROM requests_by_email e WHERE e.id = f.id)
      UNION ALL
      SELECT e.id, e.requester_id, NULL, e.email, e.created_at FROM requests_by_email e WHERE e.requester_id = $1`;
    return this.pending(asked, userId, stretch);
  }

  /** @param asked the requests of the person `$1`: a query of five columns */
  private pending(asked: string, userId: string, { limit, after }: Stretch): Promise<PendingRequest[]> {
    return this.database.query(
      `SELECT f.id, f.requester_id AS "requesterId", f.addressee_id AS "addresseeId", f.email AS "addresseeEmail",
         ${SHOWN_NAME} AS "requesterDisplayName", ${SHOWN_AVATAR} AS "requesterAvatarUrl",
         extract(epoch from f.created_at)::float8 AS "createdAt"
       FROM (${asked}) f JOIN users u ON u.id = f.requester_id
       WHERE $3::float8 IS NULL OR (f.created_at, f.id) < (to_timestamp($3), $4::uuid)
       ORDER BY f.created_at DESC, f.id DESC LIMIT $2`,
      [userId, limit, after?.at ?? null, after?.id ?? null],
    );
  }
}
