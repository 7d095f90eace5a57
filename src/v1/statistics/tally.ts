import { type Grouping, type GroupKey, secondsIn, type Work } from './grouping.js';

/** What a group has collected. */
export interface Group {
  readonly key: GroupKey;
  readonly seconds: number;
  /** How many timers have time in it. */
  readonly timers: number;
}

/** Adds up work, piece by piece, so that nothing of it has to be kept. */
export class Tally {
  totalSeconds = 0;
  /** How many pieces had any time. */
  timers = 0;
  private readonly groups = new Map<GroupKey, { seconds: number; timers: number }>();

  constructor(private readonly grouping: Grouping) {}

  add(work: Work): void {
    const seconds = secondsIn(work.segments);
    if (seconds === 0) return;
    this.totalSeconds += seconds;
    this.timers += 1;
    for (const [key, share] of this.grouping(work)) this.count(key, share);
  }

  /** Only groups that have time. */
  results(): Group[] {
    return Array.from(this.groups, ([key, { seconds, timers }]) => ({ key, seconds, timers }));
  }

  private count(key: GroupKey, seconds: number): void {
    const group = this.groups.get(key) ?? { seconds: 0, timers: 0 };
    group.seconds += seconds;
    group.timers += 1;
    this.groups.set(key, group);
  }
}
