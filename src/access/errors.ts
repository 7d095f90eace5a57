import { Failure } from '../common/errors.js';

/** No visibility was ever set, or there is no such resource (docs/spec/v1.md#21-domain-errors-and-500). */
export class VisibilityNotFoundError extends Failure {
  readonly code = 'VISIBILITY_NOT_FOUND';

  constructor() {
    super('Visibility setting not found');
  }
}

/** Somebody on a `selected` list is no accepted friend of the owner (docs/spec/v1.md#11-visibility). */
export class CannotShareWithNonFriendError extends Failure {
  readonly code = 'CANNOT_SHARE_WITH_NON_FRIEND';

  constructor() {
    super('Cannot share with non-friend users in SELECTED_FRIENDS mode');
  }
}

/** No friendship, request or block of this kind (docs/spec/v1.md#10-friends). */
export class FriendshipNotFoundError extends Failure {
  readonly code = 'FRIENDSHIP_NOT_FOUND';

  constructor() {
    super('Friendship not found');
  }
}

/** Nobody has this friend code. */
export class FriendCodeNotFoundError extends Failure {
  readonly code = 'FRIEND_CODE_NOT_FOUND';

  constructor() {
    super('Friend code not found');
  }
}

/** A request between the two is pending, whoever sent it. */
export class FriendRequestAlreadyExistsError extends Failure {
  readonly code = 'FRIEND_REQUEST_ALREADY_EXISTS';

  constructor() {
    super('Friend request already exists');
  }
}

/** The two are friends: there is nothing to ask for. */
export class AlreadyFriendsError extends Failure {
  readonly code = 'ALREADY_FRIENDS';

  constructor() {
    super('Already friends with this user');
  }
}

/** Requesting and blocking take two (docs/spec/v1.md#21-domain-errors-and-500). */
export class CannotFriendSelfError extends Failure {
  readonly code = 'CANNOT_FRIEND_SELF';

  constructor() {
    super('Cannot send friend request to yourself');
  }
}

/** The request was answered already, or a block took its place. */
export class FriendRequestNotPendingError extends Failure {
  readonly code = 'FRIEND_REQUEST_NOT_PENDING';

  constructor() {
    super('Friend request is not pending');
  }
}

/**
 * Only the addressee answers a request and only the requester takes it back; both are worded alike
 * (docs/spec/v1.md#21-domain-errors-and-500).
 */
export class NotFriendRequestRecipientError extends Failure {
  readonly code = 'NOT_FRIEND_REQUEST_RECIPIENT';

  constructor() {
    super('You are not the recipient of this friend request');
  }
}

/** The person has asked as many addresses as anybody may without an answer. */
export class TooManyRequestsByEmailError extends Failure {
  readonly code = 'TOO_MANY_REQUESTS_BY_EMAIL';

  constructor() {
    super('Limit reached: friend requests by e-mail');
  }
}

/** One of the two blocked the other. */
export class UserBlockedError extends Failure {
  readonly code = 'USER_BLOCKED';

  constructor() {
    super('This user is blocked or has blocked you');
  }
}

/** The friendship is between others. */
export class NotFriendsError extends Failure {
  readonly code = 'NOT_FRIENDS';

  constructor() {
    super('You are not friends with this user');
  }
}
