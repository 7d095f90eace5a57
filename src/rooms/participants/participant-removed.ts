/** Kind of the signal that somebody was taken out of a room: body `{participant_id}`; their sockets there are closed. */
export const PARTICIPANT_REMOVED = 'room.participant_removed';
