import { IANAZone } from 'luxon';

import { formatInstant, parseTimeZone, UTC } from './time-zone.js';

const NEW_YEAR = Date.UTC(2026, 0, 1) / 1_000;

describe('parseTimeZone', () => {
  it.each([
    ['Asia/Seoul', 'Asia/Seoul', '2026-01-01T09:00:00+09:00'],
    ['asia/sEOUL', 'Asia/Seoul', '2026-01-01T09:00:00+09:00'],
    ['-0330', '-03:30', '2025-12-31T20:30:00-03:30'],
    [' 05:45', '+05:45', '2026-01-01T05:45:00+05:45'],
    ['z', 'UTC', '2026-01-01T00:00:00Z'],
  ])('%p', (text, name, instant) => {
    const zone = parseTimeZone(text) ?? fail();
    expect([zone.name, formatInstant(NEW_YEAR, zone)]).toEqual([name, instant]);
  });

  it.each([
    ['Asia/Kolkata', 'Asia/Kolkata'],
    ['aSIA/kOLKATA', 'Asia/Kolkata'],
    ['europe/kyiv', 'Europe/Kyiv'],
    ['US/eastern', 'US/Eastern'],
    ['asia/seoul', 'Asia/Seoul'],
  ])('%s is told as %s, whatever the library calls it', (text, told) => {
    const zone = parseTimeZone(text) ?? fail();
    expect(zone.alias ?? zone.name).toBe(told);
    expect(zone.name).toBe(new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone);
  });

  it.each(['Mars/Olympus', '+24:00', 'A'.repeat(65)])('%p is none', (text) => {
    expect(parseTimeZone(text)).toBeUndefined();
  });

  it('is one zone in whatever letters, however many spellings there were', () => {
    const lower = 'america/argentina/buenos_aires';
    const spellings = Array.from({ length: 3_000 }, (_, index) =>
      Array.from(lower, (letter, at) => ((index >> (at % 12)) & 1 ? letter.toUpperCase() : letter)).join(''),
    );
    const zones = new Set(spellings.map((spelling) => parseTimeZone(spelling)));
    expect(zones.size).toBe(1);
    expect(parseTimeZone('Asia/Seoul')).toBe(parseTimeZone('ASIA/SEOUL'));
  });

  it('asks Luxon, which forgets nothing, for one name of a zone', () => {
    const create = jest.spyOn(IANAZone, 'create');
    for (const text of ['europe/berlin', 'EUROPE/BERLIN', 'euROPE/berLIN']) parseTimeZone(text);
    expect(new Set(create.mock.calls.map(([name]) => name))).toEqual(new Set(['Europe/Berlin']));
    expect(parseTimeZone('')).toBe(UTC);
  });
});

const fail = (): never => {
  throw new Error('no zone');
};
