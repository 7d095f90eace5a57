import type { TimeZone } from '../../common/time/time-zone.js';
import type { Clock } from '../../timer-domain/clock/clock.js';
import type { Connection, TimerRevision } from '../connection/connection.js';
import { Delivered } from '../connection/delivered.js';
import type { Dialect, Endpoint } from '../messages.js';
import { MessageSender } from '../message-sender.js';
import { Hub } from './hub.js';

const SEOUL = { name: 'Asia/Seoul' } as TimeZone;
const UTC = { name: 'UTC' } as TimeZone;
const sender = new MessageSender({ now: () => 0 } as Clock);
jest.spyOn(sender, 'encode').mockImplementation((dialect, zone) => Buffer.from(`${dialect} ${zone.name};`));

class Listener {
  readonly delivered = new Delivered();
  readonly heard: Buffer[] = [];

  constructor(
    readonly dialect: Dialect,
    readonly zone: TimeZone,
    private readonly kind: Endpoint = 'personal',
  ) {}

  get endpoint() {
    return { kind: this.kind };
  }

  get spokenTo() {
    return `${this.dialect} ${this.kind} ${this.zone.name}`;
  }

  broadcast(frame: Buffer, timer?: TimerRevision): boolean {
    if (timer && !this.delivered.take(timer.id, timer.revision)) return false;
    this.heard.push(frame);
    return true;
  }
}

const asConnection = (listener: Listener) => listener as unknown as Connection;

function hubWith(...listeners: Listener[]): Hub {
  const hub = new Hub(sender);
  for (const listener of listeners) hub.subscribe(asConnection(listener), 'topic');
  return hub;
}

const times = (count: number, dialect: Dialect, zone: TimeZone, kind?: Endpoint) =>
  Array.from({ length: count }, () => new Listener(dialect, zone, kind));

const pong = { type: 'pong', serverTime: 1 } as const;

it('words and frames once for all who are spoken to alike, and hands them the same bytes', () => {
  const alike = [
    times(100, 'type-payload', UTC),
    times(100, 'type-payload', SEOUL),
    times(100, 'action-event', UTC),
    times(100, 'action-event', UTC, 'room'),
  ];
  const message = jest.fn(() => pong);
  expect(hubWith(...alike.flat()).broadcast('topic', { message })).toBe(400);
  expect(message).toHaveBeenCalledTimes(4);
  for (const group of alike) expect(new Set(group.flatMap(({ heard }) => heard)).size).toBe(1);
});

it('frames that belong together leave as one', () => {
  const [listener = new Listener('type-payload', UTC)] = times(1, 'type-payload', UTC);
  hubWith(listener).broadcast('topic', { message: () => [pong, pong] });
  expect(listener.heard.map(String)).toEqual(['type-payload UTC;type-payload UTC;']);
});

it('who knows the revision already is told nothing, and nothing is worded for them', () => {
  const listeners = times(3, 'type-payload', UTC);
  listeners[0]?.delivered.take('t', 5);
  const message = jest.fn(() => pong);
  const hub = hubWith(...listeners);
  expect(hub.broadcast('topic', { message, timer: { id: 't', revision: 5 } })).toBe(2);
  expect(listeners.map(({ heard }) => heard.length)).toEqual([0, 1, 1]);
});

it('nobody listens: nothing is worded', () => {
  const message = jest.fn(() => pong);
  const [listener = new Listener('type-payload', UTC)] = times(1, 'type-payload', UTC);
  const hub = hubWith(listener);
  hub.remove(asConnection(listener));
  expect([hub.broadcast('topic', { message }), hub.isHeard('topic'), hub.isEmpty]).toEqual([0, false, true]);
  expect(message).not.toHaveBeenCalled();
});
