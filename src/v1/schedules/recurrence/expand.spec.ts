import { CandidateBudget, MAX_CANDIDATES_PER_MASTER, MAX_CANDIDATES_PER_REQUEST } from './candidate-budget.js';
import { expand, type ExpansionRequest, MAX_OCCURRENCES } from './expand.js';
import { parseRecurrenceRule } from './parse-recurrence-rule.js';

const at = (text: string) => Date.parse(`${text}Z`) / 1000;
const FOREVER = at('9999-12-31T23:59:59');

/** The starts as text, `2026-01-05T09:00`; the range begins with the series unless told otherwise. */
function starts(text: string, dtstart: string, options: Partial<ExpansionRequest> = {}): string[] {
  const rule = parseRecurrenceRule(text);
  if (rule === undefined) throw new Error(`no rule: ${text}`);
  const start = at(dtstart);
  const range = { until: null, from: start, to: FOREVER, budget: new CandidateBudget() };
  const { starts: instants } = expand({ rule, dtstart: start, ...range, ...options });
  return instants.map((instant) => new Date(instant * 1000).toISOString().slice(0, 19).replace(/:00$/, ''));
}

describe('expand', () => {
  describe('where a series begins', () => {
    it('leaves out a start that does not match the rule', () => {
      // 5 January 2026 is a Monday.
      const options = { to: at('2026-01-12T00:00') };
      expect(starts('FREQ=WEEKLY;BYDAY=TU,SU', '2026-01-05T09:00', options)).toEqual([
        '2026-01-06T09:00',
        '2026-01-11T09:00',
      ]);
    });

    it('counts COUNT from the first match', () => {
      expect(starts('FREQ=WEEKLY;BYDAY=TU;COUNT=2', '2026-01-05T09:00')).toEqual([
        '2026-01-06T09:00',
        '2026-01-13T09:00',
      ]);
    });

    it('has nothing before the start, however early the range', () => {
      const options = { from: at('1970-01-01T00:00'), to: at('2026-01-07T00:00') };
      expect(starts('FREQ=DAILY', '2026-01-05T09:00', options)).toEqual(['2026-01-05T09:00', '2026-01-06T09:00']);
      expect(starts('FREQ=DAILY;BYHOUR=8,10', '2026-01-05T09:00', options)).toEqual([
        '2026-01-05T10:00',
        '2026-01-06T08:00',
        '2026-01-06T10:00',
      ]);
    });

    it('keeps the second of the start', () => {
      expect(starts('FREQ=HOURLY;BYMINUTE=0,30;COUNT=3', '2026-01-05T09:10:07')).toEqual([
        '2026-01-05T09:30:07',
        '2026-01-05T10:00:07',
        '2026-01-05T10:30:07',
      ]);
    });

    it('takes the weekday in UTC, without DST', () => {
      // 23:30 UTC is the next day in Seoul; New York changes its clocks on 8 March 2026.
      expect(starts('FREQ=WEEKLY;BYDAY=SU;COUNT=3', '2026-03-01T23:30')).toEqual([
        '2026-03-01T23:30',
        '2026-03-08T23:30',
        '2026-03-15T23:30',
      ]);
    });
  });

  describe('where a series ends', () => {
    const daily = (rule: string, until: string | null) =>
      starts(rule, '2026-01-05T09:00', { until: until === null ? null : at(until), to: at('2026-01-31T00:00') });

    it('takes a start at recurrence_end, and none a second later', () => {
      expect(daily('FREQ=DAILY', '2026-01-07T09:00')).toHaveLength(3);
      expect(daily('FREQ=DAILY', '2026-01-07T08:59:59')).toHaveLength(2);
    });

    it('takes a start at UNTIL, and none a second later', () => {
      expect(daily('FREQ=DAILY;UNTIL=20260107T090000Z', null)).toHaveLength(3);
      expect(daily('FREQ=DAILY;UNTIL=20260107T085959Z', null)).toHaveLength(2);
    });

    it('ignores recurrence_end where there is an UNTIL, earlier or later', () => {
      expect(daily('FREQ=DAILY;UNTIL=20260107T090000Z', '2026-01-06T00:00')).toHaveLength(3);
      expect(daily('FREQ=DAILY;UNTIL=20260107T090000Z', '2026-01-20T00:00')).toHaveLength(3);
    });

    it('holds COUNT as well', () => {
      expect(daily('FREQ=DAILY;COUNT=2;UNTIL=20260107T090000Z', null)).toHaveLength(2);
      expect(daily('FREQ=DAILY;COUNT=9;UNTIL=20260107T090000Z', null)).toHaveLength(3);
      expect(daily('FREQ=DAILY;COUNT=2', '2026-01-07T09:00')).toHaveLength(2);
    });

    it('is empty when it ends before it begins', () => {
      expect(daily('FREQ=DAILY;UNTIL=20251231', null)).toEqual([]);
      expect(daily('FREQ=DAILY', '2026-01-05T08:00')).toEqual([]);
    });

    it('reads a date alone as its first second', () => {
      expect(daily('FREQ=DAILY;UNTIL=20260107', null)).toHaveLength(2);
    });

    it('stops with the year 9999', () => {
      expect(starts('FREQ=YEARLY', '9998-06-01T00:00')).toEqual(['9998-06-01T00:00', '9999-06-01T00:00']);
    });
  });

  describe('the range', () => {
    it('has both its ends', () => {
      const options = { from: at('2026-01-06T09:00'), to: at('2026-01-08T09:00') };
      expect(starts('FREQ=DAILY', '2026-01-05T09:00', options)).toHaveLength(3);
      expect(starts('FREQ=DAILY', '2026-01-05T09:00', { from: options.from + 1, to: options.to - 1 })).toHaveLength(1);
    });

    it('is empty backwards', () => {
      const options = { from: at('2026-01-08T09:00'), to: at('2026-01-06T09:00') };
      expect(starts('FREQ=DAILY', '2026-01-05T09:00', options)).toEqual([]);
    });

    it('counts COUNT from the start of the series', () => {
      const options = { from: at('2026-01-08T00:00') };
      expect(starts('FREQ=DAILY;COUNT=5', '2026-01-05T09:00', options)).toEqual([
        '2026-01-08T09:00',
        '2026-01-09T09:00',
      ]);
    });

    it.each([
      ['FREQ=DAILY;INTERVAL=3', '2026-01-07T00:00', '2026-01-08T09:00'],
      ['FREQ=WEEKLY;INTERVAL=2', '2026-01-06T00:00', '2026-01-19T09:00'],
      ['FREQ=MONTHLY;INTERVAL=5', '2026-02-01T00:00', '2026-06-05T09:00'],
      ['FREQ=YEARLY;INTERVAL=4', '2026-02-01T00:00', '2030-01-05T09:00'],
      ['FREQ=HOURLY;INTERVAL=7', '2026-01-05T10:00', '2026-01-05T16:00'],
    ])('keeps to the intervals of %s however far away it is', (rule, from, next) => {
      expect(starts(rule, '2026-01-05T09:00', { from: at(from) })[0]).toBe(next);
      const all = starts(rule, '2026-01-05T09:00');
      expect(starts(rule, '2026-01-05T09:00', { from: at(all.at(-1) ?? '') })[0]).toBe(all.at(-1));
    });

    it('starts near a range that is far away', () => {
      const budget = new CandidateBudget(100);
      const options = { from: at('9990-01-01T00:00'), to: at('9990-01-01T12:00'), budget };
      expect(starts('FREQ=HOURLY', '1970-01-01T00:00', options)).toHaveLength(13);
    });
  });

  describe('the parts', () => {
    const first = (rule: string, dtstart: string, length: number) => starts(rule, dtstart).slice(0, length);

    it('has leap days only where there are some', () => {
      expect(first('FREQ=YEARLY', '2024-02-29T00:00', 2)).toEqual(['2024-02-29T00:00', '2028-02-29T00:00']);
      expect(first('FREQ=YEARLY;BYYEARDAY=366', '2024-01-01T00:00', 2)).toEqual([
        '2024-12-31T00:00',
        '2028-12-31T00:00',
      ]);
    });

    it('leaves out months without a 31st', () => {
      expect(first('FREQ=MONTHLY', '2026-01-31T00:00', 3)).toEqual([
        '2026-01-31T00:00',
        '2026-03-31T00:00',
        '2026-05-31T00:00',
      ]);
    });

    it("takes the start's weekday in a numbered week", () => {
      expect(first('FREQ=YEARLY;BYWEEKNO=20', '1997-05-12T00:00', 2)).toEqual(['1997-05-12T00:00', '1998-05-11T00:00']);
    });

    it('finds week 1 in December, and the last week in January', () => {
      const days = (rule: string) => first(rule, '2024-01-01T00:00', 4).map((start) => start.slice(0, 10));
      expect(days('FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO')).toEqual(['2024-01-01', '2024-12-30', '2025-12-29', '2027-01-04']);
      expect(days('FREQ=YEARLY;BYWEEKNO=-1;BYDAY=SU')).toEqual([
        '2024-12-29',
        '2025-12-28',
        '2027-01-03',
        '2028-01-02',
      ]);
      expect(days('FREQ=YEARLY;BYWEEKNO=53;BYDAY=FR').slice(0, 2)).toEqual(['2027-01-01', '2032-12-31']);
    });

    it('adds every Monday and the first Tuesday up', () => {
      expect(first('FREQ=MONTHLY;BYDAY=MO,1TU', '2026-01-01T00:00', 5)).toEqual([
        '2026-01-05T00:00',
        '2026-01-06T00:00',
        '2026-01-12T00:00',
        '2026-01-19T00:00',
        '2026-01-26T00:00',
      ]);
    });

    it('counts positions in the whole week, also in the first', () => {
      // The start is a Wednesday: second of Monday, Wednesday and Friday.
      expect(first('FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=2', '2026-01-07T00:00', 2)).toEqual([
        '2026-01-07T00:00',
        '2026-01-14T00:00',
      ]);
      expect(first('FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=1', '2026-01-07T00:00', 1)).toEqual(['2026-01-12T00:00']);
    });

    it('counts a start once, whatever names it', () => {
      expect(first('FREQ=MONTHLY;BYMONTHDAY=31,-1,31', '2026-01-01T00:00', 2)).toEqual([
        '2026-01-31T00:00',
        '2026-02-28T00:00',
      ]);
      expect(first('FREQ=MONTHLY;BYDAY=MO,MO,1MO;COUNT=2', '2026-01-01T00:00', 9)).toHaveLength(2);
    });
  });

  describe('the bounds', () => {
    it(`gives at most ${String(MAX_OCCURRENCES)}`, () => {
      expect(starts('FREQ=HOURLY', '2026-01-01T00:00')).toHaveLength(MAX_OCCURRENCES);
      expect(starts('FREQ=DAILY;COUNT=10000', '2026-01-01T00:00')).toHaveLength(MAX_OCCURRENCES);
    });

    it.each(['FREQ=DAILY', 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR', 'FREQ=HOURLY', 'FREQ=DAILY;BYHOUR=9,18'])(
      'reaches the last of 10,000 occurrences of %s',
      (rule) => {
        const all = (from: string) => starts(`${rule};COUNT=10000`, '2026-01-05T09:00', { from: at(from) });
        const years = rule === 'FREQ=HOURLY' ? '2027-02-01T00:00' : '2038-01-01T00:00';
        expect(all(years).length).toBeGreaterThan(0);
      },
    );

    it.each([
      ['FREQ=HOURLY;BYDAY=MO;BYHOUR=9;COUNT=900', 900],
      ['FREQ=HOURLY;BYMONTH=1;BYMONTHDAY=1;BYHOUR=9;COUNT=200', 200],
      ['FREQ=DAILY;BYMONTH=1;COUNT=1000', 1000],
    ])('does not look for %s hour by hour', (rule, count) => {
      expect(starts(rule, '2026-01-05T09:00')).toHaveLength(count);
    });

    it('ends a series with the budget of its master', () => {
      const budget = new CandidateBudget();
      // Each day is a candidate that BYSETPOS throws away.
      expect(starts('FREQ=DAILY;BYSETPOS=2', '2026-01-01T00:00', { budget })).toEqual([]);
      expect(budget.spend(MAX_CANDIDATES_PER_REQUEST - MAX_CANDIDATES_PER_MASTER)).toBe(true);
      expect(budget.exhausted).toBe(true);
    });

    it('ends a series with what the masters before it left', () => {
      const budget = new CandidateBudget(25);
      expect(starts('FREQ=DAILY;COUNT=10', '2026-01-01T00:00', { budget })).toHaveLength(10);
      expect(starts('FREQ=DAILY;COUNT=10', '2026-01-01T00:00', { budget })).toHaveLength(10);
      expect(starts('FREQ=DAILY;COUNT=10', '2026-01-01T00:00', { budget })).toHaveLength(5);
      expect(starts('FREQ=DAILY;COUNT=10', '2026-01-01T00:00', { budget })).toEqual([]);
    });

    it('gives no positions in a set that it could not finish', () => {
      const budget = new CandidateBudget(20);
      expect(starts('FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1', '2026-01-01T00:00', { budget })).toEqual([]);
    });
  });
});
