import { Injectable } from '@nestjs/common';

import { crashPoint } from '../../common/crash-point.js';
import type { TimeZone } from '../../common/time/time-zone.js';
import type { Connection, TimerRevision } from '../connection/connection.js';
import type { Dialect, Endpoint, ServerMessage } from '../messages.js';
import { Speaker } from '../speaker.js';

/** How connections differ that are told the same thing. */
export interface Telling {
  readonly dialect: Dialect;
  readonly zone: TimeZone;
  readonly endpoint: Endpoint;
}

/** Something to be told to everybody who listens to a topic. */
export interface Announcement {
  /** What it says to connections of this kind, one frame or several that belong together; asked once per kind. */
  readonly message: (to: Telling) => ServerMessage | readonly ServerMessage[];
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

  constructor(private readonly speaker: Speaker) {}

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

  /** Tells everybody who listens to the topic. @returns how many */
  announce(topic: string, announcement: Announcement): number {
    return this.tell(this.listenersOf(topic), announcement);
  }

  /** Tells these connections. */
  tell(connections: Iterable<Connection>, announcement: Announcement): number {
    const frames = new Map<string, Buffer>();
    let told = 0;
    let spokenTo = '';
    let frame: Buffer | undefined;
    for (const connection of connections) {
      // Mostly everybody is spoken to in the same way.
      if (frame === undefined || connection.spokenTo !== spokenTo) {
        ({ spokenTo } = connection);
        frame = frames.get(spokenTo) ?? this.frameFor(connection, announcement, frames);
      }
      if (frame === undefined || !connection.broadcast(frame, announcement.timer)) continue;
      told += 1;
      crashPoint('mid-fan-out');
    }
    return told;
  }

  /** Makes the frame for connections like this one; undefined when this one has been told, so that none need be made. */
  private frameFor(
    connection: Connection,
    { message, at, changeId, timer }: Announcement,
    frames: Map<string, Buffer>,
  ): Buffer | undefined {
    if (timer && knows(connection, timer)) return undefined;
    const { dialect, zone, endpoint, spokenTo } = connection;
    const { kind } = endpoint;
    const said = message({ dialect, zone, endpoint: kind });
    const envelope = { ...(at === undefined ? {} : { at }), ...(changeId === undefined ? {} : { changeId }) };
    const frame = Buffer.concat([said].flat().map((one) => this.speaker.frame(dialect, zone, one, envelope)));
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
