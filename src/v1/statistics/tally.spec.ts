import fc from 'fast-check';

import { parseTimeZone, UTC } from '../../common/time/time-zone.js';
import { historyOf, type Segment, segmentsOf } from '../../timer-domain/rules/segments.js';
import { parseDay } from './days.js';
import {
  byDate,
  byLink,
  clip,
  daysOf,
  GROUPINGS,
  type GroupBy,
  isDateGrouping,
  rangeOf,
  type Work,
} from './grouping.js';
import { Tally } from './tally.js';

const at = (text: string): number => Date.parse(text) / 1_000;
const day = (text: string): number => parseDay(text) ?? NaN;
const LABELS = new Map([
  ['a', 'Algebra'],
  ['b', 'Biology'],
]);
const NO_LINKS = { tag: [], todo: [], schedule: [] };

interface Asked {
  from: string;
  to: string;
  zone: string;
  groupBy: GroupBy;
}

/** Whole pieces of work, tallied as the service does. */
function tally({ from, to, zone: name, groupBy }: Asked, works: readonly Work[]): Tally {
  const zone = parseTimeZone(name) ?? UTC;
  const { start, end } = rangeOf(day(from), day(to), zone);
  const grouping = isDateGrouping(groupBy)
    ? byDate(groupBy, daysOf(day(from), day(to)), zone)
    : byLink(groupBy, LABELS);
  const result = new Tally(grouping);
  for (const { segments, links } of works) result.add({ segments: clip(segments, start, end), links });
  return result;
}

const work = (...segments: [string, string][]): Work => ({
  segments: segments.map(([start, end]) => ({ start: at(start), end: at(end) })),
  links: NO_LINKS,
});

describe('a tally', () => {
  it('puts time on the days it was spent, of 23 hours and of 25 too', () => {
    const weekend: Asked = { from: '2026-03-28', to: '2026-03-30', zone: 'Europe/Berlin', groupBy: 'day' };
    const all = tally(weekend, [work(['2026-03-27T00:00:00Z', '2026-04-01T00:00:00Z'])]);
    expect(all.results()).toEqual([
      { key: '2026-03-28', seconds: 86_400, timers: 1 },
      { key: '2026-03-29', seconds: 82_800, timers: 1 },
      { key: '2026-03-30', seconds: 86_400, timers: 1 },
    ]);
    expect(all.totalSeconds).toBe(255_600);
    const autumn = { ...weekend, from: '2026-10-25', to: '2026-10-25' };
    expect(tally(autumn, [work(['2026-10-24T00:00:00Z', '2026-10-27T00:00:00Z'])]).totalSeconds).toBe(90_000);
    const seoul = { ...weekend, from: '2026-03-29', to: '2026-03-29', zone: 'Asia/Seoul' };
    expect(tally(seoul, [work(['2026-03-28T14:00:00Z', '2026-03-28T15:00:10Z'])]).results()).toEqual([
      { key: '2026-03-29', seconds: 10, timers: 1 },
    ]);
  });

  it('puts weeks under their Monday and months under their first, though the range begins later', () => {
    const asked: Asked = { from: '2026-04-01', to: '2026-05-04', zone: 'UTC', groupBy: 'week' };
    const works = [
      work(['2026-04-05T23:59:50Z', '2026-04-06T00:00:05Z']),
      work(['2026-04-30T00:00:00Z', '2026-05-02T00:00:00Z']),
    ];
    expect(tally(asked, works).results()).toEqual([
      { key: '2026-03-30', seconds: 10, timers: 1 },
      { key: '2026-04-06', seconds: 5, timers: 1 },
      { key: '2026-04-27', seconds: 172_800, timers: 1 },
    ]);
    expect(tally({ ...asked, groupBy: 'month' }, works).results()).toEqual([
      { key: '2026-04-01', seconds: 86_415, timers: 2 },
      { key: '2026-05-01', seconds: 86_400, timers: 1 },
    ]);
  });

  it('counts a timer under each of its tags and once in the total; unknown tags are none, rooms are rooms', () => {
    const asked: Asked = { from: '2026-04-01', to: '2026-04-01', zone: 'UTC', groupBy: 'tag' };
    const minute = work(['2026-04-01T10:00:00Z', '2026-04-01T10:01:00Z']);
    const tagged = (...tag: string[]): Work => ({ ...minute, links: { ...NO_LINKS, tag } });
    const result = tally(asked, [
      tagged('a', 'b'),
      tagged('b', 'gone'),
      tagged('gone', 'too'),
      tagged(),
      { ...minute, links: null },
    ]);
    expect(result.totalSeconds).toBe(300);
    expect(result.timers).toBe(5);
    expect(result.results()).toEqual([
      { key: 'a', seconds: 60, timers: 1 },
      { key: 'b', seconds: 120, timers: 2 },
      { key: null, seconds: 120, timers: 2 },
      { key: 'room', seconds: 60, timers: 1 },
    ]);
  });

  it('knows no timer without time in the range', () => {
    const asked: Asked = { from: '2026-04-01', to: '2026-04-01', zone: 'UTC', groupBy: 'day' };
    const before = work(['2026-03-31T10:00:00Z', '2026-04-01T00:00:00Z']);
    const after = work(['2026-04-02T00:00:00Z', '2026-04-02T10:00:00Z']);
    const around = work(
      ['2026-03-31T10:00:00Z', '2026-03-31T11:00:00Z'],
      ['2026-04-02T10:00:00Z', '2026-04-02T11:00:00Z'],
    );
    const result = tally(asked, [before, after, around, { segments: [], links: NO_LINKS }]);
    expect([result.totalSeconds, result.timers, result.results()]).toEqual([0, 0, []]);
  });
});

/** Histories in order and without overlap, some of them around the clocks' changes. */
const history = fc
  .tuple(
    fc.constantFrom(at('2026-03-28T20:00:00Z'), at('2026-10-24T20:00:00Z'), at('2026-01-01T00:00:00Z')),
    fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 2, maxLength: 20 }),
  )
  .map(([start, steps]) => {
    const moments = steps.map((_, index) => start + steps.slice(0, index + 1).reduce((sum, step) => sum + step, 0));
    const segments: Segment[] = [];
    for (let i = 0; i + 1 < moments.length; i += 2) segments.push({ start: moments[i] ?? 0, end: moments[i + 1] ?? 0 });
    return historyOf(segments, 'stop');
  });

const zone = fc.constantFrom('Europe/Berlin', 'Asia/Seoul', 'America/New_York', 'UTC', '-03:30', 'Africa/Cairo');

it('the sum over days, weeks and months is the total, and the total is the sum over segments', () => {
  fc.assert(
    fc.property(
      fc.array(history, { maxLength: 8 }),
      zone,
      fc.constantFrom(...GROUPINGS),
      (histories, name, groupBy) => {
        const now = at('2026-12-31T00:00:00Z');
        const works = histories.map((one) => ({ segments: segmentsOf(one, now), links: NO_LINKS }));
        const asked: Asked = { from: '2025-12-30', to: '2027-01-02', zone: name, groupBy };
        const result = tally(asked, works);
        expect(result.timers).toBe(histories.length);
        // The domain's own count: what every history ends with.
        expect(result.totalSeconds).toBe(histories.reduce((sum, one) => sum + (one.at(-1)?.elapsed ?? NaN), 0));
        const sum = tally(asked, works)
          .results()
          .reduce((total, { seconds }) => total + seconds, 0);
        expect(sum).toBe(result.totalSeconds);
      },
    ),
    { numRuns: 500 },
  );
});

it('asked day by day gives what asked at once does', () => {
  fc.assert(
    fc.property(fc.array(history, { minLength: 1, maxLength: 3 }), zone, (histories, name) => {
      const works = histories.map((one) => ({
        segments: segmentsOf(one, at('2027-01-01T00:00:00Z')),
        links: NO_LINKS,
      }));
      const asked: Asked = { from: '2026-03-26', to: '2026-04-02', zone: name, groupBy: 'day' };
      const single = daysOf(day(asked.from), day(asked.to)).flatMap((one) => {
        const text = new Date(one * 86_400_000).toISOString().slice(0, 10);
        return tally({ ...asked, from: text, to: text }, works).results();
      });
      const byKey = (one: { key: string | null }, other: { key: string | null }) =>
        (one.key ?? '') < (other.key ?? '') ? -1 : 1;
      expect(tally(asked, works).results().sort(byKey)).toEqual(single.sort(byKey));
    }),
    { numRuns: 200 },
  );
});
