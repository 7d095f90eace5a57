import { setTimeout as sleep } from 'node:timers/promises';

import type { Random } from '../crash/random.js';
import { type Actor, type Kind, MIX } from './actors.js';

/** With so many begun and not answered the servers do not keep up; nothing measured after that means anything. */
const MAX_IN_FLIGHT = 2_000;
const ERRORS_KEPT = 20;

/** What was done in a stretch of time: milliseconds of each, by kind. */
export class Stretch {
  errors = 0;
  private readonly latencies = new Map<Kind, number[]>();
  private readonly since = performance.now();

  add(kind: Kind, ms: number): void {
    const known = this.latencies.get(kind);
    if (known) known.push(ms);
    else this.latencies.set(kind, [ms]);
  }

  get count(): number {
    return this.of().length;
  }

  /** Each second. */
  get rate(): number {
    return this.count / ((performance.now() - this.since) / 1_000);
  }

  /** @returns milliseconds; NaN when there was none */
  quantile(share: number, kind?: Kind): number {
    const sorted = Float64Array.from(this.of(kind)).sort();
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
  }

  private of(kind?: Kind): number[] {
    return kind === undefined ? [...this.latencies.values()].flat() : (this.latencies.get(kind) ?? []);
  }
}

/** Those of one kind: each does one thing at a time, so whoever has nothing to do is taken next. */
class Pool {
  private readonly waiting: ((actor: Actor) => void)[] = [];

  constructor(private readonly idle: Actor[]) {}

  take(): Promise<Actor> {
    const actor = this.idle.shift();
    return actor ? Promise.resolve(actor) : new Promise((resolve) => this.waiting.push(resolve));
  }

  give(actor: Actor): void {
    const next = this.waiting.shift();
    if (next) next(actor);
    else this.idle.push(actor);
  }
}

/** Everybody who does something, as often as {@link MIX} says. */
export class Crowd {
  readonly errors: string[] = [];
  errorCount = 0;
  private readonly pools: ReadonlyMap<Kind, Pool>;
  private stretch = new Stretch();
  private inFlight = 0;

  constructor(
    actors: readonly Actor[],
    private readonly random: Random,
  ) {
    const kinds = Object.keys(MIX) as Kind[];
    this.pools = new Map(kinds.map((kind) => [kind, new Pool(actors.filter((actor) => actor.kind === kind))]));
  }

  /** Closed loop: so many do one thing after the other, as fast as they are answered. */
  async asFastAsItGoes(callers: number, seconds: number): Promise<void> {
    const end = performance.now() + seconds * 1_000;
    const call = async () => {
      while (performance.now() < end) await this.one(performance.now());
    };
    await Promise.all(Array.from({ length: callers }, call));
  }

  /**
   * Open loop: so many a second, at moments that nothing delays; each is measured from its moment, so that a server that
   * stands still is charged for everybody who would have come meanwhile.
   */
  async atRate(rate: number, seconds: number): Promise<void> {
    let due = performance.now();
    const end = due + seconds * 1_000;
    for (;;) {
      due += (-Math.log(1 - this.random.next()) / rate) * 1_000;
      if (due > end) return;
      const early = due - performance.now();
      if (early > 0) await sleep(early);
      if (this.inFlight >= MAX_IN_FLIGHT) throw new Error(`${this.inFlight} are waiting for an answer`);
      void this.one(due);
    }
  }

  /** What was done since the last time. */
  endStretch(): Stretch {
    const ended = this.stretch;
    this.stretch = new Stretch();
    return ended;
  }

  /** Resolves when everybody has been answered. */
  async settled(): Promise<void> {
    while (this.inFlight > 0) await sleep(10);
  }

  note(error: string): void {
    this.errorCount += 1;
    this.stretch.errors += 1;
    if (this.errors.length < ERRORS_KEPT) this.errors.push(error);
  }

  private async one(dueAt: number): Promise<void> {
    this.inFlight += 1;
    const kind = this.kind();
    const pool = this.pools.get(kind);
    const actor = await pool?.take();
    try {
      await actor?.act();
      this.stretch.add(kind, performance.now() - dueAt);
    } catch (error) {
      this.note(`${kind}: ${(error as Error).message}`);
    }
    if (actor) pool?.give(actor);
    this.inFlight -= 1;
  }

  private kind(): Kind {
    let left = this.random.next() * 100;
    for (const [kind, share] of Object.entries(MIX)) {
      left -= share;
      if (left < 0) return kind as Kind;
    }
    return 'reads';
  }
}
