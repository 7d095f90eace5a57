import { flag, listOf, oneOfWords, ref, text } from '../../schema.js';
import { FRIENDSHIP, IDS, USER, VISIBILITY } from '../examples.js';
import { headers, json, pathPart, type Paths } from '../parts.js';
import { LISTED, ok, one, page, read, type Success, write } from '../v1-call.js';
import { idPart, userIdPart } from '../v1-requests.js';

/** `/v1/users/me`, `/v1/friends` and `/v1/visibility` (docs/spec/v1.md#9-usersme, docs/spec/v1.md#11-visibility). */

const ACCOUNT_EXPORT = {
  profile: USER,
  timers: [],
  schedules: [],
  todos: [],
  schedule_exceptions: [],
  tag_groups: [],
  tags: [],
  timer_corrections: [],
  room_presence: [],
  room_sessions: [],
  sessions: [],
  friend_requests_by_email: [],
  legacy_tokens: [],
  friendships: [],
  visibility_settings: [],
  has_calendar: false,
};

const USERS: Paths = {
  '/v1/users/me': {
    get: read({ id: 'getMe', summary: 'Get the profile', answers: { 200: one('User', USER) } }),
    patch: write({
      id: 'updateMe',
      summary: 'Change the profile',
      body: { schema: ref('UserPatch'), examples: { sharing: { activity_sharing: 'no_title' } } },
      answers: { 200: one('User', { ...USER, activity_sharing: 'no_title' }) },
      errors: ['InvalidTimezoneError'],
    }),
    delete: write({
      id: 'deleteMe',
      summary: 'Delete the account with all its data',
      description: 'Requires the password, or for accounts without one a token that is at most five minutes old.',
      body: {
        schema: ref('AccountDeletion'),
        examples: { password: { password: 'correct horse battery' } },
        optional: true,
      },
      answers: { 200: ok() },
      errors: ['ReauthenticationRequiredError'],
    }),
  },
  '/v1/users/me/export': {
    get: read({
      id: 'exportAccount',
      summary: 'Export all stored data of the account',
      answers: {
        200: {
          description: 'One object, streamed.',
          schema: ref('AccountExport'),
          examples: { account: ACCOUNT_EXPORT },
          headers: headers('Content-Disposition'),
        },
      },
    }),
  },
};

const FRIEND = {
  user_id: IDS.friend,
  friendship_id: IDS.friendship,
  display_name: 'Bob',
  avatar_url: null,
  since: '2026-01-28T10:00:00Z',
};
const PENDING = {
  id: IDS.friendship,
  requester_id: IDS.user,
  addressee_id: IDS.friend,
  addressee_email: null,
  requester_display_name: 'Alice',
  requester_avatar_url: null,
  created_at: '2026-01-28T10:00:00Z',
};

const requestId = pathPart('id', 'The request’s id.', idPart);
const userId = pathPart('user_id', 'The user’s id.', userIdPart);

const okMessage = (message: string): Success => ({
  description: 'Done.',
  schema: ref('OkMessage'),
  examples: { ok: { ok: true, message } },
});

const FRIENDS: Paths = {
  '/v1/friends': {
    get: read({
      id: 'listFriends',
      summary: 'List friends, the oldest friendship first',
      parameters: LISTED,
      answers: { 200: page('Friend', FRIEND) },
    }),
  },
  '/v1/friends/ids': {
    get: read({
      id: 'listFriendIds',
      summary: 'List the user ids of friends',
      parameters: LISTED,
      answers: {
        200: {
          ...page('Friend', undefined),
          schema: listOf(text(undefined, { maxLength: 255 }), { maxItems: 1_000 }),
          examples: { ids: [IDS.friend] },
        },
      },
    }),
  },
  '/v1/friends/check/{user_id}': {
    get: read({
      id: 'isFriend',
      summary: 'Check whether a user is a friend',
      parameters: [userId],
      answers: { 200: { description: 'Whether the user is a friend.', content: json(flag(), { yes: true }) } },
    }),
  },
  '/v1/friends/{id}': {
    delete: write({
      id: 'removeFriend',
      summary: 'End a friendship',
      parameters: [pathPart('id', 'The friendship’s id.', idPart)],
      answers: { 200: okMessage('Friend removed') },
      errors: ['FriendshipNotFoundError', 'NotFriendsError'],
    }),
  },
  '/v1/friends/block/{user_id}': {
    post: write({
      id: 'blockUser',
      summary: 'Block a user',
      parameters: [userId],
      answers: { 200: one('Friendship', { ...FRIENDSHIP, status: 'blocked', blocked_by: IDS.user }) },
      errors: ['CannotFriendSelfError'],
    }),
    delete: write({
      id: 'unblockUser',
      summary: 'Unblock a user',
      parameters: [userId],
      answers: { 200: okMessage('User unblocked') },
      errors: ['FriendshipNotFoundError', 'UserBlockedError'],
    }),
  },
};

const REQUESTS: Paths = {
  '/v1/friends/requests': {
    post: write({
      id: 'sendFriendRequest',
      summary: 'Send a friend request',
      body: {
        schema: ref('NewFriendRequest'),
        examples: { byCode: { friend_code: USER.friend_code }, byEmail: { email: 'bob@example.com' } },
      },
      answers: {
        201: one('Friendship', FRIENDSHIP, 'By code: the request.'),
        202: ok(
          'For an e-mail address, the response is always the same, so that it does not reveal who has an account.',
        ),
      },
      errors: [
        'CannotFriendSelfError',
        'UserBlockedError',
        'FriendCodeNotFoundError',
        'FriendRequestAlreadyExistsError',
        'AlreadyFriendsError',
        'LimitReachedError',
      ],
    }),
  },
  '/v1/friends/requests/received': {
    get: read({
      id: 'listReceivedFriendRequests',
      summary: 'List received requests, newest first',
      parameters: LISTED,
      answers: { 200: page('PendingRequest', PENDING) },
    }),
  },
  '/v1/friends/requests/sent': {
    get: read({
      id: 'listSentFriendRequests',
      summary: 'List sent requests, newest first',
      description:
        'A request by e-mail is listed until it is accepted or cancelled, whether or not the address has an account.',
      parameters: LISTED,
      answers: { 200: page('PendingRequest', { ...PENDING, addressee_id: null, addressee_email: 'bob@example.com' }) },
    }),
  },
  '/v1/friends/requests/{id}/accept': {
    post: write({
      id: 'acceptFriendRequest',
      summary: 'Accept a request',
      parameters: [requestId],
      answers: { 200: one('Friendship', { ...FRIENDSHIP, status: 'accepted' }) },
      errors: ['FriendRequestNotPendingError', 'NotFriendRequestRecipientError', 'FriendshipNotFoundError'],
    }),
  },
  '/v1/friends/requests/{id}/reject': {
    post: write({
      id: 'rejectFriendRequest',
      summary: 'Reject a request',
      parameters: [requestId],
      answers: { 200: okMessage('Friend request rejected') },
      errors: ['FriendRequestNotPendingError', 'NotFriendRequestRecipientError', 'FriendshipNotFoundError'],
    }),
  },
  '/v1/friends/requests/{id}': {
    delete: write({
      id: 'cancelFriendRequest',
      summary: 'Cancel a request',
      parameters: [requestId],
      answers: { 200: okMessage('Friend request cancelled') },
      errors: ['FriendRequestNotPendingError', 'NotFriendRequestRecipientError', 'FriendshipNotFoundError'],
    }),
  },
};

const resource = [
  pathPart('resource_type', 'The kind of item.', oneOfWords(['schedule', 'timer', 'todo'])),
  pathPart('resource_id', 'The item’s id.', idPart),
];

const SHARING: Paths = {
  '/v1/visibility/{resource_type}/{resource_id}': {
    get: read({
      id: 'getVisibility',
      summary: 'Get who else may read an item',
      parameters: resource,
      answers: { 200: one('Visibility', VISIBILITY) },
      errors: ['VisibilityNotFoundError', 'AccessDeniedError'],
    }),
    put: write({
      id: 'setVisibility',
      summary: 'Set who else may read an item',
      parameters: resource,
      body: {
        schema: ref('VisibilitySetting'),
        examples: { selected: { level: 'selected', allowed_user_ids: [IDS.friend] } },
      },
      answers: { 200: one('Visibility', VISIBILITY) },
      errors: ['CannotShareWithNonFriendError', 'VisibilityNotFoundError', 'AccessDeniedError'],
    }),
    delete: write({
      id: 'deleteVisibility',
      summary: 'Make an item private again',
      parameters: resource,
      answers: { 200: ok() },
      errors: ['VisibilityNotFoundError', 'AccessDeniedError'],
    }),
  },
};

export const PEOPLE_PATHS: Paths = { ...USERS, ...FRIENDS, ...REQUESTS, ...SHARING };
