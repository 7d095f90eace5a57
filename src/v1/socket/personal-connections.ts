import type { Connection } from '../../realtime/connection/connection.js';

/** What a personal socket follows of others (realtime.md). */
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

/** The person on a personal socket; every such connection has one. */
export const userOf = ({ identity }: Connection): string => identity?.userId ?? '';

export const followingOf = (connection: Connection): Following => connection.state as Following;
