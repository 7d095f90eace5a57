import { pino } from 'pino';

import { RouteNotFoundError } from '../errors.js';
import { describeError } from './describe-error.js';
import { NestLogger } from './logger.js';

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly times?: number;
  readonly requestId?: string;
}

const WARN = 40;
const connectionLost = () => ({ msg: 'database connection lost', type: 'Error', code: 'ECONNRESET' });

let lines: Line[];
let logger: NestLogger;

beforeEach(() => {
  jest.useFakeTimers();
  lines = [];
  logger = new NestLogger(pino({ base: null }, { write: (line: string) => lines.push(JSON.parse(line) as Line) }));
});
afterEach(() => {
  jest.useRealTimers();
});

const warn = (count: number, fields: object = connectionLost()): void => {
  for (let number = 0; number < count; number += 1) logger.warn({ ...fields }, 'Database');
};
const written = () => lines.map(({ msg, times }) => (times === undefined ? msg : `${msg} × ${times}`));

describe('an event that happens to many at once', () => {
  it('is written at once, and the other occurrences as one line with their number', () => {
    warn(1_000);
    expect(lines).toMatchObject([{ level: WARN, context: 'Database', ...connectionLost() }]);

    jest.advanceTimersByTime(1_000);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatchObject({ level: WARN, context: 'Database', ...connectionLost(), times: 999 });
  });

  it('is a line a second while it goes on, and as at first after a quiet second', () => {
    for (let second = 0; second < 3; second += 1) {
      warn(10);
      jest.advanceTimersByTime(1_000);
    }
    jest.advanceTimersByTime(1_000);
    warn(1);
    const line = 'database connection lost';
    expect(written()).toEqual([line, `${line} × 9`, `${line} × 10`, `${line} × 10`, line]);
  });

  it('shows the request of the newest occurrence', () => {
    for (const requestId of ['one', 'two', 'three']) warn(1, { msg: 'unexpected error', requestId });
    jest.advanceTimersByTime(1_000);
    expect(lines.map(({ requestId }) => requestId)).toEqual(['one', 'three']);
  });

  it('is not lost when the process ends', () => {
    warn(3);
    logger.flush();
    jest.advanceTimersByTime(1_000);
    expect(written()).toEqual(['database connection lost', 'database connection lost × 2']);
  });
});

it('what differs in its message, its cause or its class has lines of its own', () => {
  warn(1);
  warn(1, { ...connectionLost(), code: 'EPIPE' });
  warn(1, { ...connectionLost(), msg: 'Redis away' });
  logger.warn(connectionLost(), 'Redis');
  logger.error(connectionLost(), 'Database');
  expect(lines).toHaveLength(5);
});

it('what is no warning is written each time', () => {
  for (const number of [1, 2, 3]) logger.log(`migrated ${number > 0 ? 'once' : ''}`, 'Database');
  expect(lines).toHaveLength(3);
});

describe('an error', () => {
  it('is described with its cause', () => {
    const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    const error = new TypeError('fetch failed', { cause: reset });
    expect(describeError(error)).toMatchObject({ type: 'TypeError', cause: { type: 'Error', code: 'ECONNRESET' } });
    expect(JSON.stringify(describeError(error))).not.toContain('failed');
  });

  it('of ours is described with its text', () => {
    expect(describeError(new RouteNotFoundError())).toMatchObject({ type: 'RouteNotFoundError', reason: 'Not Found' });
  });
});
