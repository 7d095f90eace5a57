import { at, type CallOptions, type Http, type WriteOptions } from './http.js';
import { List } from './list.js';
import type {
  CalendarUrl,
  Friend,
  FriendRequest,
  Friendship,
  ListQuery,
  Ok,
  OkMessage,
  Profile,
  ProfilePatch,
  ResourceType,
  Visibility,
  VisibilityChoice,
} from './types.js';

/** Friends, requests and blocks (docs/spec/v1.md#10-friends). */
export class Friends {
  constructor(private readonly http: Http) {}

  list(query?: CallOptions & ListQuery): List<Friend> {
    return new List(this.http, '/v1/friends', query);
  }

  ids(query?: CallOptions & ListQuery): List<string> {
    return new List(this.http, '/v1/friends/ids', query);
  }

  /** Whether a user is a friend. */
  check(userId: string, options?: CallOptions): Promise<boolean> {
    return this.http.call('GET', at`/v1/friends/check/${userId}`, undefined, options);
  }

  received(query?: CallOptions & ListQuery): List<FriendRequest> {
    return new List(this.http, '/v1/friends/requests/received', query);
  }

  sent(query?: CallOptions & ListQuery): List<FriendRequest> {
    return new List(this.http, '/v1/friends/requests/sent', query);
  }

  /** For an e-mail address, the response does not reveal whether it has an account. */
  request(whom: { readonly friend_code: string }, options?: WriteOptions): Promise<Friendship>;
  request(whom: { readonly email: string }, options?: WriteOptions): Promise<Ok>;
  request(whom: object, options?: WriteOptions): Promise<Friendship | Ok> {
    return this.http.call('POST', '/v1/friends/requests', whom, options);
  }

  accept(requestId: string, options?: WriteOptions): Promise<Friendship> {
    return this.http.call('POST', at`/v1/friends/requests/${requestId}/accept`, undefined, options);
  }

  reject(requestId: string, options?: WriteOptions): Promise<OkMessage> {
    return this.http.call('POST', at`/v1/friends/requests/${requestId}/reject`, undefined, options);
  }

  cancel(requestId: string, options?: WriteOptions): Promise<OkMessage> {
    return this.http.call('DELETE', at`/v1/friends/requests/${requestId}`, undefined, options);
  }

  remove(friendshipId: string, options?: WriteOptions): Promise<OkMessage> {
    return this.http.call('DELETE', at`/v1/friends/${friendshipId}`, undefined, options);
  }

  block(userId: string, options?: WriteOptions): Promise<Friendship> {
    return this.http.call('POST', at`/v1/friends/block/${userId}`, undefined, options);
  }

  unblock(userId: string, options?: WriteOptions): Promise<OkMessage> {
    return this.http.call('DELETE', at`/v1/friends/block/${userId}`, undefined, options);
  }
}

/** Who may read the user's items (docs/spec/v1.md#11-visibility). */
export class Visibilities {
  constructor(private readonly http: Http) {}

  /** @throws MetronomeError VisibilityNotFoundError if it was never set */
  get(type: ResourceType, id: string, options?: CallOptions): Promise<Visibility> {
    return this.http.call('GET', at`/v1/visibility/${type}/${id}`, undefined, options);
  }

  set(type: ResourceType, id: string, choice: VisibilityChoice, options?: WriteOptions): Promise<Visibility> {
    return this.http.call('PUT', at`/v1/visibility/${type}/${id}`, choice, options);
  }

  /** Makes the item private again. */
  delete(type: ResourceType, id: string, options?: WriteOptions): Promise<Ok> {
    return this.http.call('DELETE', at`/v1/visibility/${type}/${id}`, undefined, options);
  }
}

/** The user's own profile (docs/spec/v1.md#9-usersme). */
export class Me {
  constructor(private readonly http: Http) {}

  get(options?: CallOptions): Promise<Profile> {
    return this.http.call('GET', '/v1/users/me', undefined, options);
  }

  update(patch: ProfilePatch, options?: WriteOptions): Promise<Profile> {
    return this.http.call('PATCH', '/v1/users/me', patch, options);
  }

  /** Deletes the account with all its data. @throws MetronomeError ReauthenticationRequiredError */
  delete(password?: string, options?: WriteOptions): Promise<Ok> {
    return this.http.call('DELETE', '/v1/users/me', password === undefined ? undefined : { password }, options);
  }

  /** Exports all data of the account as one JSON file. */
  async export(options: CallOptions = {}): Promise<Blob> {
    return (await this.http.send({ method: 'GET', path: '/v1/users/me/export', options: { ...options } })).blob();
  }

  /** Creates a feed for calendar programs and revokes the previous secret address. */
  openCalendar(options?: WriteOptions): Promise<CalendarUrl> {
    return this.http.call('POST', '/v1/users/me/calendar', undefined, options);
  }

  closeCalendar(options?: WriteOptions): Promise<Ok> {
    return this.http.call('DELETE', '/v1/users/me/calendar', undefined, options);
  }
}
