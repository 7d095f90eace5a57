import { Duplex } from 'node:stream';

import { SendQueue } from './send-queue.js';

/** A peer that reads only when the test says so. */
class Peer extends Duplex {
  readonly writes: string[] = [];
  private readonly waiting: (() => void)[] = [];

  constructor(private reading: boolean) {
    super();
  }

  override _read(): void {
    // Sends nothing.
  }

  override _writev(chunks: { chunk: Buffer }[], callback: () => void): void {
    this.writes.push(chunks.map(({ chunk }) => chunk.toString()).join('|'));
    if (this.reading) callback();
    else this.waiting.push(callback);
  }

  readAll(): void {
    this.reading = true;
    for (const callback of this.waiting.splice(0)) callback();
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const overflow = jest.fn();
const KIB_64 = Buffer.alloc(65_536, 'x');

beforeEach(() => {
  jest.clearAllMocks();
});

it('what a socket is due within one turn leaves in one write, in order', async () => {
  const peer = new Peer(true);
  const queue = new SendQueue(peer, overflow);
  queue.push(Buffer.from('a'), true);
  queue.push(Buffer.from('b'), false);
  queue.push(Buffer.from('c'), true);
  expect(peer.writes).toEqual([]);
  await turn();
  queue.push(Buffer.from('d'), true);
  await turn();
  expect(peer.writes).toEqual(['abc', 'd']);
});

it('it leaves before anything else is begun, so nobody waits for the answer that is made next', async () => {
  const peer = new Peer(true);
  new SendQueue(peer, overflow).push(Buffer.from('a'), true);
  const answering = Promise.resolve().then(() => [...peer.writes]);
  expect(await answering).toEqual(['a']);
});

it('flush hands everything over now, once', async () => {
  const peer = new Peer(true);
  const queue = new SendQueue(peer, overflow);
  queue.push(Buffer.from('a'), true);
  queue.flush();
  expect(peer.writes).toEqual(['a']);
  await turn();
  expect(peer.writes).toEqual(['a']);
});

it('more than 1 MiB of broadcasts waiting is too much', async () => {
  const queue = new SendQueue(new Peer(false), overflow);
  for (let index = 0; index < 16; index += 1) {
    queue.push(KIB_64, true);
    await turn();
  }
  expect(overflow).not.toHaveBeenCalled();
  queue.push(Buffer.from('one more'), true);
  expect(overflow).toHaveBeenCalledTimes(1);
});

it('also within one turn', () => {
  const queue = new SendQueue(new Peer(true), overflow);
  for (let index = 0; index < 17; index += 1) queue.push(KIB_64, true);
  expect(overflow).toHaveBeenCalledTimes(1);
});

it("a connection's own answers do not count", async () => {
  const queue = new SendQueue(new Peer(false), overflow);
  for (let index = 0; index < 64; index += 1) {
    queue.push(KIB_64, false);
    await turn();
  }
  queue.push(KIB_64, true);
  expect(overflow).not.toHaveBeenCalled();
});

it('what has been read no longer waits', async () => {
  const peer = new Peer(false);
  const queue = new SendQueue(peer, overflow);
  for (let index = 0; index < 16; index += 1) queue.push(KIB_64, true);
  await turn();
  peer.readAll();
  await turn();
  for (let index = 0; index < 16; index += 1) queue.push(KIB_64, true);
  expect(overflow).not.toHaveBeenCalled();
});

it('nothing is written to a socket that is gone', async () => {
  const peer = new Peer(true);
  const queue = new SendQueue(peer, overflow);
  queue.push(Buffer.from('a'), true);
  peer.destroy();
  await turn();
  expect(peer.writes).toEqual([]);
});

describe('taken', () => {
  it('resolves at once when the peer reads', async () => {
    const queue = new SendQueue(new Peer(true), overflow);
    queue.push(KIB_64, false);
    await turn();
    await queue.taken();
  });

  it('counts what has not been handed over yet', async () => {
    const peer = new Peer(false);
    const queue = new SendQueue(peer, overflow);
    let taken = false;
    for (let index = 0; index < 17; index += 1) queue.push(KIB_64, false);
    const waiting = queue.taken().then(() => (taken = true));
    await turn();
    expect(taken).toBe(false);
    peer.readAll();
    await waiting;
  });

  it.each(['reads', 'goes'])('waits behind more than 1 MiB until the peer %s', async (what) => {
    const peer = new Peer(false);
    const queue = new SendQueue(peer, overflow);
    for (let index = 0; index < 17; index += 1) queue.push(KIB_64, false);
    await turn();
    let taken = false;
    const waiting = queue.taken().then(() => (taken = true));
    await turn();
    expect(taken).toBe(false);
    if (what === 'reads') peer.readAll();
    else peer.destroy();
    await waiting;
    expect(peer.listenerCount('drain')).toBe(0);
  });
});
