import { formatInstant, UTC } from '../../common/time/time-zone.js';
import type { Present } from '../../room-people/presence.js';
import type { JoinedParticipant } from './participants.js';

/** The response to a join, with the token that authenticates the participant from then on. */
export const presentJoined = ({ roomId, participant, token }: JoinedParticipant) => ({
  participant_id: participant.id,
  participant_token: token,
  room_id: roomId,
  name: participant.name,
  is_host: participant.isHost,
  joined_at: formatInstant(participant.createdAt, UTC),
});

/** The people of a room and their number. */
export const presentPeople = (people: readonly Present[]) => ({
  participants: people.map(({ id, name, isHost, joinedAt }) => ({
    participant_id: id,
    name,
    is_host: isHost,
    joined_at: formatInstant(joinedAt, UTC),
  })),
  count: people.length,
});
