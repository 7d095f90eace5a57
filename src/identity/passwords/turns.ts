import { ServiceUnavailableError } from '../../common/errors.js';

interface Waiting {
  readonly begin: () => void;
  readonly refuse: (error: ServiceUnavailableError) => void;
}

/**
 * Lets a few pieces of work run at once and some more wait; the rest is turned away, so that a flood cannot pile up. Those
 * that wait belong to callers, who come one after the other: a flood of one makes nobody else wait, and when there is no
 * room it is the caller with the most who is turned away.
 */
export class Turns {
  private running = 0;
  /** By caller, the one whose turn is next first. */
  private readonly queues = new Map<string, Waiting[]>();
  private waiting = 0;

  constructor(
    private readonly atOnce: number,
    private readonly maxWaiting: number,
  ) {}

  /**
   * @param caller whose work it is
   * @throws ServiceUnavailableError when too many wait already, and whatever `work` throws
   */
  async take<Result>(work: () => Promise<Result>, caller = ''): Promise<Result> {
    await this.enter(caller);
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  private async enter(caller: string): Promise<void> {
    if (this.running < this.atOnce) {
      this.running += 1;
      return;
    }
    if (this.waiting >= this.maxWaiting) this.makeRoomFor(caller);
    await new Promise<void>((begin, refuse) => {
      this.queues.set(caller, [...(this.queues.get(caller) ?? []), { begin, refuse }]);
      this.waiting += 1;
    });
  }

  /** @throws ServiceUnavailableError when no other caller has more waiting than this one would have */
  private makeRoomFor(caller: string): void {
    const [longest] = [...this.queues.values()].sort((one, other) => other.length - one.length);
    const own = this.queues.get(caller)?.length ?? 0;
    if (longest === undefined || longest.length <= own + 1) throw new ServiceUnavailableError(1);
    longest.pop()?.refuse(new ServiceUnavailableError(1));
    this.waiting -= 1;
  }

  /** Whoever waits takes over the place, so `running` stays as it is. */
  private leave(): void {
    for (const [caller, queue] of this.queues) {
      const next = queue.shift();
      // The others come first now.
      this.queues.delete(caller);
      if (queue.length > 0) this.queues.set(caller, queue);
      if (next === undefined) continue;
      this.waiting -= 1;
      next.begin();
      return;
    }
    this.running -= 1;
  }
}
