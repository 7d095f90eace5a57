/** The kind of subject of a topic. */
export type TopicKind = 'user' | 'activity' | 'room' | 'timer';

const topicOf = (kind: TopicKind, id: string): string => `${kind}:${id}`;

/** A user's own devices. */
export const userTopic = (userId: string): string => topicOf('user', userId);

/** The participants of a room. */
export const roomTopic = (roomId: string): string => topicOf('room', roomId);

/** Friends who get a user's timer activity. */
export const activityTopic = (userId: string): string => topicOf('activity', userId);

/** Connections that follow one timer of another user. */
export const timerTopic = (timerId: string): string => topicOf('timer', timerId);

/** Connections that follow all timers shared with their users. */
export const SHARED_TOPIC = 'shared-timers';

/** Deleted accounts. Their own topics cannot be used, because a topic contains the user's id. */
export const DELETED_USERS_TOPIC = 'deleted-user';

/** The id in a topic of this kind; undefined for a topic of another kind. */
export function idInTopic(kind: TopicKind, topic: string): string | undefined {
  const prefix = topicOf(kind, '');
  return topic.startsWith(prefix) ? topic.slice(prefix.length) : undefined;
}
