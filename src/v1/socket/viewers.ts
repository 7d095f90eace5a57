import { Injectable } from '@nestjs/common';

import { Readers } from '../../access/readers.js';
import { deletedUserHash } from '../../identity/bearer/identity.js';
import type { Connection } from '../../realtime/connection/connection.js';
import { Hub } from '../../realtime/hub/hub.js';
import type { TimerChange } from '../../timer-domain/records/timer-change.js';
import type { Timer } from '../../timer-domain/rules/timer.js';
import { idInTopic, SHARED_TOPIC, timerTopic } from '../../signals/topics.js';
import { followingOf, userOf } from './personal-connections.js';
import { changeMessage, goneMessage, type Show } from './timer-messages.js';

/**
 * Sockets that follow somebody else's timers because they asked to (docs/spec/sockets.md#the-personal-socket). Whether
 * they still may is asked at each change; who no longer may is told that the timer is gone.
 */
@Injectable()
export class Viewers {
  constructor(
    private readonly hub: Hub,
    private readonly readers: Readers,
  ) {}

  /** The connection was shown this timer of somebody else and follows it from now on. */
  follow(connection: Connection, { id, userId, revision }: Pick<Timer, 'id' | 'userId' | 'revision'>): void {
    const { timers } = followingOf(connection);
    if (!timers.has(id)) timers.set(id, { ownerId: userId ?? '', from: revision });
    this.hub.subscribe(connection, timerTopic(id));
  }

  /** @returns whether the connection had followed it */
  unfollow(connection: Connection, timerId: string): boolean {
    this.hub.unsubscribe(connection, timerTopic(timerId));
    return followingOf(connection).timers.delete(timerId);
  }

  followShared(connection: Connection): void {
    followingOf(connection).shared = true;
    this.hub.subscribe(connection, SHARED_TOPIC);
  }

  /** Tells those who may see it, and parts from those who no longer may. @param showOf how the timer is shown */
  async tell(change: TimerChange, showOf: () => Promise<Show>, changeId: string): Promise<void> {
    const { timer, at } = change;
    const candidates = this.candidates(timer);
    if (candidates.length === 0) return;
    const allowed = change.action === 'delete' ? undefined : await this.allowed(candidates, timer.id);
    const show = await showOf();
    const broadcast = { at, changeId, timer: { id: timer.id, revision: timer.revision } };
    for (const [userId, connections] of byUser(candidates)) {
      const may = connections.filter((connection) => isAllowed(connection, timer.id, allowed?.get(userId)));
      for (const connection of may) this.follow(connection, timer);
      this.hub.broadcastTo(may, { ...broadcast, message: (to) => changeMessage(change, show, to, userId) });
      const parted = connections.filter(
        (connection) => !may.includes(connection) && this.unfollow(connection, timer.id),
      );
      this.hub.broadcastTo(parted, { ...broadcast, message: () => goneMessage(timer, change.actor) });
    }
  }

  /** Friendship or blocks between two people changed: who follows a timer of the other may no longer see it. */
  async recheck(userIds: readonly string[]): Promise<void> {
    for (const connection of this.followersAmong(userIds)) {
      for (const [timerId, { ownerId }] of followingOf(connection).timers) {
        if (!userIds.includes(ownerId)) continue;
        const allowed = await this.allowed([connection], timerId);
        if (!allowed.has(userOf(connection))) this.part(connection, timerId);
      }
    }
  }

  /** Somebody's account is gone, and with it what others followed of them. @param userHash who, as the log says it */
  forgetOwner(userHash: string): void {
    const isTheirs = (userId: string | undefined) => userId !== undefined && deletedUserHash(userId) === userHash;
    for (const topic of this.hub.heardTopics()) {
      const userId = idInTopic('activity', topic);
      const timerId = idInTopic('timer', topic);
      // Only personal sockets listen to timers; the sockets of rooms follow nothing.
      for (const connection of [...this.hub.listenersOf(topic)]) {
        if (isTheirs(userId)) this.hub.unsubscribe(connection, topic);
        if (timerId === undefined) continue;
        if (isTheirs(followingOf(connection).timers.get(timerId)?.ownerId)) this.part(connection, timerId);
      }
    }
  }

  private followersAmong(userIds: readonly string[]): Connection[] {
    return userIds.flatMap((userId) => [...this.hub.listenersOf(`user:${userId}`)]);
  }

  private candidates(timer: Timer): Connection[] {
    const following = [...this.hub.listenersOf(timerTopic(timer.id))];
    const isShared = timer.visibilityLevel !== null && timer.visibilityLevel !== 'private';
    const shared = isShared ? [...this.hub.listenersOf(SHARED_TOPIC)] : [];
    return [...new Set([...following, ...shared])].filter((connection) => userOf(connection) !== timer.userId);
  }

  private allowed(connections: readonly Connection[], timerId: string) {
    const userIds = [...new Set(connections.map(userOf))];
    return this.readers.among(userIds, { type: 'timer', id: timerId });
  }

  /** Nothing happened to the timer: no revision of its own goes with the message. */
  private part(connection: Connection, id: string): void {
    if (!this.unfollow(connection, id)) return;
    const revision = connection.lastRevisionOf(id) ?? 0;
    this.hub.broadcastTo([connection], { message: () => goneMessage({ id, revision }, null) });
  }
}

/** A stranger's public timer is shown to who asked for it by its id, and not to who follows what is shared with them. */
function isAllowed(connection: Connection, timerId: string, reading: { listed: boolean } | undefined): boolean {
  if (reading === undefined) return false;
  return reading.listed || followingOf(connection).timers.has(timerId);
}

function byUser(connections: readonly Connection[]): Map<string, Connection[]> {
  const users = new Map<string, Connection[]>();
  for (const connection of connections) {
    const userId = userOf(connection);
    users.set(userId, [...(users.get(userId) ?? []), connection]);
  }
  return users;
}
