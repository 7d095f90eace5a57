import { CandidateBudget } from '../schedules/recurrence/candidate-budget.js';
import { parseRecurrenceRule } from '../schedules/recurrence/parse-recurrence-rule.js';
import { ruleText } from './series-text.js';

const DTSTART = Date.parse('2026-03-02T09:00:00Z') / 1_000;

const textOf = (text: string, until: string | null = null): string => {
  const rule = parseRecurrenceRule(text);
  if (rule === undefined) throw new Error('no rule');
  const end = until === null ? null : Date.parse(until) / 1_000;
  return ruleText({ rule, dtstart: DTSTART, until: end, budget: new CandidateBudget() });
};

it.each([
  ['BYDAY=WE;FREQ=WEEKLY', 'FREQ=WEEKLY;BYDAY=WE'],
  ['FREQ=DAILY;BYHOUR=9,6', 'FREQ=DAILY;BYHOUR=6,9'],
  ['rrule:freq=daily;interval=1', 'FREQ=DAILY'],
  ['FREQ=WEEKLY;WKST=SU;INTERVAL=2;BYDAY=SU,MO,MO', 'FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=MO,SU'],
  ['FREQ=MONTHLY;BYDAY=2TU,-1FR,1MO', 'FREQ=MONTHLY;BYDAY=-1FR,1MO,2TU'],
  ['FREQ=MONTHLY;BYMONTHDAY=+15,-1,01;COUNT=05', 'FREQ=MONTHLY;BYMONTHDAY=-1,1,15;COUNT=5'],
  ['FREQ=MONTHLY;BYSETPOS=-1,1;BYDAY=FR,MO', 'FREQ=MONTHLY;BYDAY=MO,FR;BYSETPOS=-1,1'],
  ['FREQ=YEARLY;BYMINUTE=30,0;BYWEEKNO=20,3;BYMONTH=12,2', 'FREQ=YEARLY;BYMONTH=2,12;BYWEEKNO=3,20;BYMINUTE=0,30'],
  ['FREQ=YEARLY;BYYEARDAY=200,-1', 'FREQ=YEARLY;BYYEARDAY=-1,200'],
  ['UNTIL=20260401;FREQ=DAILY', 'FREQ=DAILY;UNTIL=20260401T000000Z'],
  ['FREQ=DAILY;UNTIL=99991231T235959', 'FREQ=DAILY;UNTIL=99991230T235959Z'],
])('%s is written as %s', (sent, written) => {
  expect(textOf(sent)).toBe(written);
  expect(textOf(written)).toBe(written);
});

it('takes the bound of recurrence_end where the rule has none', () => {
  expect(textOf('BYHOUR=9;FREQ=DAILY', '2026-03-10T09:00:00Z')).toBe('FREQ=DAILY;BYHOUR=9;UNTIL=20260310T090000Z');
});
