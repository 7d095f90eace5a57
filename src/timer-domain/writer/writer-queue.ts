import { ServiceUnavailableError } from '../../common/errors.js';
import { queueWait } from '../../metrics/meters.js';

/** How an attempt at one command ended. */
export type Outcome<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'failed'; readonly error: unknown }
  /** somebody else was first: judge it once more */
  | { readonly kind: 'again'; /** it waited for a lock in vain */ readonly locked?: true }
  /** its row is locked, or its batch failed as a whole: try it by itself, waiting for the lock */
  | { readonly kind: 'alone' };

export interface QueuedCommand {
  /** Commands with the same key are judged one after the other. */
  readonly key: string;
}

/** What the queue hands its commands to; neither call may throw. */
export interface CommandExecutor<Command, Result> {
  /** Tries all of them in one transaction; the outcomes are in the order of the commands. */
  together(commands: readonly Command[]): Promise<Outcome<Result>[]>;
  /**
   * Tries one in a transaction of its own.
   * @param withinMs for how long it may wait for a lock: afterwards its caller has been told 503, and nothing should come
   * of it any more
   */
  alone(command: Command, withinMs: number): Promise<Outcome<Result>>;
}

export interface WriterQueueOptions {
  /** Commands that may wait; beyond that they are refused at once (`WRITE_QUEUE_MAX`). */
  readonly maxWaiting: number;
  /** Milliseconds until a caller is told that it takes too long. */
  readonly patienceMs: number;
  readonly maxBatch: number;
  /** So many waiting commands are a batch of their own while another one is being written: it is ready when its turn comes. */
  readonly minAhead: number;
  /** Commands that may be tried by themselves at the same time, each on a connection of its own. */
  readonly maxAlone: number;
  /** For so many milliseconds commands of a key that lost by itself to a lock go by themselves from the start. */
  readonly apartMs: number;
}

interface Entry<Command, Result> {
  readonly command: Command;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
  attempts: number;
  /** When it came, by the process's monotonic clock. */
  readonly since: number;
  /** When the caller is told 503, by the process's monotonic clock. */
  readonly deadline: number;
  /** The caller has its answer; what may still come of the command is not told any more. */
  answered: boolean;
  /** It waits in its lane. */
  queued: boolean;
  patience?: NodeJS.Timeout;
}

const tooSlow = () => ({ kind: 'failed', error: new ServiceUnavailableError() }) as const;

/** Attempts at a command that keeps losing to others. */
const MAX_ATTEMPTS = 8;
/** Batches handed over at a time: the one being written, and the one that follows it (ADR 0020). */
const MAX_FLYING = 2;

/**
 * Group commit: idle, a command is written in the same turn of the event loop; busy, whatever comes during the commit in
 * flight becomes the next batch, handed over ahead when it is large enough (design.md, "Writes are group-committed"; ADR
 * 0020). A caller is answered after its commit.
 */
export class WriterQueue<Command extends QueuedCommand, Result> {
  /** Waiting commands by key. A key is in `ready` exactly when commands wait and none of it is being written. */
  private readonly lanes = new Map<string, Entry<Command, Result>[]>();
  private ready: string[] = [];
  private readonly lonely: Entry<Command, Result>[] = [];
  private waiting = 0;
  private alone = 0;
  /** Batches that are being written: one, or one more that is made ready meanwhile. */
  private flying = 0;
  private scheduled = false;
  /** Keys whose rows somebody holds: until when their commands stay out of batches, which would wait with them. */
  private readonly apart = new Map<string, number>();
  private idleCallbacks: (() => void)[] = [];

  constructor(
    private readonly executor: CommandExecutor<Command, Result>,
    private readonly options: WriterQueueOptions,
  ) {}

  /**
   * Writes the command and resolves after its commit.
   * @throws ServiceUnavailableError when too many wait, or when it takes too long: a command that still waited then is
   * withdrawn, one that was under way may have happened
   */
  submit(command: Command): Promise<Result> {
    if (this.waiting >= this.options.maxWaiting) return Promise.reject(new ServiceUnavailableError());
    return new Promise((resolve, reject) => {
      this.enqueue(this.entry(command, resolve, reject));
      this.flushSoon();
    });
  }

  /** Resolves when nothing waits and nothing is under way. */
  idle(): Promise<void> {
    if (this.isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.idleCallbacks.push(resolve));
  }

  private isIdle(): boolean {
    return this.flying === 0 && this.alone === 0 && this.lanes.size === 0;
  }

  private entry(
    command: Command,
    resolve: (result: Result) => void,
    reject: (error: unknown) => void,
  ): Entry<Command, Result> {
    const since = performance.now();
    const deadline = since + this.options.patienceMs;
    const entry: Entry<Command, Result> = {
      command,
      resolve,
      reject,
      since,
      deadline,
      attempts: 0,
      answered: false,
      queued: false,
    };
    entry.patience = setTimeout(() => {
      this.answer(entry, tooSlow());
    }, this.options.patienceMs);
    return entry;
  }

  private enqueue(entry: Entry<Command, Result>): void {
    const { key } = entry.command;
    this.waiting += 1;
    entry.queued = true;
    const lane = this.lanes.get(key);
    if (lane !== undefined) {
      lane.push(entry);
      return;
    }
    this.lanes.set(key, [entry]);
    this.ready.push(key);
  }

  /** At the end of this turn of the event loop: whoever asks in the same turn goes along in the same batch. */
  private flushSoon(): void {
    if (this.scheduled || !this.mayFly()) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.flush();
    });
  }

  private flush(): void {
    while (this.mayFly()) {
      const batch = this.nextBatch();
      if (batch.length > 0) void this.fly(batch);
    }
    this.noticeIdle();
  }

  private mayFly(): boolean {
    const waiting = this.ready.length;
    return this.flying === 0 ? waiting > 0 : this.flying < MAX_FLYING && waiting >= this.options.minAhead;
  }

  private async fly(batch: Entry<Command, Result>[]): Promise<void> {
    this.flying += 1;
    const outcomes = await this.executor.together(batch.map(({ command }) => command));
    this.flying -= 1;
    batch.forEach((entry, index) => {
      this.conclude(entry, outcomes[index] ?? { kind: 'alone' });
    });
    // Whoever has waited meanwhile goes at once, so that the database works while these callers are answered.
    this.flush();
  }

  /** The first command of each ready lane; a lane stays out of `ready` until its command is concluded. */
  private nextBatch(): Entry<Command, Result>[] {
    const batch: Entry<Command, Result>[] = [];
    const keys = this.ready;
    let taken = 0;
    for (; taken < keys.length && batch.length < this.options.maxBatch; taken += 1) {
      const entry = this.takeFirst(keys[taken] as string);
      if (entry && this.isApart(entry.command.key)) this.lonely.push(entry);
      else if (entry) batch.push(entry);
    }
    this.ready = taken === keys.length ? [] : keys.slice(taken);
    this.runLonely();
    return batch;
  }

  private keepApart(key: string): void {
    const now = performance.now();
    // Inserted anew, so the oldest come first.
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

  /** The lane's first command whose caller still waits; without one the lane is dropped. */
  private takeFirst(key: string): Entry<Command, Result> | undefined {
    const lane = this.lanes.get(key) ?? [];
    while (lane.length > 0) {
      const entry = lane.shift() as Entry<Command, Result>;
      if (entry.answered) continue;
      queueWait.observe((performance.now() - entry.since) / 1_000);
      this.leaveQueue(entry);
      return entry;
    }
    this.lanes.delete(key);
    return undefined;
  }

  private conclude(entry: Entry<Command, Result>, outcome: Outcome<Result>): void {
    if (outcome.kind === 'alone') {
      this.lonely.push(entry);
      this.runLonely();
      return;
    }
    if (outcome.kind === 'again') this.putBack(entry);
    else this.answer(entry, outcome);
    this.release(entry.command.key);
  }

  private putBack(entry: Entry<Command, Result>): void {
    entry.attempts += 1;
    if (entry.answered) return;
    if (entry.attempts >= MAX_ATTEMPTS) {
      this.answer(entry, tooSlow());
      return;
    }
    this.waiting += 1;
    entry.queued = true;
    this.lanes.get(entry.command.key)?.unshift(entry);
  }

  private release(key: string): void {
    const lane = this.lanes.get(key);
    if (lane === undefined || lane.length === 0) this.lanes.delete(key);
    else this.ready.push(key);
  }

  private answer(entry: Entry<Command, Result>, outcome: Outcome<Result> & { kind: 'done' | 'failed' }): void {
    if (entry.answered) return;
    entry.answered = true;
    clearTimeout(entry.patience);
    this.leaveQueue(entry);
    if (outcome.kind === 'done') entry.resolve(outcome.result);
    else entry.reject(outcome.error);
  }

  private leaveQueue(entry: Entry<Command, Result>): void {
    if (entry.queued) this.waiting -= 1;
    entry.queued = false;
  }

  private runLonely(): void {
    while (this.alone < this.options.maxAlone && this.lonely.length > 0) {
      this.alone += 1;
      void this.flyAlone(this.lonely.shift() as Entry<Command, Result>);
    }
  }

  private async flyAlone(entry: Entry<Command, Result>): Promise<void> {
    let outcome: Outcome<Result> = { kind: 'again' };
    for (; outcome.kind === 'again' || outcome.kind === 'alone'; entry.attempts += 1) {
      if (entry.answered || entry.attempts >= MAX_ATTEMPTS) {
        outcome = tooSlow();
        break;
      }
      outcome = await this.executor.alone(entry.command, entry.deadline - performance.now());
      if (outcome.kind === 'again' && outcome.locked) this.keepApart(entry.command.key);
    }
    this.alone -= 1;
    this.conclude(entry, outcome);
    this.runLonely();
    if (this.ready.length > 0) this.flushSoon();
    this.noticeIdle();
  }

  private noticeIdle(): void {
    if (!this.isIdle()) return;
    const callbacks = this.idleCallbacks;
    this.idleCallbacks = [];
    for (const callback of callbacks) callback();
  }
}
