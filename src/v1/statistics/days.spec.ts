import fc from 'fast-check';

import { parseTimeZone, type TimeZone, UTC } from '../../common/time/time-zone.js';
import { formatDay, parseDay, startOfDay } from './days.js';

const zoneOf = (name: string): TimeZone => parseTimeZone(name) ?? UTC;
const at = (text: string): number => Date.parse(text) / 1_000;

describe('parseDay', () => {
  it.each([
    ['1970-01-01', 0],
    ['2024-02-29', 19_782],
    ['9999-12-31', 2_932_896],
  ])('reads %s', (text, day) => {
    expect(parseDay(text)).toBe(day);
    expect(formatDay(day)).toBe(text);
  });

  it.each([
    '',
    '2026-3-1',
    '2026-02-30',
    '2023-02-29',
    '1969-12-31',
    '2026-13-01',
    '2026-01-01T00:00',
    '0001-01-01',
    5,
  ])('refuses %j', (text) => {
    expect(parseDay(text)).toBeUndefined();
  });
});

describe('startOfDay', () => {
  it.each([
    ['UTC', '2026-03-29', '2026-03-29T00:00:00Z'],
    ['+09:00', '2026-03-29', '2026-03-28T15:00:00Z'],
    ['Asia/Seoul', '2026-03-29', '2026-03-28T15:00:00Z'],
    ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00Z'],
    ['Europe/Berlin', '2026-03-30', '2026-03-29T22:00:00Z'],
    ['Europe/Berlin', '2026-10-25', '2026-10-24T22:00:00Z'],
    ['Europe/Berlin', '2026-10-26', '2026-10-25T23:00:00Z'],
    // Clocks went from 24:00 to 01:00, from 24:00 back to 23:00, from 01:00 back to 00:00.
    ['America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00Z'],
    ['America/Sao_Paulo', '2018-02-18', '2018-02-18T03:00:00Z'],
    ['America/Havana', '2026-11-01', '2026-11-01T04:00:00Z'],
    // The day that Samoa left out begins with the next one.
    ['Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00Z'],
    ['Pacific/Apia', '2011-12-31', '2011-12-30T10:00:00Z'],
  ])('in %s of %s is %s', (zone, day, start) => {
    expect(startOfDay(parseDay(day) ?? NaN, zoneOf(zone))).toBe(at(start));
  });

  it('is the first second that Intl shows that date at', () => {
    const zones = ['Europe/Berlin', 'Asia/Seoul', 'America/New_York', 'Asia/Kathmandu', 'Africa/Cairo', 'Asia/Beirut'];
    const anyDay = fc.integer({ min: parseDay('1990-01-02') ?? 0, max: parseDay('2037-12-30') ?? 0 });
    fc.assert(
      fc.property(fc.constantFrom(...zones), anyDay, (timeZone, day) => {
        const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' });
        const start = startOfDay(day, zoneOf(timeZone));
        expect(format.format(start * 1_000)).toBe(formatDay(day));
        expect(format.format((start - 1) * 1_000)).toBe(formatDay(day - 1));
      }),
      { numRuns: 1_000 },
    );
  });
});
