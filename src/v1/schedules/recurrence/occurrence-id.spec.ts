import { createHash } from 'node:crypto';

import { occurrenceId } from './occurrence-id.js';

const MASTER = '018f3a6e-7b1c-7d2e-9f00-1234567890ab';

/** RFC 9562, 5.5, written out. */
function uuidV5(namespace: string, name: string): string {
  const bytes = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest()
    .subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

describe('occurrenceId', () => {
  it("is the UUIDv5 of the original start in the master's namespace", () => {
    const start = Date.UTC(2026, 0, 14, 9, 30, 5) / 1000;
    expect(occurrenceId(MASTER, start)).toBe(uuidV5(MASTER, '2026-01-14T09:30:05Z'));
  });

  it('tells starts and masters apart', () => {
    const other = MASTER.replace('018f', '018e');
    expect(new Set([occurrenceId(MASTER, 0), occurrenceId(MASTER, 1), occurrenceId(other, 0)]).size).toBe(3);
  });
});
