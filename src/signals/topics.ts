/** What is told to one user's own devices. */
export const userTopic = (userId: string): string => `user:${userId}`;

/** What is told to everybody in a room. */
export const roomTopic = (roomId: string): string => `room:${roomId}`;
