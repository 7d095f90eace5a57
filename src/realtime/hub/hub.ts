import { Injectable } from '@nestjs/common';

import { crashPoint } from '../../common/crash-point.js';
import type { TimeZone } from '../../common/time/time-zone.js';
import type { Connection, TimerRevision } from '../connection/connection.js';
import type { Dialect, Endpoint, ServerMessage } from '../messages.js';
import { MessageSender } from '../message-sender.js';

/** The properties of a connection that determine a message's encoding. */
export interface Recipient {
  readonly dialect: Dialect;
  readonly zone: TimeZone;
  readonly endpoint: Endpoint;
}

/** A message for every connection of a topic. */
export interface Broadcast {
  /** The message or messages for a kind of recipient; called at most once per kind. Several are sent together. */
  readonly message: (to: Recipient) => ServerMessage | readonly ServerMessage[];
  /** Time of the change in whole epoch seconds; defaults to the time of sending. */
  readonly at?: number;
  readonly changeId?: string;
  /** The timer that changed: frames of one timer are sent in the order of its revisions. */
  readonly timer?: TimerRevision;
}

/**
 * The connections of this process and the topics (`user:…`, `activity:…`, `room:…`, `timer:…`) that they subscribe to.
 * A broadcast is encoded once per dialect, time zone and endpoint, not once per socket.
 */
@Injectable()
export class Hub {
  private readonly listeners = new Map<string, Set<Connection>>();
  private readonly topics = new Map<Connection, Set<string>>();

  constructor(private readonly sender: MessageSender) {}

  subscribe(connection: Connection, topic: string): void {
    addTo(this.listeners, topic, connection);
    addTo(this.topics, connection, topic);
  }

  unsubscribe(connection: Connection, topic: string): void {
    removeFrom(this.listeners, topic, connection);
    removeFrom(this.topics, connection, topic);
  }

  /** Removes a closed connection from all topics. */
  remove(connection: Connection): void {
    for (const topic of this.topics.get(connection) ?? []) removeFrom(this.listeners, topic, connection);
    this.topics.delete(connection);
  }

  /** The connections that subscribe to a topic. */
  listenersOf(topic: string): ReadonlySet<Connection> {
    return this.listeners.get(topic) ?? NOBODY;
  }

  /** Every topic that has a subscriber. */
  heardTopics(): string[] {
    return [...this.listeners.keys()];
  }

  isHeard(topic: string): boolean {
    return this.listeners.has(topic);
  }

  /** Whether no connection subscribes to any topic. */
  get isEmpty(): boolean {
    return this.topics.size === 0;
  }

  /** Sends a message to every connection of the topic. @returns the number of connections that it was sent to */
  broadcast(topic: string, broadcast: Broadcast): number {
    return this.broadcastTo(this.listenersOf(topic), broadcast);
  }

  /** Sends a message to these connections. @returns the number of connections that it was sent to */
  broadcastTo(connections: Iterable<Connection>, broadcast: Broadcast): number {
    const frames = new Map<string, Buffer>();
    let sent = 0;
    let spokenTo = '';
    let frame: Buffer | undefined;
    for (const connection of connections) {
      // Most recipients share one encoding, so the previous one is compared first.
      if (frame === undefined || connection.spokenTo !== spokenTo) {
        ({ spokenTo } = connection);
        frame = frames.get(spokenTo) ?? this.frameFor(connection, broadcast, frames);
      }
      if (frame === undefined || !connection.broadcast(frame, broadcast.timer)) continue;
      sent += 1;
      crashPoint('mid-fan-out');
    }
    return sent;
  }

  /** Encodes the broadcast for connections like this one; undefined if this connection already has the revision. */
  private frameFor(
    connection: Connection,
    { message, at, changeId, timer }: Broadcast,
    frames: Map<string, Buffer>,
  ): Buffer | undefined {
    if (timer && knows(connection, timer)) return undefined;
    const { dialect, zone, endpoint, spokenTo } = connection;
    const { kind } = endpoint;
    const said = message({ dialect, zone, endpoint: kind });
    const envelope = { ...(at === undefined ? {} : { at }), ...(changeId === undefined ? {} : { changeId }) };
    const frame = Buffer.concat([said].flat().map((one) => this.sender.encode(dialect, zone, one, envelope)));
    frames.set(spokenTo, frame);
    return frame;
  }
}

const knows = ({ delivered }: Connection, { id, revision }: TimerRevision): boolean =>
  (delivered.revisionOf(id) ?? 0) >= revision;

const NOBODY: ReadonlySet<Connection> = new Set();

function addTo<Key, Value>(map: Map<Key, Set<Value>>, key: Key, value: Value): void {
  const values = map.get(key);
  if (values) values.add(value);
  else map.set(key, new Set([value]));
}

function removeFrom<Key, Value>(map: Map<Key, Set<Value>>, key: Key, value: Value): void {
  const values = map.get(key);
  values?.delete(value);
  if (values?.size === 0) map.delete(key);
}
