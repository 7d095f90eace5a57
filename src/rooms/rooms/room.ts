import type { RoomTimer } from '../../timer-domain/rules/room-timer.js';

export const CONTROLS = ['everyone', 'host'] as const;
export type Control = (typeof CONTROLS)[number];

/** A room; what it is called and how long its phases are stands with its timer. */
export interface Room {
  readonly id: string;
  readonly control: Control;
  readonly hostUserId: string | null;
  /** SHA-256 of the host token. */
  readonly hostTokenHash: Buffer;
  readonly shareUrl: string;
  /** Whole seconds since the epoch. */
  readonly createdAt: number;
  /** Seconds since the epoch: when it was last noted that it is in use. */
  readonly usedAt: number;
  readonly roomTimer: RoomTimer;
}
