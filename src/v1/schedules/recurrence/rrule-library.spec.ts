import fc from 'fast-check';
import { RRule } from 'rrule';

import { CandidateBudget } from './candidate-budget.js';
import { expand } from './expand.js';
import { parseRecurrenceRule } from './parse-recurrence-rule.js';

const DAY = 86_400;
const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];

/** A few values of a BY part, or none of it. Ascending, because the library keeps the order of hours and minutes. */
function part(name: string, values: fc.Arbitrary<number | string>): fc.Arbitrary<string> {
  const list = fc.uniqueArray(values, { minLength: 1, maxLength: 3 });
  const given = list.map((items) => `;${name}=${items.sort((one, other) => Number(one) - Number(other)).join()}`);
  return fc.oneof(fc.constant(''), given);
}

const signed = (max: number) => fc.integer({ min: -max, max }).filter((value) => value !== 0);
const always = (name: string, values: fc.Arbitrary<number | string>) =>
  part(name, values).filter((text) => text !== '');

const interval = fc.oneof(
  fc.constant(''),
  fc.integer({ min: 1, max: 5 }).map((n) => `;INTERVAL=${String(n)}`),
);
const weekday = part('BYDAY', fc.constantFrom(...WEEKDAYS));
const nthWeekday = (max: number) =>
  always(
    'BYDAY',
    fc.tuple(signed(max), fc.constantFrom(...WEEKDAYS)).map(([nth, day]) => `${String(nth)}${day}`),
  );
const month = part('BYMONTH', fc.integer({ min: 1, max: 12 }));
const monthDay = part('BYMONTHDAY', signed(31));
const yearDay = always('BYYEARDAY', signed(366));
// From the end no further than where it may be the first week, whose days in the year before the library leaves out.
const weekNumber = always(
  'BYWEEKNO',
  signed(53).filter((week) => week > -52),
).chain((weeks) => always('BYDAY', fc.constantFrom(...WEEKDAYS)).map((days) => weeks + days));
const hours = part('BYHOUR', fc.integer({ min: 0, max: 23 }));
const minutes = part('BYMINUTE', fc.integer({ min: 0, max: 59 }));
const weekStart = part('WKST', fc.constantFrom(...WEEKDAYS)).filter((text) => !text.includes(','));
const position = part('BYSETPOS', fc.constantFrom(-1, 1, 2, 3, 6)).filter((text) => !text.includes(','));

/**
 * Rules that the library gets through, in the frame of RFC 5545. Left out is where it departs from the RFC: plain and
 * numbered weekdays together, BYWEEKNO alone, two positions that meet (it repeats the start), a position before the first, and positions in a first week that has begun already.
 */
const days = fc.oneof(
  fc.tuple(fc.constant('FREQ=YEARLY'), month, fc.oneof(weekday, nthWeekday(5), monthDay)),
  fc.tuple(fc.constant('FREQ=YEARLY'), month, monthDay, weekday),
  fc.tuple(fc.constant('FREQ=YEARLY'), fc.oneof(yearDay, nthWeekday(53), weekNumber)),
  fc.tuple(fc.constant('FREQ=MONTHLY'), month, fc.oneof(weekday, nthWeekday(5), monthDay)),
  fc.tuple(fc.constant('FREQ=MONTHLY'), monthDay, weekday),
  fc.tuple(fc.constant('FREQ=WEEKLY'), month, weekday),
  fc.tuple(fc.constant('FREQ=DAILY'), month, weekday, monthDay),
);

const daily = fc
  .tuple(days, hours, minutes, position)
  .map(([parts, ...times]) => [...parts, ...times].join(''))
  .filter((text) => !(text.startsWith('FREQ=WEEKLY') && text.includes('BYSETPOS')))
  // The library counts the weeks of the year before by the length of the present one: 2011-01-01 is in no week 53.
  .filter((text) => !/BYWEEKNO=[^;]*(?<!-)5[23]/.test(text));
// With BYHOUR and an INTERVAL the library may never come to an end.
const hourly = fc
  .tuple(fc.constant('FREQ=HOURLY'), month, weekday, monthDay, minutes, position)
  .map((all) => all.join(''));

const ruleText = fc
  .tuple(fc.oneof({ weight: 4, arbitrary: daily }, { weight: 1, arbitrary: hourly }), interval, weekStart)
  .map((all) => all.join(''));

const cases = fc.record({
  text: ruleText,
  count: fc.option(fc.integer({ min: 1, max: 40 })),
  dtstart: fc.integer({ min: Date.UTC(1999, 0, 1) / 1000, max: Date.UTC(2040, 0, 1) / 1000 }),
  offsetDays: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 1100 })),
});

/** Days that are looked at: few enough that neither side comes to a bound. */
function rangeDays(text: string): number {
  if (text.includes('HOURLY')) return 10;
  return text.includes('BYHOUR') || text.includes('BYMINUTE') ? 80 : 800;
}

function byUs(text: string, dtstart: number, from: number, to: number): readonly number[] {
  const rule = parseRecurrenceRule(text);
  if (rule === undefined) throw new Error(`no rule: ${text}`);
  return expand({ rule, dtstart, until: null, from, to, budget: new CandidateBudget() }).starts;
}

function byLibrary(text: string, dtstart: number, from: number, to: number): number[] {
  const rule = new RRule({ ...RRule.parseString(text), dtstart: new Date(dtstart * 1000) });
  return rule.between(new Date(from * 1000), new Date(to * 1000), true).map((date) => date.getTime() / 1000);
}

describe('beside the rrule library', () => {
  it('finds the same starts for every rule that the library comes to an end with', () => {
    const property = fc.property(cases, ({ text, count, dtstart, offsetDays }) => {
      const from = dtstart + offsetDays * DAY;
      const to = from + rangeDays(text) * DAY;
      // The library only stops at a start behind the range, so there has to be one.
      fc.pre(byUs(text, dtstart, to + 1, to + 10 * 366 * DAY).length > 0);
      const counted = count === null ? text : `${text};COUNT=${String(count)}`;
      expect(byUs(counted, dtstart, from, to)).toEqual(byLibrary(counted, dtstart, from, to));
    });
    fc.assert(property, { numRuns: 1000 });
  });
});
