import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';

import { Audience } from '../../access/audience.js';
import { FRIENDSHIP_CHANGED } from '../../access/friendship.js';
import { describeError } from '../../common/logging/describe-error.js';
import { parseChangeId } from '../../realtime/change-id.js';
import type { Connection } from '../../realtime/connection/connection.js';
import { Hub } from '../../realtime/hub/hub.js';
import { MessageSender } from '../../realtime/message-sender.js';
import { Signals } from '../../signals/signals.js';
import type { StoredEventBodies } from '../../signals/stored-events.js';
import { activityTopic, userTopic } from '../../signals/topics.js';
import { PersonalChanges } from './personal-changes.js';
import { stateOf, userOf } from './personal-connections.js';
import { PersonalSync } from './personal-sync.js';
import { Viewers } from './viewers.js';

/** Subscribes personal sockets to their user's topics and to those of friends, as long as they are friends. */
@Injectable()
export class PersonalSubscriptions implements OnModuleInit {
  private readonly logger = new Logger(PersonalSubscriptions.name);

  constructor(
    private readonly hub: Hub,
    private readonly sender: MessageSender,
    private readonly audience: Audience,
    private readonly sync: PersonalSync,
    private readonly changes: PersonalChanges,
    private readonly viewers: Viewers,
    private readonly signals: Signals,
  ) {}

  onModuleInit(): void {
    this.signals.subscribe((signal) => {
      if (signal.kind === FRIENDSHIP_CHANGED) this.friendshipChanged(signal.body);
    });
  }

  /** Subscribes a new connection, then sends the state (docs/spec/sockets.md#the-personal-socket). */
  async onConnect(connection: Connection): Promise<void> {
    const userId = userOf(connection);
    this.hub.subscribe(connection, userTopic(userId));
    const { friendIds } = await this.audience.friendsHearingOf(userId);
    const { since, parted } = stateOf(connection);
    for (const friendId of friendIds) {
      if (!parted.has(friendId)) this.hub.subscribe(connection, activityTopic(friendId));
    }
    // A client that is cut off before it has what it missed has to ask for it again, so the old mark stays.
    const changeId = parseChangeId(since) && since ? since : this.changes.changeId();
    this.sender.send(connection, { type: 'connected', userId, message: 'Connected to timer WebSocket' }, changeId);
    const list = since === null ? this.sync.active(connection) : this.sync.resume(connection, since);
    this.sender.send(connection, await list);
  }

  onDisconnect(connection: Connection): void {
    this.hub.remove(connection);
  }

  /** Open sockets follow a friendship at once. */
  private friendshipChanged(body: StoredEventBodies['friendship.changed']): void {
    const [one, other] = body.user_ids;
    const isFriend = body.status === 'accepted';
    for (const [listener, friend] of [
      [one, other],
      [other, one],
    ] as const) {
      for (const connection of this.hub.listenersOf(userTopic(listener))) {
        if (isFriend) this.befriend(connection, friend);
        else this.part(connection, friend);
      }
    }
    if (!isFriend) void this.recheck([one, other]);
  }

  private befriend(connection: Connection, friendId: string): void {
    stateOf(connection).parted.delete(friendId);
    this.hub.subscribe(connection, activityTopic(friendId));
  }

  private part(connection: Connection, friendId: string): void {
    stateOf(connection).parted.add(friendId);
    this.hub.unsubscribe(connection, activityTopic(friendId));
  }

  private async recheck(userIds: readonly string[]): Promise<void> {
    try {
      await this.viewers.recheck(userIds);
    } catch (error) {
      this.logger.warn({ msg: 'access of viewers not checked', ...describeError(error) });
    }
  }
}
