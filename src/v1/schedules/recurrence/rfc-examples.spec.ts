import { CandidateBudget } from './candidate-budget.js';
import { expand } from './expand.js';
import { parseRecurrenceRule } from './parse-recurrence-rule.js';

const instant = (date: string, time = '09:00') => Date.parse(`${date}T${time}:00Z`) / 1000;

/** The starts from the series' own up to `to`, as text; nine o'clock goes without saying. */
function starts(rule: string, from: string, to = '2010-01-01', time?: string): string[] {
  const parsed = parseRecurrenceRule(rule);
  if (parsed === undefined) throw new Error(`no rule: ${rule}`);
  const dtstart = instant(from, time);
  const request = { rule: parsed, dtstart, until: null, from: dtstart, to: instant(to), budget: new CandidateBudget() };
  return expand(request).starts.map((start) => new Date(start * 1000).toISOString().slice(0, 16).replace('T09:00', ''));
}

/** `1997-09 2 4, 1997-10 6` stands for three dates. */
function dates(text: string): string[] {
  return text.split(', ').flatMap((part) => {
    const [month = '', ...days] = part.split(' ');
    return days.map((day) => `${month}-${day.padStart(2, '0')}`);
  });
}

const TUESDAYS = dates('1997-09 2 9 16 23 30, 1997-10 7 14 21 28, 1997-11 4 11 18 25, 1997-12 2 9 16 23');
const TUESDAYS_THURSDAYS = dates('1997-09 2 4 9 11 16 18 23 25 30, 1997-10 2');
const ALL_WEEKDAYS = 'BYDAY=SU,MO,TU,WE,TH,FR,SA';

/** RFC 5545, 3.8.5.3: rule, first day, the dates; its nine o'clock in New York is nine o'clock UTC here. */
const EXAMPLES: [rule: string, from: string, dates: string[], to?: string][] = [
  ['FREQ=DAILY;COUNT=10', '1997-09-02', dates('1997-09 2 3 4 5 6 7 8 9 10 11')],
  ['FREQ=DAILY;INTERVAL=2', '1997-09-02', dates('1997-09 2 4 6 8 10 12 14'), '1997-09-15'],
  ['FREQ=DAILY;INTERVAL=10;COUNT=5', '1997-09-02', dates('1997-09 2 12 22, 1997-10 2 12')],
  ['FREQ=WEEKLY;COUNT=10', '1997-09-02', TUESDAYS.slice(0, 10)],
  ['FREQ=WEEKLY;UNTIL=19971224T000000Z', '1997-09-02', TUESDAYS],
  [
    'FREQ=WEEKLY;INTERVAL=2;WKST=SU',
    '1997-09-02',
    dates('1997-09 2 16 30, 1997-10 14 28, 1997-11 11 25, 1997-12 9 23'),
    '1997-12-31',
  ],
  ['FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH', '1997-09-02', TUESDAYS_THURSDAYS],
  ['FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH', '1997-09-02', TUESDAYS_THURSDAYS],
  [
    'FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR',
    '1997-09-01',
    dates('1997-09 1 3 5 15 17 19 29, 1997-10 1 3 13 15 17 27 29 31, 1997-11 10 12 14 24 26 28, 1997-12 8 10 12 22'),
  ],
  ['FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH', '1997-09-02', dates('1997-09 2 4 16 18 30, 1997-10 2 14 16')],
  [
    'FREQ=MONTHLY;COUNT=10;BYDAY=1FR',
    '1997-09-05',
    dates(
      '1997-09 5, 1997-10 3, 1997-11 7, 1997-12 5, 1998-01 2, 1998-02 6, 1998-03 6, 1998-04 3, 1998-05 1, 1998-06 5',
    ),
  ],
  ['FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR', '1997-09-05', dates('1997-09 5, 1997-10 3, 1997-11 7, 1997-12 5')],
  [
    'FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU',
    '1997-09-07',
    dates('1997-09 7 28, 1997-11 2 30, 1998-01 4 25, 1998-03 1 29, 1998-05 3 31'),
  ],
  [
    'FREQ=MONTHLY;COUNT=6;BYDAY=-2MO',
    '1997-09-22',
    dates('1997-09 22, 1997-10 20, 1997-11 17, 1997-12 22, 1998-01 19, 1998-02 16'),
  ],
  [
    'FREQ=MONTHLY;BYMONTHDAY=-3',
    '1997-09-28',
    dates('1997-09 28, 1997-10 29, 1997-11 28, 1997-12 29, 1998-01 29, 1998-02 26'),
    '1998-03-01',
  ],
  [
    'FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15',
    '1997-09-02',
    dates('1997-09 2 15, 1997-10 2 15, 1997-11 2 15, 1997-12 2 15, 1998-01 2 15'),
  ],
  [
    'FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1',
    '1997-09-30',
    dates('1997-09 30, 1997-10 1 31, 1997-11 1 30, 1997-12 1 31, 1998-01 1 31, 1998-02 1'),
  ],
  [
    'FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15',
    '1997-09-10',
    dates('1997-09 10 11 12 13 14 15, 1999-03 10 11 12 13'),
  ],
  [
    'FREQ=MONTHLY;INTERVAL=2;BYDAY=TU',
    '1997-09-02',
    dates('1997-09 2 9 16 23 30, 1997-11 4 11 18 25, 1998-01 6 13 20 27, 1998-03 3 10 17 24 31'),
    '1998-04-30',
  ],
  [
    'FREQ=YEARLY;COUNT=10;BYMONTH=6,7',
    '1997-06-10',
    dates(
      '1997-06 10, 1997-07 10, 1998-06 10, 1998-07 10, 1999-06 10, 1999-07 10, 2000-06 10, 2000-07 10, 2001-06 10, 2001-07 10',
    ),
  ],
  [
    'FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3',
    '1997-03-10',
    dates(
      '1997-03 10, 1999-01 10, 1999-02 10, 1999-03 10, 2001-01 10, 2001-02 10, 2001-03 10, 2003-01 10, 2003-02 10, 2003-03 10',
    ),
  ],
  [
    'FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200',
    '1997-01-01',
    dates(
      '1997-01 1, 1997-04 10, 1997-07 19, 2000-01 1, 2000-04 9, 2000-07 18, 2003-01 1, 2003-04 10, 2003-07 19, 2006-01 1',
    ),
  ],
  ['FREQ=YEARLY;BYDAY=20MO', '1997-05-19', dates('1997-05 19, 1998-05 18, 1999-05 17'), '1999-12-31'],
  ['FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO', '1997-05-12', dates('1997-05 12, 1998-05 11, 1999-05 17'), '1999-12-31'],
  [
    'FREQ=YEARLY;BYMONTH=3;BYDAY=TH',
    '1997-03-13',
    dates('1997-03 13 20 27, 1998-03 5 12 19 26, 1999-03 4 11 18 25'),
    '1999-12-31',
  ],
  [
    'FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8',
    '1997-06-05',
    dates('1997-06 5 12 19 26, 1997-07 3 10 17 24 31, 1997-08 7 14 21 28, 1998-06 4 11 18 25, 1998-07 2 9 16 23 30'),
    '1998-07-31',
  ],
  [
    'FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13',
    '1997-09-02',
    dates('1998-02 13, 1998-03 13, 1998-11 13, 1999-08 13, 2000-10 13'),
    '2000-12-31',
  ],
  [
    'FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13',
    '1997-09-13',
    dates(
      '1997-09 13, 1997-10 11, 1997-11 8, 1997-12 13, 1998-01 10, 1998-02 7, 1998-03 7, 1998-04 11, 1998-05 9, 1998-06 13',
    ),
    '1998-06-30',
  ],
  [
    'FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8',
    '1996-11-05',
    dates('1996-11 5, 2000-11 7, 2004-11 2'),
    '2004-12-31',
  ],
  ['FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3', '1997-09-04', dates('1997-09 4, 1997-10 7, 1997-11 6')],
  [
    'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2',
    '1997-09-29',
    dates('1997-09 29, 1997-10 30, 1997-11 27, 1997-12 30, 1998-01 29, 1998-02 26, 1998-03 30'),
    '1998-04-01',
  ],
  ['FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO', '1997-08-05', dates('1997-08 5 10 19 24')],
  ['FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU', '1997-08-05', dates('1997-08 5 17 19 31')],
  ['FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5', '2007-01-15', dates('2007-01 15 30, 2007-02 15, 2007-03 15 30')],
];

describe('the examples of RFC 5545, 3.8.5.3', () => {
  it.each(EXAMPLES.map(([rule, from, expected, to]) => ({ rule, from, expected, to })))(
    '$rule from $from',
    ({ rule, from, expected, to }) => {
      expect(starts(rule, from, to)).toEqual(expected);
    },
  );

  it('every day up to a date', () => {
    const days = starts('FREQ=DAILY;UNTIL=19971224T000000Z', '1997-09-02');
    expect(days).toHaveLength(113);
    expect(days.at(-1)).toBe('1997-12-23');
  });

  it.each([
    `FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;${ALL_WEEKDAYS}`,
    'FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1',
  ])('every day of January, three years long: %s', (rule) => {
    const days = starts(rule, '1998-01-01');
    expect(days).toHaveLength(93);
    expect(new Set(days.map((day) => day.slice(0, 7)))).toEqual(new Set(['1998-01', '1999-01', '2000-01']));
  });

  it('every three hours of a day', () => {
    expect(starts('FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T170000Z', '1997-09-02')).toEqual([
      '1997-09-02',
      '1997-09-02T12:00',
      '1997-09-02T15:00',
    ]);
  });

  it('every twenty minutes of a working day', () => {
    const rule = 'FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40';
    const times = starts(rule, '1997-09-02', '1997-09-03');
    expect(times).toHaveLength(25);
    expect(times.slice(0, 4)).toEqual(['1997-09-02', '1997-09-02T09:20', '1997-09-02T09:40', '1997-09-02T10:00']);
    expect(times.slice(-2)).toEqual(['1997-09-02T16:40', '1997-09-03']);
  });

  it.each(['FREQ=MINUTELY;INTERVAL=15;COUNT=6', 'FREQ=MINUTELY;INTERVAL=90;COUNT=4'])('%s is not served', (rule) => {
    expect(parseRecurrenceRule(rule)).toBeUndefined();
  });
});
