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

/** Collects the sign-in sessions and accounts that end while a handshake or a renewal is in progress. */
export class EndedMeanwhile {
  private readonly sessionIds = new Set<string>();
  private readonly userHashes = new Set<string>();
  /** Whether stored events may have been missed, so that the collection may be incomplete. */
  hasGap = false;

  constructor(private readonly onStop: (ended: EndedMeanwhile) => void) {}

  note({ kind, body }: Signal): void {
    if (kind === USER_DELETED) this.userHashes.add(body.user_hash);
    if (kind === SESSIONS_ENDED) for (const id of body.session_ids) this.sessionIds.add(id);
  }

  /** Whether the session or account of this identity has ended since the collection began. */
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
 * Closes the sockets of ended sign-in sessions and deleted accounts, whichever instance ended them
 * (docs/spec/v1.md#31-own-accounts). A session that is not refreshed expires without an event, so the sessions of open
 * sockets are checked once a minute. If stored events were missed, all sockets close, because any session may have
 * ended.
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
   * Starts to collect ended sessions and accounts. Call it before an identity is looked up, and query the result just
   * before the connection is watched: an end in between is seen by neither the lookup nor the watch. The caller must
   * call `stop()` on the result.
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

  /**
   * Closes the sockets whose session has expired. Never rejects: a failed check is logged and repeated at the next one.
   */
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
   * Closes all connections, because missed events may have removed, signed out or blocked any user. Clients reconnect
   * and authenticate again.
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

/** Connections without an account share the empty topic, which no stored event has. */
const topicOf = ({ identity }: Connection): string => (identity ? userTopic(identity.userId) : '');
