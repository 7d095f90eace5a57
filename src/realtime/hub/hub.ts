import { Injectable } from '@nestjs/common';

import { crashPoint } from '../../common/crash-point.js';
import type { TimeZone } from '../../common/time/time-zone.js';
import type { Connection, TimerRevision } from '../connection/connection.js';
import type { Dialect, Endpoint, ServerMessage } from '../messages.js';
import { MessageSender } from '../message-sender.js';

/** What a message's wording depends on. */
export interface Recipient {
  readonly dialect: Dialect;
  readonly zone: TimeZone;
  readonly endpoint: Endpoint;
}

/** A message for every connection of a topic. */
export interface Broadcast {
  /** What it says to connections of this kind, one frame or several that belong together; asked once per kind. */
  readonly message: (to: Recipient) => ServerMessage | readonly ServerMessage[];
  /** Whole second of the change; the moment of sending when not given. */
  readonly at?: number;
  readonly changeId?: string;
  /** The timer it is about: frames of one timer leave in the order of its revisions. */
  readonly timer?: TimerRevision;
}

/**
 * Who is connected here, and which topics (`user:…`, `activity:…`, `room:…`, `timer:…`) each connection listens to. What
 * is announced is encoded and framed once per dialect, zone and endpoint, not once per socket.
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

  /** The connection is gone. */
  remove(connection: Connection): void {
    for (const topic of this.topics.get(connection) ?? []) removeFrom(this.listeners, topic, connection);
    this.topics.delete(connection);
  }

  /** Everybody who listens to a topic. */
  listenersOf(topic: string): ReadonlySet<Connection> {
    return this.listeners.get(topic) ?? NOBODY;
  }

  /** Every topic that somebody listens to. */
  heardTopics(): string[] {
    return [...this.listeners.keys()];
  }

  isHeard(topic: string): boolean {
    return this.listeners.has(topic);
  }

  /** Whether anybody is connected at all. */
  get isEmpty(): boolean {
    return this.topics.size === 0;
  }

  /** Sends a message to every connection of the topic. @returns to how many */
  broadcast(topic: string, broadcast: Broadcast): number {
    return this.broadcastTo(this.listenersOf(topic), broadcast);
  }

  /** Sends a message to these connections. @returns to how many */
  broadcastTo(connections: Iterable<Connection>, broadcast: Broadcast): number {
    const frames = new Map<string, Buffer>();
    let sent = 0;
    let spokenTo = '';
    let frame: Buffer | undefined;
    for (const connection of connections) {
      // Mostly everybody is spoken to in the same way.
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

  /** Makes the frame for connections like this one; undefined when this one has been told, so that none need be made. */
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
