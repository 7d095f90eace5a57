import type { RateRule } from './rate-limits.js';

const WINDOW = { windowSeconds: 60 };

/** The rules of docs/spec/v1.md#42-rate-limits, for v1 and the legacy API together; the first that fits a call alone counts. */
export const RATE_RULES = {
  /** Sign-up, login, passwords and mailed codes, of one address. */
  signIn: { name: 'sign-in', points: 100, ...WINDOW },
  /** The same, of one address and e-mail; of a person who is signed in, from wherever. */
  signInWithEmail: { name: 'sign-in-email', points: 10, ...WINDOW },
  refresh: { name: 'refresh', points: 30, ...WINDOW },
  /** Refreshes of one address, before the body tells whose session it is: many people may share one. */
  refreshesOfAddress: { name: 'refreshes', points: 600, ...WINDOW },
  friendRequests: { name: 'friend-requests', points: 20, ...WINDOW },
  writes: { name: 'writes', points: 120, ...WINDOW },
  /** Tokens and secrets of one address that opened nothing. */
  failedAuthentications: { name: 'failed-authentications', points: 600, ...WINDOW },
  reads: { name: 'reads', points: 600, ...WINDOW },
} as const satisfies Record<string, RateRule>;

/** The rule of a call that has none of its own. */
export const ruleOfMethod = (method: string): RateRule =>
  method === 'GET' || method === 'HEAD' ? RATE_RULES.reads : RATE_RULES.writes;
