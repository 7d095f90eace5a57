import { ServiceUnavailableError } from '../common/errors.js';

interface BulkheadOptions {
  /** Maximum number of concurrent tasks per key. */
  readonly atOnce: number;
  /** Maximum wait of a task for its turn, in milliseconds. */
  readonly patienceMs: number;
}

interface Lane {
  running: number;
  readonly waiting: (() => void)[];
}

/**
 * Limits the connections that the work of one key (a room, a user) can hold at a time; further work waits here. When a
 * row of that key is locked, the other keys still get connections.
 */
export class Bulkhead {
  private readonly lanes = new Map<string, Lane>();

  constructor(private readonly options: BulkheadOptions) {}

  /**
   * @returns the result of `work`
   * @throws the error of `work`; ServiceUnavailableError when its turn does not come in time
   */
  async run<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const lane = this.lanes.get(key) ?? { running: 0, waiting: [] };
    this.lanes.set(key, lane);
    if (lane.running < this.options.atOnce) lane.running += 1;
    else await this.turnIn(lane);
    try {
      return await work();
    } finally {
      this.passOn(key, lane);
    }
  }

  private turnIn(lane: Lane): Promise<void> {
    return new Promise((resolve, reject) => {
      const patience = setTimeout(() => {
        lane.waiting.splice(lane.waiting.indexOf(begin), 1);
        reject(new ServiceUnavailableError());
      }, this.options.patienceMs);
      const begin = () => {
        clearTimeout(patience);
        resolve();
      };
      lane.waiting.push(begin);
    });
  }

  /** Starts the task that has waited longest. */
  private passOn(key: string, lane: Lane): void {
    const next = lane.waiting.shift();
    if (next !== undefined) {
      next();
      return;
    }
    lane.running -= 1;
    if (lane.running === 0) this.lanes.delete(key);
  }
}
