import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

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
  readonly addresseeId: string;
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
  constructor(private readonly dataSource: DataSource) {}

  /** Accepted ones, the oldest friendship first. */
  friendsOf(userId: string, { limit, after }: Stretch): Promise<Friend[]> {
    return this.dataSource.query(
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
    const rows: unknown[] = await this.dataSource.query(
      `SELECT FROM friendships WHERE status = 'accepted'
         AND ((requester_id = $1 AND addressee_id = $2) OR (requester_id = $2 AND addressee_id = $1))`,
      [userId, otherId],
    );
    return rows.length > 0;
  }

  /** Pending ones, newest first. */
  received(userId: string, stretch: Stretch): Promise<PendingRequest[]> {
    return this.pending('f.addressee_id', userId, stretch);
  }

  /** Pending ones, newest first. */
  sent(userId: string, stretch: Stretch): Promise<PendingRequest[]> {
    return this.pending('f.requester_id', userId, stretch);
  }

  private pending(side: string, userId: string, { limit, after }: Stretch): Promise<PendingRequest[]> {
    return this.dataSource.query(
      `SELECT f.id, f.requester_id AS "requesterId", f.addressee_id AS "addresseeId",
         ${SHOWN_NAME} AS "requesterDisplayName", ${SHOWN_AVATAR} AS "requesterAvatarUrl",
         extract(epoch from f.created_at)::float8 AS "createdAt"
       FROM friendships f JOIN users u ON u.id = f.requester_id
       WHERE f.status = 'pending' AND ${side} = $1
         AND ($3::float8 IS NULL OR (f.created_at, f.id) < (to_timestamp($3), $4::uuid))
       ORDER BY f.created_at DESC, f.id DESC LIMIT $2`,
      [userId, limit, after?.at ?? null, after?.id ?? null],
    );
  }
}
