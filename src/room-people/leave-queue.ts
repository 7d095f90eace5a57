import { ServiceUnavailableError } from '../common/errors.js';
import { isDatabaseAway } from '../database/database-errors.js';

/** Leaves of one statement. */
const AT_ONCE = 500;

interface Waiting<Leave> {
  readonly leave: Leave;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Leaves that are not written yet. Those that come while others are being written go together afterwards; those that
 * could not be written stay and are tried again, so that nobody is listed as present for good.
 */
export class LeaveQueue<Leave> {
  private fresh: Waiting<Leave>[] = [];
  private failed: Leave[] = [];
  private isWriting = false;

  /**
   * @param write gives those that are done; the others are tried again
   * @param onFailure told once for each attempt that left some of them
   */
  constructor(
    private readonly write: (leaves: readonly Leave[]) => Promise<ReadonlySet<Leave>>,
    private readonly onFailure: (count: number, error: unknown) => void,
  ) {}

  /** How many are not written yet. */
  get size(): number {
    return this.fresh.length + this.failed.length;
  }

  /** Resolves when it is written. @throws what the first attempt came to; it is tried again all the same */
  add(leave: Leave): Promise<void> {
    return new Promise((resolve, reject) => {
      this.fresh.push({ leave, resolve, reject });
      void this.flush();
    });
  }

  /** Tries those again that could not be written. Resolves after one more attempt, whatever it came to. */
  async retry(): Promise<void> {
    const again = this.failed;
    this.failed = [];
    await Promise.allSettled(again.map((leave) => this.add(leave)));
  }

  private async flush(): Promise<void> {
    if (this.isWriting) return;
    this.isWriting = true;
    // Sockets that close together say so one after the other.
    await Promise.resolve();
    while (this.fresh.length > 0) await this.writeTogether(this.fresh.splice(0, AT_ONCE));
    this.isWriting = false;
  }

  private async writeTogether(batch: readonly Waiting<Leave>[]): Promise<void> {
    try {
      const written = await this.write(batch.map(({ leave }) => leave));
      for (const waiting of batch) if (written.has(waiting.leave)) waiting.resolve();
      this.keep(
        batch.filter(({ leave }) => !written.has(leave)),
        new ServiceUnavailableError(),
      );
    } catch (error) {
      if (batch.length === 1 || isDatabaseAway(error)) this.keep(batch, error);
      // One that always fails does not hold the others back.
      else for (const waiting of batch) await this.writeTogether([waiting]);
    }
  }

  private keep(batch: readonly Waiting<Leave>[], error: unknown): void {
    if (batch.length === 0) return;
    this.failed.push(...batch.map(({ leave }) => leave));
    this.onFailure(batch.length, error);
    for (const { reject } of batch) reject(error);
  }
}
