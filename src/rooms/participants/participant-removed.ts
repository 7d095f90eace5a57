/** A participant was taken out of a room. */
export const PARTICIPANT_REMOVED = 'room.participant_removed';
