import { TokenLife } from './token-life.js';

const connection = { expiring: jest.fn(), expired: jest.fn() };
const NOW = Date.parse('2026-03-02T12:00:00Z');
let life: TokenLife;

beforeEach(() => {
  jest.useFakeTimers({ now: NOW });
  jest.clearAllMocks();
  life = new TokenLife(connection);
});
afterEach(() => {
  life.stop();
  jest.useRealTimers();
});

const endIn = (seconds: number) => {
  life.endAt(NOW / 1_000 + seconds);
};

it('tells a minute before the end, and ends', () => {
  endIn(900);
  jest.advanceTimersByTime(839_999);
  expect(connection.expiring).not.toHaveBeenCalled();
  jest.advanceTimersByTime(1);
  expect(connection.expiring).toHaveBeenCalledTimes(1);
  jest.advanceTimersByTime(59_999);
  expect(connection.expired).not.toHaveBeenCalled();
  jest.advanceTimersByTime(1);
  expect(connection.expired).toHaveBeenCalledTimes(1);
  expect(connection.expiring).toHaveBeenCalledTimes(1);
});

it('tells at once when less than a minute is left', () => {
  endIn(30);
  expect(connection.expiring).toHaveBeenCalledTimes(1);
  jest.advanceTimersByTime(30_000);
  expect(connection.expired).toHaveBeenCalledTimes(1);
});

it('what has ended ends at once', () => {
  endIn(-5);
  jest.advanceTimersByTime(0);
  expect(connection.expired).toHaveBeenCalledTimes(1);
});

it('a later end replaces the former', () => {
  endIn(70);
  jest.advanceTimersByTime(20_000);
  endIn(900);
  jest.advanceTimersByTime(100_000);
  expect(connection.expired).not.toHaveBeenCalled();
  expect(connection.expiring).toHaveBeenCalledTimes(1);
});

it('no token, no end', () => {
  life.endAt(Infinity);
  expect(jest.getTimerCount()).toBe(0);
});

it('ends after longer than a timer of Node can wait', () => {
  const days = 60 * 86_400;
  endIn(days);
  jest.advanceTimersByTime(days * 1_000 - 1);
  expect(connection.expiring).toHaveBeenCalledTimes(1);
  expect(connection.expired).not.toHaveBeenCalled();
  jest.advanceTimersByTime(1);
  expect(connection.expired).toHaveBeenCalledTimes(1);
});

it('stops', () => {
  endIn(30);
  life.stop();
  jest.advanceTimersByTime(100_000);
  expect(connection.expired).not.toHaveBeenCalled();
  expect(jest.getTimerCount()).toBe(0);
});
