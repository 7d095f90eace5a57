import { MAX_UNHEARD, ReceiveQueue } from './receive-queue.js';

const socketOf = () => ({
  isPaused: false,
  pause() {
    this.isPaused = true;
  },
  resume() {
    this.isPaused = false;
  },
});

it('does not read on while more than 256 KiB wait', () => {
  const socket = socketOf();
  const queue = new ReceiveQueue(socket);
  queue.add(131_072);
  expect(socket.isPaused).toBe(false);
  queue.add(131_072);
  expect(socket.isPaused).toBe(true);
  queue.remove(131_072);
  expect(socket.isPaused).toBe(false);
});

it('counts small frames as what they take', () => {
  const socket = socketOf();
  const queue = new ReceiveQueue(socket);
  let frames = 0;
  while (!socket.isPaused) {
    queue.add(2);
    frames += 1;
  }
  expect(frames).toBeLessThan(MAX_UNHEARD / 500);
  for (let left = frames; left > 0; left -= 1) queue.remove(2);
  for (let again = 1; again < frames; again += 1) queue.add(2);
  expect(socket.isPaused).toBe(false);
});
