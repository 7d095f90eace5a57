import { ServiceUnavailableError } from '../../common/errors.js';
import { queueWait } from '../../metrics/meters.js';
import type { Outcome } from '../commands/outcome.js';

/**
 * The state of a command between {@link WriterQueue.submit} and its answer:
 *
 *     waiting ──► in flight ──► answered
 *        ▲           │
 *        ├── again ──┤
 *        │           ▼
 *        │        to retry ──► retrying ──► answered
 *
 * A command is answered after its commit or refusal, or with 503 when its deadline passes in any other state.
 */
type EntryState =
  /** In the queue of its key. A command whose deadline passes here is not executed. */
  | 'waiting'
  /** In a batch that is being written. */
  | 'in flight'
  /** In the retry queue, because the row is locked or the batch failed as a whole. Its key is not ready until then. */
  | 'to retry'
  /** Being written individually, on a separate connection. */
  | 'retrying'
  /** The caller has an answer; a later result is dropped. */
  | 'answered';

export interface QueuedCommand {
  /** Commands with the same key are executed one after the other. */
  readonly key: string;
}

/** Executes the commands of the queue. Neither method may throw. */
export interface CommandExecutor<Command, Result> {
  /** Executes all commands in one transaction. @returns the outcomes in the order of the commands */
  executeBatch(commands: readonly Command[]): Promise<Outcome<Result, Command>[]>;
  /**
   * Executes one command in a separate transaction.
   * @param withinMs maximum time to wait for a lock; after it the caller has received 503, and the command should not
   *   be executed any more
   */
  executeOne(command: Command, withinMs: number): Promise<Outcome<Result, Command>>;
}

export interface WriterQueueOptions {
  /** Maximum number of waiting commands; further ones are refused at once (`WRITE_QUEUE_MAX`). */
  readonly maxWaiting: number;
  /** Milliseconds after which a caller receives 503. */
  readonly patienceMs: number;
  readonly maxBatch: number;
  /** Minimum number of waiting commands that form a second batch while one is in flight. */
  readonly minAhead: number;
  /** Maximum number of commands executed individually at the same time, each on a separate connection. */
  readonly maxRetrying: number;
  /** Milliseconds for which the commands of a key skip batches after an individual attempt timed out on a lock. */
  readonly apartMs: number;
}

interface Entry<Command, Result> {
  command: Command;
  state: EntryState;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
  attempts: number;
  /** Time of submission, by the process's monotonic clock. */
  readonly since: number;
  /** Time at which the caller receives 503, by the process's monotonic clock. */
  readonly deadline: number;
  patience?: NodeJS.Timeout;
}

const tooSlow = () => ({ kind: 'failed', error: new ServiceUnavailableError() }) as const;

/** Maximum number of attempts at a command that concurrent writes overtake. */
const MAX_ATTEMPTS = 8;
/** Maximum number of batches in flight: the one being written, and the one queued behind it (ADR 0016). */
const MAX_IN_FLIGHT = 2;

/**
 * Group commit. While the queue is idle, a command is written in the same turn of the event loop. While a batch is in
 * flight, arriving commands form the next batch, which is sent early when it is large enough
 * (docs/architecture.md#group-committed-writes; ADR 0020). A caller is answered after the commit.
 */
export class WriterQueue<Command extends QueuedCommand, Result> {
  /** Waiting commands by key. A key is in `ready` exactly when it has waiting commands and none in progress. */
  private readonly queues = new Map<string, Entry<Command, Result>[]>();
  private ready: string[] = [];
  private readonly toRetry: Entry<Command, Result>[] = [];
  private waiting = 0;
  private retrying = 0;
  /** Number of batches in flight, at most {@link MAX_IN_FLIGHT}. */
  private inFlight = 0;
  private scheduled = false;
  /** Keys of locked rows, with the time until which their commands skip batches. */
  private readonly apart = new Map<string, number>();
  private idleCallbacks: (() => void)[] = [];

  constructor(
    private readonly executor: CommandExecutor<Command, Result>,
    private readonly options: WriterQueueOptions,
  ) {}

  /**
   * Writes the command and resolves after its commit.
   * @throws ServiceUnavailableError when too many commands wait, or at the deadline: a command that still waits is then
   *   withdrawn, one in progress may have been executed
   */
  submit(command: Command): Promise<Result> {
    if (this.waiting >= this.options.maxWaiting) return Promise.reject(new ServiceUnavailableError());
    return new Promise((resolve, reject) => {
      this.enqueue(this.entry(command, resolve, reject));
      this.flushSoon();
    });
  }

  /** Resolves when no command is waiting or in progress. */
  idle(): Promise<void> {
    if (this.isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.idleCallbacks.push(resolve));
  }

  private isIdle(): boolean {
    return this.inFlight === 0 && this.retrying === 0 && this.queues.size === 0;
  }

  private entry(
    command: Command,
    resolve: (result: Result) => void,
    reject: (error: unknown) => void,
  ): Entry<Command, Result> {
    const since = performance.now();
    const deadline = since + this.options.patienceMs;
    const entry: Entry<Command, Result> = { command, state: 'waiting', resolve, reject, since, deadline, attempts: 0 };
    entry.patience = setTimeout(() => {
      this.answer(entry, tooSlow());
    }, this.options.patienceMs);
    return entry;
  }

  private enqueue(entry: Entry<Command, Result>): void {
    const { key } = entry.command;
    this.waiting += 1;
    const queue = this.queues.get(key);
    if (queue !== undefined) {
      queue.push(entry);
      return;
    }
    this.queues.set(key, [entry]);
    this.ready.push(key);
  }

  /** Flushes at the end of this turn of the event loop, so that commands submitted in the same turn share a batch. */
  private flushSoon(): void {
    if (this.scheduled || !this.mayFlush()) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.flush();
    });
  }

  private flush(): void {
    while (this.mayFlush()) {
      const batch = this.nextBatch();
      if (batch.length > 0) void this.writeBatch(batch);
    }
    this.noticeIdle();
  }

  private mayFlush(): boolean {
    const waiting = this.ready.length;
    return this.inFlight === 0 ? waiting > 0 : this.inFlight < MAX_IN_FLIGHT && waiting >= this.options.minAhead;
  }

  private async writeBatch(batch: Entry<Command, Result>[]): Promise<void> {
    this.inFlight += 1;
    const outcomes = await this.executor.executeBatch(batch.map(({ command }) => command));
    this.inFlight -= 1;
    batch.forEach((entry, index) => {
      this.conclude(entry, outcomes[index] ?? { kind: 'individually' });
    });
    // The next batch is sent at once, so that the database works while these callers are answered.
    this.flush();
  }

  /** The first command of each ready key. A key returns to `ready` when its command is concluded. */
  private nextBatch(): Entry<Command, Result>[] {
    const batch: Entry<Command, Result>[] = [];
    const keys = this.ready;
    let taken = 0;
    for (; taken < keys.length && batch.length < this.options.maxBatch; taken += 1) {
      const entry = this.takeFirst(keys[taken] as string);
      if (entry && this.isApart(entry.command.key)) this.retryLater(entry);
      else if (entry) batch.push(entry);
    }
    this.ready = taken === keys.length ? [] : keys.slice(taken);
    this.retry();
    return batch;
  }

  private keepApart(key: string): void {
    const now = performance.now();
    // Deleted and inserted again, so that the map is ordered by expiry.
    this.apart.delete(key);
    this.apart.set(key, now + this.options.apartMs);
    for (const [other, until] of this.apart) {
      if (until > now) break;
      this.apart.delete(other);
    }
  }

  private isApart(key: string): boolean {
    return (this.apart.get(key) ?? 0) > performance.now();
  }

  /** The key's first command whose caller still waits; drops the queue if there is no such command. */
  private takeFirst(key: string): Entry<Command, Result> | undefined {
    const queue = this.queues.get(key) ?? [];
    while (queue.length > 0) {
      const entry = queue.shift() as Entry<Command, Result>;
      if (entry.state === 'answered') continue;
      queueWait.observe((performance.now() - entry.since) / 1_000);
      this.moveTo(entry, 'in flight');
      return entry;
    }
    this.queues.delete(key);
    return undefined;
  }

  private conclude(entry: Entry<Command, Result>, outcome: Outcome<Result, Command>): void {
    if (outcome.kind === 'individually') {
      this.retryLater(entry);
      this.retry();
      return;
    }
    if (outcome.kind === 'again') this.putBack(entry, outcome.command);
    else this.answer(entry, outcome);
    this.release(entry.command.key);
  }

  private putBack(entry: Entry<Command, Result>, command = entry.command): void {
    entry.attempts += 1;
    if (entry.state === 'answered') return;
    if (entry.attempts >= MAX_ATTEMPTS) {
      this.answer(entry, tooSlow());
      return;
    }
    entry.command = command;
    this.moveTo(entry, 'waiting');
    this.queues.get(entry.command.key)?.unshift(entry);
  }

  private release(key: string): void {
    const queue = this.queues.get(key);
    if (queue === undefined || queue.length === 0) this.queues.delete(key);
    else this.ready.push(key);
  }

  private answer(entry: Entry<Command, Result>, outcome: Outcome<Result> & { kind: 'done' | 'failed' }): void {
    if (entry.state === 'answered') return;
    clearTimeout(entry.patience);
    this.moveTo(entry, 'answered');
    if (outcome.kind === 'done') entry.resolve(outcome.result);
    else entry.reject(outcome.error);
  }

  /** Changes the state; `answered` is final. An answered command stays in the retry queue until it releases its key. */
  private moveTo(entry: Entry<Command, Result>, state: EntryState): void {
    if (entry.state === 'answered') return;
    if (entry.state === 'waiting') this.waiting -= 1;
    if (state === 'waiting') this.waiting += 1;
    entry.state = state;
  }

  private retryLater(entry: Entry<Command, Result>): void {
    this.moveTo(entry, 'to retry');
    this.toRetry.push(entry);
  }

  private retry(): void {
    while (this.retrying < this.options.maxRetrying && this.toRetry.length > 0) {
      this.retrying += 1;
      void this.writeOne(this.toRetry.shift() as Entry<Command, Result>);
    }
  }

  private async writeOne(entry: Entry<Command, Result>): Promise<void> {
    this.moveTo(entry, 'retrying');
    const outcome = await this.executeIndividually(entry);
    this.retrying -= 1;
    this.conclude(entry, outcome);
    this.retry();
    if (this.ready.length > 0) this.flushSoon();
    this.noticeIdle();
  }

  private async executeIndividually(entry: Entry<Command, Result>): Promise<Outcome<Result, Command>> {
    for (; entry.state !== 'answered' && entry.attempts < MAX_ATTEMPTS; entry.attempts += 1) {
      const outcome = await this.executor.executeOne(entry.command, entry.deadline - performance.now());
      if (outcome.kind === 'done' || outcome.kind === 'failed') return outcome;
      if (outcome.kind === 'again' && outcome.locked) this.keepApart(entry.command.key);
      if (outcome.kind === 'again' && outcome.command) entry.command = outcome.command;
    }
    return tooSlow();
  }

  private noticeIdle(): void {
    if (!this.isIdle()) return;
    const callbacks = this.idleCallbacks;
    this.idleCallbacks = [];
    for (const callback of callbacks) callback();
  }
}
