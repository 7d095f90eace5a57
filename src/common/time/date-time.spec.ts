import { LAST_INSTANT, parseDateTime, parseQueryDateTime } from './date-time.js';
import { formatInstant, parseTimeZone, UTC } from './time-zone.js';

const AT = Date.parse('2026-03-02T12:34:56Z') / 1_000;

describe('parseDateTime', () => {
  it.each([
    ['2026-03-02T12:34:56Z'],
    ['2026-03-02T12:34:56'],
    ['2026-03-02 12:34:56.987'],
    ['2026-03-02T21:34:56+09:00'],
    ['2026-03-02T21:34:56+0900'],
    ['2026-03-02T21:34:56+09'],
    ['2026-03-02T09:04:56-03:30'],
    [AT],
    [AT + 0.9],
  ])('reads %s', (text) => {
    expect(parseDateTime(text)).toBe(AT);
  });

  it.each([
    ['a bare date as midnight', '2026-03-02', '2026-03-02T00:00:00Z'],
    ['no seconds', '2026-03-02T07:05', '2026-03-02T07:05:00Z'],
    ['29 February', '2028-02-29', '2028-02-29T00:00:00Z'],
    ['the last second that is kept', '9999-12-30T23:59:59Z', '9999-12-30T23:59:59Z'],
    ['what follows it as it', '9999-12-31T00:00:00Z', '9999-12-30T23:59:59Z'],
    ['the last second as it', '9999-12-31T23:59:59Z', '9999-12-30T23:59:59Z'],
    ['its number as it', 253_402_300_799, '9999-12-30T23:59:59Z'],
  ])('reads %s', (_, text, same) => {
    expect(parseDateTime(text)).toBe(Date.parse(same) / 1_000);
  });

  it.each([
    ['2026-02-29'],
    ['2026-13-01'],
    ['2026-03-02T24:00:00'],
    ['2026-03-02T12:60'],
    ['2026-03-02T12:34:60'],
    ['2026-03-02T12:34:56+25:00'],
    ['1969-12-31T23:59:59Z'],
    ['9999-12-31T23:59:59-01:00'],
    ['10000-01-01T00:00:00Z'],
    [253_402_300_800],
    ['2026-03-02T'],
    ['tomorrow'],
    [''],
    [-1],
    [NaN],
    [true],
    [null],
    [{}],
  ])('refuses %s', (text) => {
    expect(parseDateTime(text)).toBeUndefined();
  });

  it('takes the space that a raw plus became for a plus, in a query', () => {
    expect(parseQueryDateTime('2026-03-02T21:34:56 09:00')).toBe(AT);
    expect(parseQueryDateTime('2026-03-02 21:34:56 0900')).toBe(AT);
    expect(parseQueryDateTime('2026-03-02 12:34:56')).toBe(AT);
  });
});

describe('parseTimeZone', () => {
  it.each([
    ['UTC', '2026-03-02T12:34:56Z'],
    ['z', '2026-03-02T12:34:56Z'],
    ['', '2026-03-02T12:34:56Z'],
    ['Asia/Seoul', '2026-03-02T21:34:56+09:00'],
    ['America/St_Johns', '2026-03-02T09:04:56-03:30'],
    ['Europe/London', '2026-03-02T12:34:56Z'],
    ['+09', '2026-03-02T21:34:56+09:00'],
    [' 09:00', '2026-03-02T21:34:56+09:00'],
    ['-0330', '2026-03-02T09:04:56-03:30'],
    ['+05:30:20', '2026-03-02T18:04:56+05:30'],
  ])('shows an instant in %s', (name, text) => {
    expect(formatInstant(AT, parseTimeZone(name) ?? UTC)).toBe(text);
  });

  it.each(['UTC', 'Asia/Seoul', '+23:59', '-23:59', 'Pacific/Kiritimati'])(
    'says what is later than all in four digits, and reads it back, in %s',
    (name) => {
      const zone = parseTimeZone(name) ?? UTC;
      for (const instant of [Date.parse('9999-12-31T23:59:59Z') / 1_000, 1e15, Infinity]) {
        const text = formatInstant(instant, zone);
        expect(text).toMatch(/^9999-12-\d\dT/);
        expect(parseDateTime(text)).toBe(LAST_INSTANT);
      }
    },
  );

  it.each([['Mars/Olympus'], ['+24:00'], ['+09:60'], ['9'], ['+9'], ['Asia/Seoul; DROP'], ['x'.repeat(100)]])(
    'knows no %s',
    (name) => {
      expect(parseTimeZone(name)).toBeUndefined();
    },
  );

  it('keeps the instant on both sides of a clock change', () => {
    const zone = parseTimeZone('Europe/Berlin') ?? UTC;
    const before = Date.parse('2026-10-25T00:59:59Z') / 1_000;
    expect([before, before + 1].map((instant) => formatInstant(instant, zone))).toEqual([
      '2026-10-25T02:59:59+02:00',
      '2026-10-25T02:00:00+01:00',
    ]);
  });
});
