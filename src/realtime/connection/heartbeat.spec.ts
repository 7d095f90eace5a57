import { Heartbeat } from './heartbeat.js';

const peer = { ping: jest.fn(), terminate: jest.fn() };
let heartbeat: Heartbeat;

beforeEach(() => {
  jest.useFakeTimers();
  jest.clearAllMocks();
  heartbeat = new Heartbeat(peer);
});
afterEach(() => {
  heartbeat.stop();
  jest.useRealTimers();
});

it('pings every 30 s', () => {
  jest.advanceTimersByTime(29_999);
  expect(peer.ping).not.toHaveBeenCalled();
  jest.advanceTimersByTime(1);
  expect(peer.ping).toHaveBeenCalledTimes(1);
  heartbeat.heard();
  jest.advanceTimersByTime(30_000);
  expect(peer.ping).toHaveBeenCalledTimes(2);
});

it('ends a connection that is silent for 20 s after a ping', () => {
  jest.advanceTimersByTime(49_999);
  expect(peer.terminate).not.toHaveBeenCalled();
  jest.advanceTimersByTime(1);
  expect(peer.terminate).toHaveBeenCalledTimes(1);
});

it('any sign of life after the ping keeps it', () => {
  jest.advanceTimersByTime(49_999);
  heartbeat.heard();
  jest.advanceTimersByTime(30_000);
  expect(peer.terminate).not.toHaveBeenCalled();
  jest.advanceTimersByTime(1);
  jest.advanceTimersByTime(20_000);
  expect(peer.terminate).toHaveBeenCalledTimes(1);
});

it('a sign of life before the ping does not', () => {
  jest.advanceTimersByTime(29_999);
  heartbeat.heard();
  jest.advanceTimersByTime(20_001);
  expect(peer.terminate).toHaveBeenCalledTimes(1);
});

it('stops', () => {
  jest.advanceTimersByTime(30_000);
  heartbeat.stop();
  jest.advanceTimersByTime(100_000);
  expect(peer.ping).toHaveBeenCalledTimes(1);
  expect(peer.terminate).not.toHaveBeenCalled();
  expect(jest.getTimerCount()).toBe(0);
});
