import fc from 'fast-check';

import { historyOf, problemOf, type Segment, segmentsOf, withSegments } from './segments.js';
import { startTimer } from './timer.js';

const NOW = 1_000_000;
const DAY = 86_400;

/** Ordered segments within a day that do not overlap. */
const segments: fc.Arbitrary<Segment[]> = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 600 }), fc.integer({ min: 1, max: 600 })), { minLength: 1, maxLength: 60 })
  .map((steps) => {
    let at = NOW - DAY;
    return steps.map(([gap, length]) => {
      const start = at + gap;
      at = start + length;
      return { start, end: at };
    });
  });

describe('segments', () => {
  it('come back from the history they were written into, and add up to its elapsed', () => {
    fc.assert(
      fc.property(segments, fc.constantFrom('stop' as const, 'cancel' as const), (given, ended) => {
        const history = historyOf(given, ended);
        expect(segmentsOf(history, NOW)).toEqual(given);
        expect(history.at(-1)?.elapsed).toBe(given.reduce((sum, { start, end }) => sum + end - start, 0));
        expect(problemOf(given, NOW, DAY)).toBeUndefined();
      }),
    );
  });

  it('of a running timer last until now', () => {
    expect(segmentsOf([{ action: 'start', at: 10 }], 25)).toEqual([{ start: 10, end: 25 }]);
    expect(segmentsOf([{ action: 'start', at: 10 }], 10)).toEqual([]);
  });

  it.each<[string, Segment[], string]>([
    ['none', [], 'at least one segment'],
    ['backwards', [{ start: 5, end: 5 }], 'each segment must end after it starts'],
    [
      'overlapping',
      [
        { start: 5, end: 9 },
        { start: 8, end: 12 },
      ],
      'segments must be in order and must not overlap',
    ],
    ['ahead', [{ start: 5, end: NOW + 1 }], 'segments must not lie in the future'],
    [
      'long',
      [
        { start: 0, end: 1 },
        { start: DAY, end: DAY + 1 },
      ],
      'segments may span 86400 seconds at most',
    ],
  ])('are refused when they are %s', (_, given, problem) => {
    expect(problemOf(given, NOW, DAY)).toBe(problem);
  });

  it('rebuild a timer and leave the rest of it', () => {
    const timer = startTimer(
      {
        id: 'a',
        userId: 'b',
        roomId: null,
        origin: 'v1',
        sessionType: null,
        title: 'Maths',
        description: null,
        allocatedDuration: 60,
      },
      500,
    );
    expect(
      withSegments(timer, [
        { start: 100, end: 110 },
        { start: 120, end: 125 },
      ]),
    ).toEqual({
      ...timer,
      startedAt: 100,
      history: [
        { action: 'start', at: 100 },
        { action: 'pause', at: 110, elapsed: 10 },
        { action: 'resume', at: 120 },
        { action: 'stop', at: 125, elapsed: 15 },
      ],
      state: { status: 'completed', endedAt: 125, elapsed: 15, pausedAt: null },
    });
  });
});
