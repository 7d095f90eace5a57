/** One socket's place in a room. */
export interface Place {
  /** Of the row; another one after this instance was given up for dead. */
  id: string;
  readonly roomId: string;
  readonly participantId: string;
  readonly userId: string | null;
}

/** Kind of the signal that somebody came or went: body {@link PeopleChange}. */
export const ROOM_PEOPLE = 'room.people';

export type { PeopleChange } from '../signals/stored-events.js';
