import { CandidateBudget } from './candidate-budget.js';
import { expand, MAX_OCCURRENCES } from './expand.js';
import { parseRecurrenceRule } from './parse-recurrence-rule.js';

const LIMIT_MS = 200;
const FOREVER = Date.UTC(9999, 11, 31) / 1000;

const upTo = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join();
const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];
const nthWeekdays = (from: number) => upTo(84, (i) => `${String(from + Math.floor(i / 7))}${WEEKDAYS[i % 7] ?? ''}`);

/** Rules that find nothing, or hardly anything, however long one looks. */
const HOSTILE = [
  'FREQ=HOURLY;INTERVAL=2;BYHOUR=1',
  'FREQ=HOURLY;INTERVAL=24;BYHOUR=1',
  'FREQ=HOURLY;INTERVAL=1000;BYHOUR=1',
  'FREQ=HOURLY',
  'FREQ=HOURLY;COUNT=10000',
  'FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30',
  'FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO;BYHOUR=5',
  'FREQ=HOURLY;BYSETPOS=2',
  'FREQ=HOURLY;BYYEARDAY=366;BYMONTH=1',
  'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30',
  'FREQ=DAILY;BYMONTHDAY=31;BYMONTH=4,6,9,11',
  'FREQ=DAILY;INTERVAL=7;BYDAY=FR',
  'FREQ=DAILY;BYSETPOS=366',
  'FREQ=WEEKLY;BYMONTH=2;BYMONTHDAY=30',
  'FREQ=WEEKLY;BYDAY=MO;BYSETPOS=-2',
  'FREQ=WEEKLY;BYWEEKNO=53;BYMONTH=6',
  'FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30',
  'FREQ=MONTHLY;INTERVAL=12;BYMONTH=2',
  'FREQ=MONTHLY;BYDAY=6MO',
  `FREQ=MONTHLY;BYDAY=${nthWeekdays(6)}`,
  `FREQ=MONTHLY;BYDAY=${nthWeekdays(20)}`,
  'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=366',
  'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
  'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO',
  'FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO;BYSETPOS=2',
  'FREQ=YEARLY;BYYEARDAY=366;BYMONTH=1',
  'FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6',
  `FREQ=YEARLY;BYWEEKNO=${upTo(53, (i) => String(i + 1))};BYMONTHDAY=31;BYMONTH=2`,
  `FREQ=YEARLY;BYDAY=${upTo(80, () => '53MO')};BYMONTH=2`,
  `FREQ=YEARLY;BYMONTH=2;BYDAY=${nthWeekdays(20)}`,
  'FREQ=YEARLY;BYDAY=MO;BYSETPOS=54',
  'FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=-366;BYHOUR=0,1,2,3,4,5;BYMINUTE=0,1,2,3,4,5,6,7',
  `FREQ=YEARLY;BYDAY=MO;BYSETPOS=${upTo(120, (i) => String(200 + i))}`,
];

/** Milliseconds of processor time: what else runs on the machine does not count. */
function cost(act: () => void): number {
  const before = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function expandAll(text: string, dtstart: number, budget: CandidateBudget): number {
  const rule = parseRecurrenceRule(text);
  if (rule === undefined) throw new Error(`no rule: ${text}`);
  return expand({ rule, dtstart, until: null, from: dtstart + 1, to: FOREVER, budget }).starts.length;
}

describe('a hostile rule is answered in time', () => {
  it.each(HOSTILE)('%s', (text) => {
    // Midnight, an even hour: 1970, where an empty search is longest, and 2026.
    for (const dtstart of [0, Date.UTC(2026, 0, 5) / 1000]) {
      const act = () => {
        expect(expandAll(text, dtstart, new CandidateBudget())).toBeLessThanOrEqual(MAX_OCCURRENCES);
      };
      expect(cost(act)).toBeLessThan(LIMIT_MS);
    }
  });

  it('a thousand of them share what a request may spend', () => {
    const budget = new CandidateBudget();
    const act = () => Array.from({ length: 1000 }, (_, i) => expandAll(HOSTILE[i % HOSTILE.length] ?? '', 0, budget));
    expect(cost(act)).toBeLessThan(5 * LIMIT_MS);
    expect(budget.exhausted).toBe(true);
  });

  it.each(['FREQ=HOURLY;INTERVAL=2;BYHOUR=1', 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', 'FREQ=DAILY;BYSETPOS=2'])(
    '%s has no occurrence',
    (text) => {
      expect(expandAll(text, 0, new CandidateBudget())).toBe(0);
    },
  );
});
