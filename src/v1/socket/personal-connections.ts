import type { Connection } from '../../realtime/connection/connection.js';

/** What a personal socket follows of others (docs/spec/sockets.md#the-personal-socket). */
export class Following {
  /** It asked for `scope: "shared"`: everything shared with its person by friendship or by a list. */
  shared = false;
  /** Timers it was shown. */
  readonly timers = new Map<string, Followed>();
}

/** Somebody else's timer that a connection follows. */
export interface Followed {
  readonly ownerId: string;
  /** What it was shown first: what the timer was before is none of its business. */
  readonly from: number;
}

/** What is kept of a personal socket: what it follows, and from where it reads on. */
export class PersonalState extends Following {
  /** Former friends: the list of friends that a new connection reads may be older. */
  readonly parted = new Set<string>();

  /** @param since the mark to read on from, as sent */
  constructor(readonly since: string | null) {
    super();
  }
}

/** The person on a personal socket; every such connection has one. */
export const userOf = ({ identity }: Connection): string => identity?.userId ?? '';

export const stateOf = (connection: Connection): PersonalState => connection.state as PersonalState;

export const followingOf = (connection: Connection): Following => stateOf(connection);
