import { Occurrences } from './occurrences.js';
import { unchanged } from './schedule-exceptions.js';
import type { Schedule } from './schedule.js';

const DAY = 86_400;
const START = Date.parse('2026-03-02T09:00:00Z') / 1_000;

const master = (recurrenceRule: string, own: Partial<Schedule> = {}): Schedule => ({
  id: 'm',
  ownerId: 'o',
  title: 't',
  description: null,
  startTime: START,
  endTime: START + 3_600,
  recurrenceRule,
  recurrenceEnd: null,
  parentId: null,
  tagGroupId: null,
  sourceTodoId: null,
  state: 'PLANNED',
  tagIds: [],
  createdAt: START,
  updatedAt: START,
  ...own,
});

/** The occurrences of a daily master, the first so many of them deleted. */
const withDeleted = (rule: string, count: number) =>
  Occurrences.of(
    master(rule),
    Array.from({ length: count }, (_, day) => ({ ...unchanged('m', START + day * DAY), deleted: true })),
  );

it.each([
  ['FREQ=DAILY;COUNT=3', 2, true],
  ['FREQ=DAILY;COUNT=3', 3, false],
  ['FREQ=DAILY;COUNT=9000', 8_999, true],
  ['FREQ=DAILY;COUNT=9000', 9_000, false],
  ['FREQ=DAILY;UNTIL=20260304T090000Z', 2, true],
  ['FREQ=DAILY;UNTIL=20260304T090000Z', 3, false],
  ['FREQ=DAILY', 5_000, true],
])('%s with %i deleted has some left: %s', (rule, count, left) => {
  expect(withDeleted(rule, count)?.anyLeft()).toBe(left);
});

it('believes that something is left of what it cannot look through', () => {
  const hostile = Occurrences.of(master('FREQ=YEARLY;BYSETPOS=1;BYHOUR=0,1,2,3,4,5;BYMINUTE=0,1,2,3,4,5,6,7'), []);
  expect([hostile?.isSeries(), hostile?.anyLeft()]).toEqual([true, true]);
});

it.each(['FREQ=DAILY;COUNT=4', 'FREQ=DAILY;UNTIL=20260305T090000Z'])('%s has starts on four days', (rule) => {
  const days = [-1, 0, 1, 3, 4, 400].map((day) => START + day * DAY);
  const starts = Occurrences.of(master(rule), [])?.startsAmong([...days, START + 60]);
  expect([...(starts ?? [])]).toEqual([START, START + DAY, START + 3 * DAY]);
});

it('no rule, no series', () => {
  expect(Occurrences.of(master('FREQ=SOMETIMES'), [])).toBeUndefined();
  expect(Occurrences.of(master('FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30'), [])?.isSeries()).toBe(false);
});
