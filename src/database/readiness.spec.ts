import { Readiness } from './readiness.js';

afterEach(() => jest.useRealTimers());

it('checks at most once a second, however often it is asked', async () => {
  jest.useFakeTimers();
  let checks = 0;
  let isWell = true;
  const readiness = new Readiness();
  readiness.register('database', () => {
    checks += 1;
    if (!isWell) throw new Error('gone');
  });
  const reports = await Promise.all(Array.from({ length: 50 }, () => readiness.report()));
  expect(reports.every(({ ready }) => ready)).toBe(true);
  isWell = false;
  jest.advanceTimersByTime(999);
  expect(await readiness.report()).toMatchObject({ ready: true });
  expect(checks).toBe(1);
  jest.advanceTimersByTime(1);
  expect(await readiness.report()).toEqual({ ready: false, checks: { database: 'failed' } });
  expect(checks).toBe(2);
});

it('is not ready from the moment that it drains', async () => {
  const readiness = new Readiness();
  readiness.register('database', () => undefined);
  expect(await readiness.report()).toMatchObject({ ready: true });
  readiness.drain();
  expect(await readiness.report()).toMatchObject({ ready: false });
});
