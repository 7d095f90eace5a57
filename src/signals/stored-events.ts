/** Somebody joined or left a room. */
export interface PeopleChange {
  readonly action: 'joined' | 'left';
  readonly participant: { readonly id: string; readonly name: string };
  readonly current_count: number;
}

/** Every kind of stored event and its body, in the spelling of the database. */
export interface StoredEventBodies {
  /** These sessions of a user have ended: their tokens and sockets with them. */
  readonly 'sessions.ended': { readonly session_ids: readonly string[] };
  /** An account is gone; the id itself is stored nowhere, so its hash stands for it. */
  readonly 'user.deleted': { readonly user_hash: string };
  /** A user's name, time zone or `activity_sharing`. */
  readonly 'profile.changed': Readonly<Record<string, never>>;
  /** Of two users: friends, no longer friends, or one has blocked the other. */
  readonly 'friendship.changed': {
    readonly user_ids: readonly [string, string];
    readonly status: 'accepted' | 'none' | 'blocked';
  };
  /** The readers of a schedule, todo or timer. */
  readonly 'visibility.changed': {
    readonly resource_type: string;
    readonly resource_id: string;
    readonly owner_id: string;
  };
  /** A room's settings; its timer has this revision since then. */
  readonly 'room.updated': { readonly revision: number };
  readonly 'room.deleted': Readonly<Record<string, never>>;
  /** An idle room shows another phase; no session changed, so the change log has nothing of it. */
  readonly 'room.clock_shows': { readonly revision: number };
  readonly 'room.people': PeopleChange;
  /** A participant was taken out of a room: their sockets there are closed. */
  readonly 'room.participant_removed': { readonly participant_id: string };
}

export type StoredEventKind = keyof StoredEventBodies;

/** Something that happened and is no timer: an ended session, a friendship, a room's settings (docs/architecture.md#two-logs). */
export type StoredEvent = {
  readonly [Kind in StoredEventKind]: {
    /** The place in the log. */
    readonly id: string;
    /** Those whom it concerns: see `topics.ts`. */
    readonly topic: string;
    readonly kind: Kind;
    readonly body: StoredEventBodies[Kind];
    /** Milliseconds since the epoch, by the database's clock. */
    readonly at: number;
  };
}[StoredEventKind];

/** An event that is to be stored. */
export type NewStoredEvent = {
  readonly [Kind in StoredEventKind]: {
    readonly topic: string;
    readonly kind: Kind;
    readonly body: StoredEventBodies[Kind];
  };
}[StoredEventKind];
