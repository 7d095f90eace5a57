/** A participant joined or left a room. */
export interface PeopleChange {
  readonly action: 'joined' | 'left';
  readonly participant: { readonly id: string; readonly name: string };
  readonly current_count: number;
}

/** Every kind of stored event and its body, with kinds and keys as the database stores them. */
export interface StoredEventBodies {
  /** These sign-in sessions of a user have ended, and with them their tokens and sockets. */
  readonly 'sessions.ended': { readonly session_ids: readonly string[] };
  /** An account was deleted. The event has a hash of the user id, because the id must not be stored any more. */
  readonly 'user.deleted': { readonly user_hash: string };
  /** A user's name, time zone or `activity_sharing` changed. */
  readonly 'profile.changed': Readonly<Record<string, never>>;
  /** Two users became friends, are no longer friends, or one has blocked the other. */
  readonly 'friendship.changed': {
    readonly user_ids: readonly [string, string];
    readonly status: 'accepted' | 'none' | 'blocked';
  };
  /** The set of users who may read a schedule, todo or timer changed. */
  readonly 'visibility.changed': {
    readonly resource_type: string;
    readonly resource_id: string;
    readonly owner_id: string;
  };
  /** A room's settings changed; `revision` is the room timer's revision after the change. */
  readonly 'room.updated': { readonly revision: number };
  readonly 'room.deleted': Readonly<Record<string, never>>;
  /** An idle room's timer shows another phase. No session changed, so the change log has no entry for it. */
  readonly 'room.clock_shows': { readonly revision: number };
  readonly 'room.people': PeopleChange;
  /** A participant was removed from a room; their sockets there are closed. */
  readonly 'room.participant_removed': { readonly participant_id: string };
}

export type StoredEventKind = keyof StoredEventBodies;

/**
 * An event that concerns no timer: an ended session, a friendship, a room's settings (docs/architecture.md#two-logs).
 */
export type StoredEvent = {
  readonly [Kind in StoredEventKind]: {
    /** The row's id in the log. */
    readonly id: string;
    /** The topic of the event: see `topics.ts`. */
    readonly topic: string;
    readonly kind: Kind;
    readonly body: StoredEventBodies[Kind];
    /** Milliseconds since the epoch, by the database's clock. */
    readonly at: number;
  };
}[StoredEventKind];

/** An event to store. */
export type NewStoredEvent = {
  readonly [Kind in StoredEventKind]: {
    readonly topic: string;
    readonly kind: Kind;
    readonly body: StoredEventBodies[Kind];
  };
}[StoredEventKind];
