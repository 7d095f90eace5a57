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

/** Kind of the signal that an account is gone: everything of it ends. */
export const USER_DELETED = 'user.deleted';
