import { Injectable } from '@nestjs/common';

import { Readers } from '../../access/readers.js';
import type { Connection } from '../../realtime/connection/connection.js';
import { Hub } from '../../realtime/hub/hub.js';
import { Speaker } from '../../realtime/speaker.js';
import type { TimerChange } from '../../timer-domain/changes/timer-change.js';
import type { Timer } from '../../timer-domain/rules/timer.js';
import { followingOf, SHARED_TOPIC, timerTopic, userOf } from './personal-connections.js';
import { changeMessage, goneMessage, type Show } from './timer-messages.js';

/**
 * Sockets that follow somebody else's timers because they asked to (realtime.md). Whether they still may is asked at each
 * change; who no longer may is told that the timer is gone.
 */
@Injectable()
export class Viewers {
  constructor(
    private readonly hub: Hub,
    private readonly readers: Readers,
    private readonly speaker: Speaker,
  ) {}

  /** The connection was shown this timer of somebody else and follows it from now on. */
  follow(connection: Connection, { id, userId }: Pick<Timer, 'id' | 'userId'>): void {
    followingOf(connection).timers.set(id, userId ?? '');
    this.hub.subscribe(connection, timerTopic(id));
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
    const announcement = { at, changeId, timer: { id: timer.id, revision: timer.revision } };
    for (const [userId, connections] of byUser(candidates)) {
      const may = connections.filter((connection) => isAllowed(connection, timer.id, allowed?.get(userId)));
      for (const connection of may) this.follow(connection, timer);
      this.hub.tell(may, { ...announcement, message: (to) => changeMessage(change, show, to, userId) });
      for (const connection of connections) if (!may.includes(connection)) this.part(connection, timer);
    }
  }

  /** Friendship or blocks between two people changed: who follows a timer of the other may no longer see it. */
  async recheck(userIds: readonly string[]): Promise<void> {
    for (const connection of this.followersAmong(userIds)) {
      for (const [timerId, ownerId] of followingOf(connection).timers) {
        if (!userIds.includes(ownerId)) continue;
        const allowed = await this.allowed([connection], timerId);
        if (!allowed.has(userOf(connection))) {
          this.part(connection, { id: timerId, revision: connection.delivered.revisionOf(timerId) ?? 0 });
        }
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

  private part(connection: Connection, { id, revision }: Pick<Timer, 'id' | 'revision'>): void {
    if (!followingOf(connection).timers.delete(id)) return;
    this.hub.unsubscribe(connection, timerTopic(id));
    this.speaker.tell(connection, goneMessage(id, revision));
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
