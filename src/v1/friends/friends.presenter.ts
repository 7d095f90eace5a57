import type { Friend, PendingRequest } from '../../access/friend-lists.js';
import type { Friendship } from '../../access/friendship.js';
import { formatInstant, UTC } from '../../common/time/time-zone.js';

/** The objects of docs/spec/v1.md#10-friends; their times are UTC (docs/spec/v1.md#15-timezone). */

export const presentFriendship = (friendship: Friendship) => ({
  id: friendship.id,
  requester_id: friendship.requesterId,
  addressee_id: friendship.addresseeId,
  status: friendship.status,
  blocked_by: friendship.blockedBy,
  created_at: formatInstant(friendship.createdAt, UTC),
  updated_at: formatInstant(friendship.updatedAt, UTC),
});

export const presentFriend = (friend: Friend) => ({
  user_id: friend.userId,
  friendship_id: friend.friendshipId,
  display_name: friend.displayName,
  avatar_url: friend.avatarUrl,
  since: formatInstant(friend.since, UTC),
});

export const presentRequest = (request: PendingRequest) => ({
  id: request.id,
  requester_id: request.requesterId,
  addressee_id: request.addresseeId,
  addressee_email: request.addresseeEmail,
  requester_display_name: request.requesterDisplayName,
  requester_avatar_url: request.requesterAvatarUrl,
  created_at: formatInstant(request.createdAt, UTC),
});
