/** Kind of the stored event for a participant removed from a room. */
export const PARTICIPANT_REMOVED = 'room.participant_removed';
