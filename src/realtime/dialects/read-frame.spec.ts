import type { Dialect } from '../messages.js';
import { readFrame } from './read-frame.js';

const text = (frame: string, dialect: Dialect = 'type-payload') => readFrame(frame, false, dialect, 'personal');
const binary = (...bytes: number[]) => readFrame(Buffer.from(bytes), true, 'type-payload', 'personal');

const unreadable = {
  'type-payload': { type: 'problem', code: 'INVALID_MESSAGE', message: 'Message is not a JSON object' },
  'action-event': { type: 'problem', code: 'VALIDATION_ERROR', message: 'Message is not a JSON object' },
} as const;

describe('readFrame', () => {
  it.each(['type-payload', 'action-event'] as const)(
    "takes a frame's dialect from its keys, not from %s",
    (dialect) => {
      expect(text('{"type":"ping"}', dialect)).toEqual({ type: 'ping', payload: {}, dialect: 'type-payload' });
      expect(text('{"action":"ping"}', dialect)).toEqual({ type: 'ping', payload: {}, dialect: 'action-event' });
      expect(text('{"type":"no"}', dialect)).toHaveProperty('message', "Unknown message type: 'no'");
      expect(text('{"action":"no"}', dialect)).toHaveProperty('message', "Unknown action: 'no'");
    },
  );

  it.each(['type-payload', 'action-event'] as const)('falls back on %s when the keys do not tell', (dialect) => {
    expect(text('{}', dialect)).toHaveProperty('dialect', dialect);
    expect(text('{"type":"ping","action":"ping"}', dialect)).toEqual({ type: 'ping', payload: {}, dialect });
    for (const frame of [
      '',
      ' ',
      'ping',
      '5',
      'null',
      '"ping"',
      '[]',
      '[{"type":"ping"}]',
      '{"type":"ping"',
      '{type:1}',
      'NaN',
    ]) {
      expect(text(frame, dialect)).toEqual({ ...unreadable[dialect], dialect });
    }
  });

  it.each([false, true])('reads UTF-8 (binary: %s)', (isBinary) => {
    const frame = Buffer.from('{"type":"timer.create","payload":{"title":"수학 🙂"},"id":"한"}');
    expect(readFrame(frame, isBinary, 'action-event', 'personal')).toEqual({
      type: 'start',
      owner: 'user',
      payload: { title: '수학 🙂' },
      dialect: 'type-payload',
      id: '한',
    });
  });

  it('takes no other bytes for text', () => {
    const cut = [...Buffer.from('{"type":"ping","id":"'), 0xed, 0x95, ...Buffer.from('"}')];
    for (const bytes of [cut, [0xff, 0xfe], [0, 1, 2], []]) {
      expect(binary(...bytes)).toEqual({ ...unreadable['type-payload'], dialect: 'type-payload' });
    }
  });

  it('drops keys that reach a prototype, however they are spelled', () => {
    const read = text(
      String.raw`{"type":"ping","__proto__":{"id":"x"},"payload":{"\u005f_proto__":{"room_id":"r"},"constructor":{"prototype":{"a":1}},"b":{"__proto__":{}}}}`,
    );
    expect(read).toEqual({ type: 'ping', payload: { b: {} }, dialect: 'type-payload' });
    expect(JSON.stringify(read)).not.toMatch(/proto|constructor/);
    expect(({} as Record<string, unknown>)['a']).toBeUndefined();
  });

  it('has no dialect from a key that was dropped', () => {
    expect(text('{"__proto__":{"type":"ping"}}', 'action-event')).toHaveProperty('message', "Unknown action: 'null'");
  });

  it('counts the last of equal keys', () => {
    expect(text('{"type":"no","type":"ping"}')).toHaveProperty('type', 'ping');
  });

  it.each([
    ['deep', `{"type":"ping","payload":{"x":${'['.repeat(60_000)}${']'.repeat(60_000)}}}`],
    ['wide', `{"type":"ping",${Array.from({ length: 9_000 }, (_, index) => `"k${index}":0`).join(',')}}`],
    ['a long list', `{"type":"timer.create","payload":{"tag_ids":[${'1,'.repeat(9_000)}1]}}`],
  ])('does not parse what is %s', (_what, frame) => {
    const message = 'Message has too many keys or items';
    expect(text(frame)).toEqual({ ...unreadable['type-payload'], message, dialect: 'type-payload' });
    expect(text(frame, 'action-event')).toEqual({ ...unreadable['action-event'], message, dialect: 'action-event' });
  });

  it('reads an id of 256 characters, and none that is longer', () => {
    const id = '🙂'.repeat(256);
    expect(text(JSON.stringify({ type: 'ping', id }))).toHaveProperty('id', id);
    const message = 'id must have at most 256 characters';
    const problem = { ...unreadable['type-payload'], message, dialect: 'type-payload' };
    expect(text(JSON.stringify({ type: 'ping', id: `${id}x` }))).toEqual(problem);
    expect(text(JSON.stringify({ type: 'no', id: `${id}x` }))).toEqual(problem);
  });

  it('reads a sent_at of 256 characters, and none that is longer', () => {
    const sentAt = 'x'.repeat(256);
    const ping = (sent: string) => text(JSON.stringify({ action: 'ping', data: { sent_at: sent }, id: 1 }));
    expect(ping(sentAt)).toMatchObject({ type: 'ping', payload: { sent_at: sentAt } });
    const message = 'sent_at must have at most 256 characters';
    expect(ping(`${sentAt}x`)).toEqual({ ...unreadable['action-event'], message, dialect: 'action-event', id: 1 });
    expect(text(JSON.stringify({ type: 'timer.pause', payload: { sent_at: `${sentAt}x` } }))).toHaveProperty(
      'type',
      'pause',
    );
  });
});
