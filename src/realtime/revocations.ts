import { Injectable } from '@nestjs/common';

import { deletedUserHash, USER_DELETED } from '../identity/bearer/identity.js';
import { SESSIONS_ENDED } from '../identity/sessions/sessions.js';
import { type Signal, userTopic } from '../signals/signal.js';
import { Signals } from '../signals/signals.js';
import { CLOSE, type Connection } from './connection/connection.js';

/** Closes the sockets of sessions that end and of accounts that go, whichever instance ended them (v1.md 3.1). */
@Injectable()
export class Revocations {
  private readonly connections = new Map<string, Set<Connection>>();

  constructor(signals: Signals) {
    signals.subscribe((signal) => {
      this.apply(signal);
    });
  }

  watch(connection: Connection): void {
    const topic = topicOf(connection);
    if (topic === undefined) return;
    const others = this.connections.get(topic) ?? new Set();
    this.connections.set(topic, others.add(connection));
  }

  forget(connection: Connection): void {
    const topic = topicOf(connection) ?? '';
    const others = this.connections.get(topic);
    others?.delete(connection);
    if (others?.size === 0) this.connections.delete(topic);
  }

  private apply({ kind, topic, body }: Signal): void {
    if (kind !== SESSIONS_ENDED && kind !== USER_DELETED) return;
    if (kind === USER_DELETED) this.closeAllOf(String(body['user_hash']));
    const ended = new Set(body['session_ids'] as string[] | undefined);
    for (const connection of this.connections.get(topic) ?? []) {
      if (ended.has(connection.identity?.sessionId ?? '')) connection.close(CLOSE.expired, 'session ended');
    }
  }

  private closeAllOf(userHash: string): void {
    for (const [topic, connections] of this.connections) {
      if (deletedUserHash(topic.slice(userTopic('').length)) !== userHash) continue;
      for (const connection of connections) connection.close(CLOSE.expired, 'account deleted');
    }
  }
}

const topicOf = ({ identity }: Connection): string | undefined => identity?.userId && userTopic(identity.userId);
