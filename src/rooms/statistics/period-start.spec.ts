import { parseTimeZone, UTC } from '../../common/time/time-zone.js';
import { type Period, periodStart } from './period-start.js';

const at = (text: string): number => Date.parse(text) / 1_000;

describe('periodStart', () => {
  it.each<[Period, string, string, string]>([
    ['today', 'UTC', '2026-03-04T23:59:59Z', '2026-03-04T00:00:00Z'],
    ['week', 'UTC', '2026-03-01T12:00:00Z', '2026-02-23T00:00:00Z'],
    ['week', 'UTC', '2026-03-02T00:00:00Z', '2026-03-02T00:00:00Z'],
    ['month', 'UTC', '2026-02-28T12:00:00Z', '2026-02-01T00:00:00Z'],
    ['today', 'Asia/Seoul', '2026-03-04T15:00:00Z', '2026-03-04T15:00:00Z'],
    ['month', 'Asia/Seoul', '2026-02-28T15:00:00Z', '2026-02-28T15:00:00Z'],
    // Clocks go back to midnight, so the first hour of the day occurs twice; the day starts at the first midnight.
    ['today', 'Atlantic/Azores', '2027-10-31T12:00:00Z', '2027-10-31T00:00:00Z'],
    ['today', 'America/Havana', '2027-11-07T12:00:00Z', '2027-11-07T04:00:00Z'],
    ['week', 'America/Havana', '2027-11-07T12:00:00Z', '2027-11-01T04:00:00Z'],
    // Clocks go forward at midnight, so this day has no midnight.
    ['today', 'America/Havana', '2027-03-14T12:00:00Z', '2027-03-14T05:00:00Z'],
    ['today', '-03:30', '2026-03-04T03:29:59Z', '2026-03-03T03:30:00Z'],
  ])('%s in %s at %s began at %s', (period, name, now, start) => {
    expect(periodStart(period, parseTimeZone(name) ?? UTC, at(now))).toBe(at(start));
  });
});
