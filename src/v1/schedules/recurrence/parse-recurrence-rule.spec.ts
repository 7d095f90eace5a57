import { parseRecurrenceRule } from './parse-recurrence-rule.js';

const utc = (...fields: [number, number, number, number?, number?, number?]) => Date.UTC(...fields) / 1000;

describe('parseRecurrenceRule', () => {
  it('reads every part', () => {
    const text =
      'RRULE:FREQ=YEARLY;INTERVAL=2;COUNT=7;UNTIL=20301231T235959Z;WKST=SU;BYMONTH=1,12;BYYEARDAY=1,-1,+366;' +
      'BYMONTHDAY=01,-31;BYDAY=MO,2TU,-1SU,+53FR;BYHOUR=0,23;BYMINUTE=0,59;BYSETPOS=1,-366';
    expect(parseRecurrenceRule(text)).toEqual({
      frequency: 'YEARLY',
      interval: 2,
      count: 7,
      until: utc(2030, 11, 31, 23, 59, 59),
      weekStart: 6,
      byMonth: new Set([1, 12]),
      byWeekNumber: new Set(),
      byYearDay: new Set([1, -1, 366]),
      byMonthDay: new Set([1, -31]),
      byDay: [
        { weekday: 0, nth: null },
        { weekday: 1, nth: 2 },
        { weekday: 6, nth: -1 },
        { weekday: 4, nth: 53 },
      ],
      byHour: new Set([0, 23]),
      byMinute: new Set([0, 59]),
      bySetPosition: new Set([1, -366]),
    });
  });

  it('leaves what is not there open', () => {
    expect(parseRecurrenceRule('FREQ=DAILY')).toMatchObject({
      frequency: 'DAILY',
      interval: 1,
      count: null,
      until: null,
      weekStart: 0,
      byDay: [],
      byHour: new Set(),
    });
  });

  it.each([
    ['without prefix', 'FREQ=WEEKLY;BYDAY=MO'],
    ['with prefix', 'RRULE:FREQ=WEEKLY;BYDAY=MO'],
    ['in lower case', 'rrule:freq=weekly;byday=mo'],
    ['in mixed case', 'RRule:Freq=Weekly;ByDay=Mo'],
    ['with FREQ last', 'BYDAY=MO;FREQ=WEEKLY'],
    ['with space around it', ' FREQ=WEEKLY;BYDAY=MO\r\n'],
  ])('is the same %s', (_, text) => {
    expect(parseRecurrenceRule(text)).toEqual(parseRecurrenceRule('FREQ=WEEKLY;BYDAY=MO'));
    expect(parseRecurrenceRule(text)).toBeDefined();
  });

  it.each([
    ['UNTIL=20260131', utc(2026, 0, 31)],
    ['UNTIL=20260131T101112', utc(2026, 0, 31, 10, 11, 12)],
    ['UNTIL=20260131T101112Z', utc(2026, 0, 31, 10, 11, 12)],
    ['UNTIL=20240229', utc(2024, 1, 29)],
  ])('reads %s as UTC', (until, instant) => {
    expect(parseRecurrenceRule(`FREQ=DAILY;${until}`)?.until).toBe(instant);
  });

  it.each(['HOURLY', 'DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'])('knows %s', (frequency) => {
    expect(parseRecurrenceRule(`FREQ=${frequency}`)?.frequency).toBe(frequency);
  });

  it.each([
    'FREQ=DAILY;INTERVAL=1',
    'FREQ=DAILY;INTERVAL=1000',
    'FREQ=DAILY;COUNT=1',
    'FREQ=DAILY;COUNT=10000',
    'FREQ=DAILY;COUNT=3;UNTIL=20260131',
    'FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7;BYMINUTE=0,10,20,30,40,50',
    'FREQ=DAILY;BYHOUR=9,9,9,9,9,9,9,9,9,9;BYMINUTE=0,0,0,0,0',
    'FREQ=YEARLY;BYWEEKNO=53,-53;BYDAY=MO',
    'FREQ=MONTHLY;BYDAY=6MO',
  ])('accepts %s', (text) => {
    expect(parseRecurrenceRule(text)).toBeDefined();
  });

  it.each([
    ['nothing', ''],
    ['a prefix only', 'RRULE:'],
    ['no FREQ', 'INTERVAL=2'],
    ['words', 'every day'],
    ['SECONDLY', 'FREQ=SECONDLY'],
    ['MINUTELY', 'FREQ=MINUTELY;INTERVAL=15'],
    ['an unknown FREQ', 'FREQ=FORTNIGHTLY'],
    ['an empty FREQ', 'FREQ='],
    ['FREQ twice', 'FREQ=DAILY;FREQ=DAILY'],
    ['INTERVAL=0', 'FREQ=DAILY;INTERVAL=0'],
    ['a negative INTERVAL', 'FREQ=DAILY;INTERVAL=-1'],
    ['INTERVAL=1001', 'FREQ=DAILY;INTERVAL=1001'],
    ['a broken INTERVAL', 'FREQ=DAILY;INTERVAL=1.5'],
    ['COUNT=0', 'FREQ=DAILY;COUNT=0'],
    ['COUNT=10001', 'FREQ=DAILY;COUNT=10001'],
    ['COUNT as a word', 'FREQ=DAILY;COUNT=ten'],
    ['a huge COUNT', 'FREQ=DAILY;COUNT=1e3'],
    ['UNTIL as ISO 8601', 'FREQ=DAILY;UNTIL=2026-01-31T00:00:00Z'],
    ['UNTIL with an offset', 'FREQ=DAILY;UNTIL=20260131T000000+0900'],
    ['UNTIL on 30 February', 'FREQ=DAILY;UNTIL=20260230'],
    ['UNTIL at 24:00', 'FREQ=DAILY;UNTIL=20260131T240000Z'],
    ['an empty UNTIL', 'FREQ=DAILY;UNTIL='],
    ['a numbered WKST', 'FREQ=WEEKLY;WKST=1MO'],
    ['an unknown weekday', 'FREQ=WEEKLY;BYDAY=XX'],
    ['a written out weekday', 'FREQ=WEEKLY;BYDAY=MONDAY'],
    ['a number as weekday', 'FREQ=WEEKLY;BYDAY=1'],
    ['an empty BYDAY', 'FREQ=WEEKLY;BYDAY='],
    ['a comma too many', 'FREQ=WEEKLY;BYDAY=MO,'],
    ['the zeroth Monday', 'FREQ=MONTHLY;BYDAY=0MO'],
    ['the 54th Monday', 'FREQ=YEARLY;BYDAY=54MO'],
    ['the first Monday of a week', 'FREQ=WEEKLY;BYDAY=1MO'],
    ['the first Monday of a day', 'FREQ=DAILY;BYDAY=1MO'],
    ['the first Monday of an hour', 'FREQ=HOURLY;BYDAY=1MO'],
    ['the first Monday of week 20', 'FREQ=YEARLY;BYWEEKNO=20;BYDAY=1MO'],
    ['BYMONTH=13', 'FREQ=YEARLY;BYMONTH=13'],
    ['BYMONTH=0', 'FREQ=YEARLY;BYMONTH=0'],
    ['a negative month', 'FREQ=YEARLY;BYMONTH=-1'],
    ['BYMONTHDAY=0', 'FREQ=MONTHLY;BYMONTHDAY=0'],
    ['BYMONTHDAY=32', 'FREQ=MONTHLY;BYMONTHDAY=32'],
    ['BYYEARDAY=367', 'FREQ=YEARLY;BYYEARDAY=367'],
    ['BYWEEKNO=54', 'FREQ=YEARLY;BYWEEKNO=54'],
    ['BYSETPOS=0', 'FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0'],
    ['BYHOUR=24', 'FREQ=DAILY;BYHOUR=24'],
    ['BYMINUTE=60', 'FREQ=DAILY;BYMINUTE=60'],
    ['BYSECOND', 'FREQ=DAILY;BYSECOND=0'],
    ['49 times a day', `FREQ=DAILY;BYMINUTE=${[...Array(49).keys()].join(',')}`],
    ['54 times a day', 'FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8;BYMINUTE=0,10,20,30,40,50'],
    ['an unknown part', 'FREQ=DAILY;FOO=1'],
    ['a part of Object', 'FREQ=DAILY;CONSTRUCTOR=1'],
    ['a part of another library', 'FREQ=YEARLY;BYEASTER=0'],
    ['an X- part', 'FREQ=DAILY;X-NOTE=1'],
    ['DTSTART inside', 'FREQ=DAILY;DTSTART=20260101T000000Z'],
    ['TZID inside', 'FREQ=DAILY;TZID=Asia/Seoul'],
    ['a part without value', 'FREQ=DAILY;COUNT'],
    ['a value with =', 'FREQ=DAILY;COUNT=1=2'],
    ['a semicolon too many', 'FREQ=DAILY;'],
    ['a space inside', 'FREQ=DAILY; COUNT=2'],
    ['an EXDATE line', 'RRULE:FREQ=DAILY\nEXDATE:20260101T000000Z'],
    ['a DTSTART line', 'DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY'],
    ['two rules', 'RRULE:FREQ=DAILY\r\nRRULE:FREQ=WEEKLY'],
    ['EXRULE', 'EXRULE:FREQ=DAILY'],
    ['property parameters', 'RRULE;X=1:FREQ=DAILY'],
    ['a letter that only looks like I', 'FREQ=DAıLY'],
    ['513 characters', `FREQ=DAILY;BYHOUR=${'1,'.repeat(246)}12`.padEnd(513, '3')],
  ])('refuses %s', (_, text) => {
    expect(parseRecurrenceRule(text)).toBeUndefined();
  });

  it('takes 512 characters and not one more', () => {
    const text = (length: number) => 'FREQ=DAILY;BYHOUR='.padEnd(length - 1, '1,').replace(/,$/, '2') + '1';
    expect(text(512)).toHaveLength(512);
    expect(parseRecurrenceRule(text(512))).toBeDefined();
    expect(text(514)).toHaveLength(514);
    expect(parseRecurrenceRule(text(514))).toBeUndefined();
    expect(parseRecurrenceRule(`${text(512)} `)).toBeUndefined();
  });
});
