/** This process's record of one connection to a room. */
export interface Place {
  /** Id of the row; replaced when another instance has closed the row because this one was silent. */
  id: string;
  readonly roomId: string;
  readonly participantId: string;
  readonly userId: string | null;
}

/** Kind of the stored event for a join or a leave; its body is a {@link PeopleChange}. */
export const ROOM_PEOPLE = 'room.people';

export type { PeopleChange } from '../signals/stored-events.js';
