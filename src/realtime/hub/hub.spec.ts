import { parseTimeZone } from '../../common/time/time-zone.js';
import type { Connection } from '../connection/connection.js';
import { Delivered } from '../connection/delivered.js';
import type { Dialect } from '../messages.js';
import { Speaker } from '../speaker.js';
import { Hub } from './hub.js';

const clock = { now: () => Date.parse('2026-03-02T12:00:00Z'), uncertaintyMs: 0 };

/** A connection as far as the hub looks at it: what it was sent, in which order. */
function listener(dialect: Dialect = 'type-payload', zone = 'UTC') {
  const sent: Buffer[] = [];
  const delivered = new Delivered();
  const broadcast = (frame: Buffer, timer?: { id: string; revision: number }) => {
    if (timer) delivered.take(timer.id, timer.revision);
    sent.push(frame);
  };
  const endpoint = { kind: 'personal' };
  const connection = { dialect, zone: parseTimeZone(zone), endpoint, delivered, broadcast };
  return { sent, connection: connection as unknown as Connection };
}

describe('Hub', () => {
  let hub: Hub;
  let asked: number;

  beforeEach(() => {
    hub = new Hub(new Speaker(clock));
    asked = 0;
  });

  const news = (revision?: number) => ({
    message: () => {
      asked += 1;
      return { type: 'error', code: 'X', message: 'y' } as const;
    },
    ...(revision === undefined ? {} : { timer: { id: 'a', revision } }),
  });

  it('makes a frame once for all that are spoken to alike', () => {
    const alike = [listener(), listener(), listener()];
    const others = [listener('action-event'), listener('type-payload', 'Asia/Seoul')];
    for (const { connection } of [...alike, ...others]) hub.subscribe(connection, 'user:1');
    expect(hub.announce('user:1', news())).toBe(5);
    expect(asked).toBe(3);
    expect(new Set(alike.map(({ sent }) => sent[0])).size).toBe(1);
  });

  it('makes no frame for who knows', () => {
    const { sent, connection } = listener();
    hub.subscribe(connection, 'user:1');
    hub.announce('user:1', news(2));
    expect(hub.announce('user:1', news(2))).toBe(0);
    expect(hub.announce('user:1', news(1))).toBe(0);
    expect([sent.length, asked]).toEqual([1, 1]);
  });

  it('keeps nothing of a connection that is gone, nor of a topic that nobody listens to', () => {
    const { sent, connection } = listener();
    hub.subscribe(connection, 'user:1');
    hub.subscribe(connection, 'room:1');
    hub.unsubscribe(connection, 'room:1');
    expect([hub.isHeard('room:1'), hub.isHeard('user:1'), hub.isEmpty]).toEqual([false, true, false]);
    hub.remove(connection);
    expect([hub.isHeard('user:1'), hub.isEmpty]).toEqual([false, true]);
    expect(hub.announce('user:1', news())).toBe(0);
    expect(sent).toEqual([]);
  });
});
