import { Allowance } from './allowance.js';

beforeEach(() => jest.useFakeTimers({ now: 0 }));
afterEach(() => jest.useRealTimers());

const taken = (allowance: Allowance, tries: number) => Array.from({ length: tries }, () => allowance.take());

it('grants so many at once, then one per interval', () => {
  const allowance = new Allowance(3, 1_000);
  expect(taken(allowance, 4)).toEqual([true, true, true, false]);
  jest.setSystemTime(999);
  expect(allowance.take()).toBe(false);
  jest.setSystemTime(1_000);
  expect(taken(allowance, 2)).toEqual([true, false]);
});

it('never saves up more than it grants at once', () => {
  const allowance = new Allowance(2, 1_000);
  jest.setSystemTime(3_600_000);
  expect(taken(allowance, 3)).toEqual([true, true, false]);
});

it('takes nothing away when the clock is set back', () => {
  const allowance = new Allowance(2, 1_000);
  jest.setSystemTime(-5_000);
  expect(taken(allowance, 3)).toEqual([true, true, false]);
  jest.setSystemTime(-4_000);
  expect(allowance.take()).toBe(true);
});
