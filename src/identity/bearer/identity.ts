import { createHash } from 'node:crypto';

/** Who sent a request, as a verified bearer token says it. */
export interface Identity {
  readonly userId: string;
  /** The sign-in behind one of our own tokens; null for people of an outside issuer and for `AUTH_MODE=open`. */
  readonly sessionId: string | null;
  /** Epoch seconds at which the token ends; Infinity where none was shown. */
  readonly expiresAt: number;
  /** When the person last showed who they are, epoch seconds. */
  readonly authTime: number;
}

/** How other instances recognise a deleted person without the log's keeping who it was. */
export const deletedUserHash = (userId: string): string => createHash('sha256').update(userId).digest('hex');

/** Kind of the signal that an account is gone, body `{user_hash}`: everything of it ends. */
export const USER_DELETED = 'user.deleted';
