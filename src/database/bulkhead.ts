import { ServiceUnavailableError } from '../common/errors.js';

interface BulkheadOptions {
  /** Pieces of work of one key at a time. */
  readonly atOnce: number;
  /** Milliseconds that a piece of work waits for its turn. */
  readonly patienceMs: number;
}

interface Lane {
  running: number;
  readonly waiting: (() => void)[];
}

/**
 * Keeps the work of one key (a room, a person) from taking all connections: at most a few of it hold one, the others wait
 * here. So when a row of theirs is locked, everybody else still gets a connection.
 */
export class Bulkhead {
  private readonly lanes = new Map<string, Lane>();

  constructor(private readonly options: BulkheadOptions) {}

  /** @returns what `work` returns. @throws what it throws; ServiceUnavailableError when its turn does not come in time */
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

  /** The turn goes to the one that has waited longest. */
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
