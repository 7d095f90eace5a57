import fc from 'fast-check';

import { idRanges } from './id-ranges.js';

describe('ids as ranges', () => {
  it('joins what lies side by side', () => {
    expect(idRanges([])).toBe('{}');
    expect(idRanges(['7'])).toBe('{[7,7]}');
    expect(idRanges(['9', '10', '8', '12', '10'])).toBe('{[8,10],[12,12]}');
  });

  it('holds exactly these ids', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200)), (ids) => {
        const ranges = JSON.parse(idRanges(ids.map(String)).replace('{', '[').replace('}', ']')) as [number, number][];
        const held = ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, step) => from + step));
        expect(held).toEqual([...new Set(ids)].sort((a, b) => a - b));
      }),
    );
  });
});
