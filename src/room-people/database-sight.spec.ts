import { DatabaseSight } from './database-sight.js';

/** Reports a successful query every 5 s, from one second to another, both included. */
function watch(sight: DatabaseSight, from: number, to: number): void {
  for (let at = from; at <= to; at += 5) sight.seen(at);
}

describe('DatabaseSight', () => {
  let sight: DatabaseSight;

  beforeEach(() => {
    sight = new DatabaseSight();
  });

  it('does not count silence before the database was watched for 15 s', () => {
    expect(sight.isSteady(1_000)).toBe(false);
    watch(sight, 1_000, 1_015);
    expect([sight.isSteady(1_014.9), sight.isSteady(1_015)]).toEqual([false, true]);
  });

  it('begins anew when the database did not answer', () => {
    watch(sight, 1_000, 1_100);
    sight.lost();
    expect(sight.isSteady(1_101)).toBe(false);
    watch(sight, 1_103, 1_113);
    expect(sight.isSteady(1_117)).toBe(false);
    sight.seen(1_118);
    expect(sight.isSteady(1_118)).toBe(true);
  });

  it('begins anew after a pause of its own, and does not count silence during it', () => {
    watch(sight, 1_000, 1_100);
    expect([sight.isSteady(1_108), sight.isSteady(1_109)]).toEqual([true, false]);
    sight.seen(1_130);
    expect([sight.isSteady(1_131), sight.isSteady(1_137)]).toEqual([false, false]);
    watch(sight, 1_135, 1_145);
    expect(sight.isSteady(1_145)).toBe(true);
  });
});
