import * as library from 'ws';

import { textFrame } from './text-frame.js';

// The types of `ws` do not declare this class.
const { Sender } = library as unknown as { Sender: { frame(data: Buffer, options: object): Buffer[] } };

/** The frame as the `ws` library encodes it. */
function frameOfLibrary(text: string): Buffer {
  const options = { fin: true, rsv1: false, opcode: 1, mask: false, readOnly: false };
  return Buffer.concat(Sender.frame(Buffer.from(text), options));
}

it.each([0, 1, 125, 126, 127, 65_535, 65_536, 1_000_000])(
  '%i bytes are framed as the library frames them',
  (length) => {
    const text = 'a'.repeat(length);
    expect(textFrame(text).equals(frameOfLibrary(text))).toBe(true);
  },
);

it.each(['é'.repeat(63), '한국어 타이머', '🍅'.repeat(40), '\ud800'])('%p is counted in bytes', (text) => {
  expect(textFrame(text).equals(frameOfLibrary(text))).toBe(true);
});
