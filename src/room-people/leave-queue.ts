import { ServiceUnavailableError } from '../common/errors.js';
import { isDatabaseAway } from '../database/database-errors.js';

/** Maximum number of leaves in one write. */
const AT_ONCE = 500;

interface Waiting<Leave> {
  readonly leave: Leave;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A queue of leaves to write. Leaves added while a write is in progress form the next batch. Failed leaves stay in the
 * queue and are retried, so that no participant is listed as present forever.
 */
export class LeaveQueue<Leave> {
  private fresh: Waiting<Leave>[] = [];
  private failed: Leave[] = [];
  private isWriting = false;

  /**
   * @param write returns the leaves that are done; the others are retried
   * @param onFailure called once for each attempt that left some unwritten
   */
  constructor(
    private readonly write: (leaves: readonly Leave[]) => Promise<ReadonlySet<Leave>>,
    private readonly onFailure: (count: number, error: unknown) => void,
  ) {}

  /** Number of leaves not written yet. */
  get size(): number {
    return this.fresh.length + this.failed.length;
  }

  /** Resolves when the leave is written. @throws the error of the first attempt; the leave stays queued for a retry */
  add(leave: Leave): Promise<void> {
    return new Promise((resolve, reject) => {
      this.fresh.push({ leave, resolve, reject });
      void this.flush();
    });
  }

  /** Retries failed leaves. Resolves after one more attempt, successful or not. */
  async retry(): Promise<void> {
    const again = this.failed;
    this.failed = [];
    await Promise.allSettled(again.map((leave) => this.add(leave)));
  }

  private async flush(): Promise<void> {
    if (this.isWriting) return;
    this.isWriting = true;
    // Sockets that close at the same time report it one after the other; wait, so that they share a batch.
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
      // Written one by one, so that a leave that always fails does not block the others.
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
