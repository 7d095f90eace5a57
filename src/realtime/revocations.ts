import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { describeError } from '../common/logging/describe-error.js';
import { deletedUserHash, type Identity, USER_DELETED } from '../identity/bearer/identity.js';
import { Sessions, SESSIONS_ENDED } from '../identity/sessions/sessions.js';
import type { Signal } from '../signals/signal.js';
import { idInTopic, userTopic } from '../signals/topics.js';
import { Signals } from '../signals/signals.js';
import { CLOSE, type Connection } from './connection/connection.js';

const CHECK_EVERY_MS = 60_000;
const CHECKED_AT_ONCE = 1_000;

/** The sessions and accounts that end while a handshake or a renewal is under way. */
export class EndedMeanwhile {
  private readonly sessionIds = new Set<string>();
  private readonly userHashes = new Set<string>();
  /** Whether ends may have been missed meanwhile, so that nothing can be said of anybody. */
  hasGap = false;

  constructor(private readonly onStop: (ended: EndedMeanwhile) => void) {}

  note({ kind, body }: Signal): void {
    if (kind === USER_DELETED) this.userHashes.add(body.user_hash);
    if (kind === SESSIONS_ENDED) for (const id of body.session_ids) this.sessionIds.add(id);
  }

  /** Whether this identity was established before its end and must not be believed any more. */
  includes(identity: Identity | null): boolean {
    if (identity === null) return false;
    if (this.sessionIds.has(identity.sessionId ?? '')) return true;
    return this.userHashes.size > 0 && this.userHashes.has(deletedUserHash(identity.userId));
  }

  stop(): void {
    this.onStop(this);
  }
}

/**
 * Closes the sockets of sessions that end and of accounts that go, whichever instance ended them
 * (docs/spec/v1.md#31-own-accounts). Sessions also run out silently when nobody refreshes them, so those of open
 * sockets are looked up once a minute. When signals were missed, it is not known which have ended: all sockets close.
 */
@Injectable()
export class Revocations implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Revocations.name);
  private readonly connections = new Map<string, Set<Connection>>();
  private readonly underWay = new Set<EndedMeanwhile>();
  private checking: NodeJS.Timeout | undefined;

  constructor(
    signals: Signals,
    private readonly sessions: Sessions,
  ) {
    signals.subscribe((signal) => {
      this.apply(signal);
    });
    signals.onDistrust(() => {
      this.closeAll();
    });
  }

  onApplicationBootstrap(): void {
    this.checking = setInterval(() => void this.check(), CHECK_EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.checking);
  }

  /**
   * Call it before an identity is established, and ask it just before the connection is watched: what ends in between
   * reaches neither the look-up nor the watch. The caller stops it.
   */
  collect(): EndedMeanwhile {
    const ended = new EndedMeanwhile((stopped) => this.underWay.delete(stopped));
    this.underWay.add(ended);
    return ended;
  }

  watch(connection: Connection): void {
    const topic = topicOf(connection);
    const others = this.connections.get(topic) ?? new Set();
    this.connections.set(topic, others.add(connection));
  }

  forget(connection: Connection): void {
    const topic = topicOf(connection);
    const others = this.connections.get(topic);
    others?.delete(connection);
    if (others?.size === 0) this.connections.delete(topic);
  }

  /** Closes the sockets whose session has run out. Never fails: what cannot be looked up is looked up the next time. */
  async check(): Promise<void> {
    try {
      const ids = [...new Set([...this.watched()].flatMap(({ identity }) => identity?.sessionId ?? []))];
      for (let start = 0; start < ids.length; start += CHECKED_AT_ONCE) {
        await this.checkSlice(ids.slice(start, start + CHECKED_AT_ONCE));
      }
    } catch (error) {
      this.logger.warn({ msg: 'session check of open sockets failed, will retry', ...describeError(error) });
    }
  }

  private async checkSlice(ids: readonly string[]): Promise<void> {
    const open = await this.sessions.openAmong(ids);
    const over = new Set(ids.filter((id) => !open.has(id)));
    for (const connection of this.watched()) {
      if (over.has(connection.identity?.sessionId ?? '')) connection.endAccess('session ended');
    }
  }

  private *watched(): Generator<Connection> {
    for (const connections of this.connections.values()) yield* connections;
  }

  private apply(signal: Signal): void {
    const { kind, topic, body } = signal;
    if (kind !== SESSIONS_ENDED && kind !== USER_DELETED) return;
    for (const ended of this.underWay) ended.note(signal);
    if (kind === USER_DELETED) this.closeAllOf(body.user_hash);
    const ended = new Set(kind === SESSIONS_ENDED ? body.session_ids : []);
    for (const connection of this.connections.get(topic) ?? []) {
      if (ended.has(connection.identity?.sessionId ?? '')) connection.endAccess('session ended');
    }
  }

  /**
   * Who was removed, signed out or blocked meanwhile is not known: all of them come again, and are asked who they are.
   */
  private closeAll(): void {
    for (const ended of this.underWay) ended.hasGap = true;
    for (const connections of this.connections.values()) {
      for (const connection of connections) connection.close(CLOSE.goingAway, 'reconnect');
    }
  }

  private closeAllOf(userHash: string): void {
    for (const [topic, connections] of this.connections) {
      if (deletedUserHash(idInTopic('user', topic) ?? '') !== userHash) continue;
      for (const connection of connections) connection.endAccess('account deleted');
    }
  }
}

/** Those without an account are kept together, under a topic that no signal has. */
const topicOf = ({ identity }: Connection): string => (identity ? userTopic(identity.userId) : '');
