import type { RoomTimer } from '../../timer-domain/rules/room-timer.js';

export const CONTROLS = ['everyone', 'host'] as const;
export type Control = (typeof CONTROLS)[number];

/** A room; its name and the durations of its phases belong to its timer. */
export interface Room {
  readonly id: string;
  readonly control: Control;
  readonly hostUserId: string | null;
  /** SHA-256 of the host token. */
  readonly hostTokenHash: Buffer;
  readonly shareUrl: string;
  /** Whole seconds since the epoch. */
  readonly createdAt: number;
  /** Last recorded use, in seconds since the epoch. */
  readonly usedAt: number;
  readonly roomTimer: RoomTimer;
}
