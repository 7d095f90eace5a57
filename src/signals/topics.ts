/** What a topic is about: those who listen to it hear of this user, room or timer. */
export type TopicKind = 'user' | 'activity' | 'room' | 'timer';

const topicOf = (kind: TopicKind, id: string): string => `${kind}:${id}`;

/** A user's own devices. */
export const userTopic = (userId: string): string => topicOf('user', userId);

/** Everybody in a room. */
export const roomTopic = (roomId: string): string => topicOf('room', roomId);

/** Friends who hear of a user's timers. */
export const activityTopic = (userId: string): string => topicOf('activity', userId);

/** Connections that follow one timer of another user. */
export const timerTopic = (timerId: string): string => topicOf('timer', timerId);

/** Connections that follow everything that is shared with their users. */
export const SHARED_TOPIC = 'shared-timers';

/** Accounts that are gone: no user's topic, which would name the user. */
export const DELETED_USERS_TOPIC = 'deleted-user';

/** The id in a topic of this kind; undefined in another's. */
export function idInTopic(kind: TopicKind, topic: string): string | undefined {
  const prefix = topicOf(kind, '');
  return topic.startsWith(prefix) ? topic.slice(prefix.length) : undefined;
}
