import type { Seconds } from '../common/time/date-time.js';

export type FriendshipStatus = 'pending' | 'accepted' | 'blocked';

/** What two people are to each other, one per pair; blocks are kept per direction beneath it (docs/spec/v1.md#10-friends). */
export interface Friendship {
  readonly id: string;
  readonly requesterId: string;
  readonly addresseeId: string;
  readonly status: FriendshipStatus;
  /** Of the two the one who asks, when it is they who blocked; what the other did is not theirs to see. */
  readonly blockedBy: string | null;
  readonly createdAt: Seconds;
  readonly updatedAt: Seconds;
}

/**
 * Kind of the signal to both people that what they are to each other changed: body `{user_ids: [a, b], status}` with
 * `accepted`, `none` or `blocked`. A request that is sent, rejected or taken back changes nothing anybody may see.
 */
export const FRIENDSHIP_CHANGED = 'friendship.changed';

export type FriendshipRow = Omit<Friendship, 'blockedBy'>;

/** Two people, in the order in which they are spoken of. */
export type Pair = readonly [string, string];

export const pairOf = ({ requesterId, addresseeId }: FriendshipRow): Pair => [requesterId, addresseeId];
