import { Inject, Injectable } from '@nestjs/common';
import { Pool, type PoolClient } from 'pg';

import { crashPoint } from '../../common/crash-point.js';
import { ServiceUnavailableError } from '../../common/errors.js';
import { CLIENT_CONFIG } from '../../database/connection.js';
import { isDatabaseAway, isLostRace, serverErrorOf } from '../../database/database-errors.js';
import { REQUEST_LIMITS, type SessionConfig } from '../../database/session.js';
import { batchSize, commitSeconds } from '../../metrics/meters.js';
import { ChangeFeed } from '../log/change-feed.js';
import type { TimerChange } from '../records/timer-change.js';
import { byTimer, type WritePlan, type WriteResult } from '../records/write-plan.js';
import { changeOf, writtenChanges } from '../records/written-changes.js';
import { loadNewestRunning, loadTimers } from '../statements/load-timers-statement.js';
import type { Execute } from '../statements/prepared-statement.js';
import { type CompanionWrite, writeStatement } from '../statements/write-statement.js';
import { STATEMENT_TIMEOUT_MS } from './time-limits.js';
import { TimerCache } from './timer-cache.js';
import {
  type CommandOutcome,
  isPlan,
  type Loaded,
  type Lookup,
  lookupOf,
  NOTHING_LOADED,
  plan,
  type QueuedCommand,
  resolve,
} from '../commands/timer-command.js';
import { WriterConnection } from './writer-connection.js';
import type { CommandExecutor } from './writer-queue.js';

interface Planned {
  readonly command: QueuedCommand;
  readonly plan: WritePlan;
}

type Outcomes = Map<QueuedCommand, CommandOutcome>;

const AGAIN = { kind: 'again' } as const;
const LOCKED = { kind: 'again', locked: true } as const;
const INDIVIDUALLY = { kind: 'individually' } as const;

/** Executes commands: loads timers, plans, writes all plans in one statement, publishes the changes, resolves. */
@Injectable()
export class TimerWriter implements CommandExecutor<QueuedCommand, TimerChange> {
  private readonly connection: WriterConnection;

  constructor(
    private readonly pool: Pool,
    private readonly cache: TimerCache,
    private readonly feed: ChangeFeed,
    @Inject(CLIENT_CONFIG) config: SessionConfig,
  ) {
    this.connection = new WriterConnection(config, STATEMENT_TIMEOUT_MS);
    feed.subscribe((change) => {
      cache.learn(change);
    });
    feed.register(cache);
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  async executeBatch(commands: readonly QueuedCommand[]): Promise<CommandOutcome[]> {
    const execute: Execute = (statement) => this.connection.execute(statement);
    const outcomes = await this.attempt(commands, execute, true);
    return commands.map((command) => outcomes.get(command) ?? INDIVIDUALLY);
  }

  async executeOne(command: QueuedCommand, withinMs: number): Promise<CommandOutcome> {
    let client: PoolClient | undefined;
    const execute: Execute = async (statement) => {
      client ??= await this.impatientClient(withinMs);
      return (await client.query(statement)).rows as unknown[];
    };
    const outcome = (await this.attempt([command], execute, false)).get(command) ?? AGAIN;
    await release(client);
    return outcome;
  }

  private async impatientClient(withinMs: number): Promise<PoolClient> {
    const client = await this.pool.connect();
    await client.query(`SET lock_timeout = ${Math.max(1, Math.floor(withinMs))}`);
    return client;
  }

  private async attempt(commands: readonly QueuedCommand[], execute: Execute, isBatch: boolean): Promise<Outcomes> {
    const outcomes: Outcomes = new Map();
    let planned: Planned[] = [];
    try {
      planned = planAll(commands, await this.load(commands, execute, isBatch), outcomes);
      await repeatRefused(execute, outcomes);
      if (planned.length > 0) await this.write(planned, execute, isBatch, outcomes);
    } catch (error) {
      this.fail(commands, planned, error, isBatch, outcomes);
    }
    return outcomes;
  }

  /** Loads the lookups. Uses the cache only for batches, because their commands can be tried again. */
  private async load(
    commands: readonly QueuedCommand[],
    execute: Execute,
    useCache: boolean,
  ): Promise<Map<QueuedCommand, Loaded>> {
    const lookups = commands.map((command) => ({ command, lookup: lookupOf(command) }));
    const cached = (lookup: Lookup) =>
      useCache && 'timerId' in lookup && !lookup.mustReload ? this.cache.get(lookup.timerId) : undefined;
    const toRead = lookups.flatMap(({ lookup }) => (lookup && !cached(lookup) ? [lookup] : []));
    const byId = await loadTimers(
      execute,
      toRead.flatMap((lookup) => ('timerId' in lookup ? [lookup.timerId] : [])),
    );
    const newest = await loadNewestRunning(
      execute,
      toRead.flatMap((lookup) => ('newestRunningOf' in lookup ? [lookup.newestRunningOf] : [])),
    );
    const loaded = (lookup: Lookup | undefined): Loaded => {
      if (!lookup) return NOTHING_LOADED;
      const known = cached(lookup);
      if (known) return { timer: known, isFresh: false };
      const timer = 'timerId' in lookup ? byId.get(lookup.timerId) : newest.get(lookup.newestRunningOf);
      return { timer, isFresh: true };
    };
    return new Map(lookups.map(({ command, lookup }) => [command, loaded(lookup)]));
  }

  private async write(
    planned: readonly Planned[],
    execute: Execute,
    isBatch: boolean,
    outcomes: Outcomes,
  ): Promise<void> {
    const batch = {
      changes: planned.flatMap(({ plan }) => plan.changes),
      starts: planned.flatMap(({ plan }) => plan.starts),
      companions: planned.flatMap(companionOf),
    };
    const statement = writeStatement(batch, { skipLocked: isBatch });
    crashPoint('after-decide');
    batchSize.observe(planned.length);
    const sent = performance.now();
    const results = byTimer((await execute(statement)) as WriteResult[]);
    crashPoint('after-commit');
    commitSeconds.observe((performance.now() - sent) / 1_000);
    for (const { timer } of batch.changes) if (!results.get(timer.id)?.change_id) this.cache.forget(timer.id);
    this.feed.publish(writtenChanges(batch, results));
    for (const { command, plan } of planned) {
      const result = results.get(mainOf(plan)?.timer.id ?? '');
      const isRepeat = command.companion !== undefined && result !== undefined && command.companion.sql.isFound(result);
      outcomes.set(command, isRepeat ? repeated(command, result) : resolve(command, plan, results));
    }
  }

  /**
   * Sets the outcomes after an error. A statement that the server rejected had no effect, so the commands of a batch
   * are tried individually, and one bad command does not fail the others. If the commit is uncertain, the callers
   * receive an error. In any case the affected timers leave the cache.
   */
  private fail(
    commands: readonly QueuedCommand[],
    planned: readonly Planned[],
    error: unknown,
    isBatch: boolean,
    outcomes: Outcomes,
  ): void {
    for (const { plan } of planned) for (const { timer } of plan.changes) this.cache.forget(timer.id);
    const outcome = outcomeOf(error, isBatch);
    for (const command of commands) if (!outcomes.has(command)) outcomes.set(command, outcome);
  }
}

function outcomeOf(error: unknown, isBatch: boolean): CommandOutcome {
  if (serverErrorOf(error) === undefined && !isDatabaseAway(error)) return { kind: 'failed', error };
  if (isDatabaseAway(error)) return { kind: 'failed', error: new ServiceUnavailableError() };
  if (isBatch) return INDIVIDUALLY;
  return isLostRace(error) ? LOCKED : { kind: 'failed', error };
}

/** The plans that can share one statement, with each timer at most once. Sets the outcomes of all other commands. */
function planAll(
  commands: readonly QueuedCommand[],
  loaded: ReadonlyMap<QueuedCommand, Loaded>,
  outcomes: Outcomes,
): Planned[] {
  const touched = new Set<string>();
  return commands.flatMap((command) => {
    const planned = plan(command, loaded.get(command) ?? NOTHING_LOADED);
    if (!isPlan(planned)) {
      outcomes.set(command, planned);
      return [];
    }
    if (planned.changes.some(({ timer }) => touched.has(timer.id))) {
      outcomes.set(command, AGAIN);
      return [];
    }
    for (const { timer } of planned.changes) touched.add(timer.id);
    return [{ command, plan: planned }];
  });
}

/** The main write of a plan. */
const mainOf = ({ starts, changes }: WritePlan) => starts[0] ?? changes[0];

/** The companion of a command, built before the write, so its outcome lacks the id in the log. */
function companionOf({ command: { companion }, plan }: Planned): CompanionWrite[] {
  const main = mainOf(plan);
  if (companion === undefined || main === undefined) return [];
  return [{ companion, timerId: main.timer.id, values: companion.values(changeOf(main, '0')) }];
}

/** The outcome of a repeated command. @param row the result row that stands for the existing companion row */
function repeated({ companion }: QueuedCommand, row: object): CommandOutcome {
  try {
    return { kind: 'done', result: companion?.repeat(row) as TimerChange };
  } catch (error) {
    return { kind: 'failed', error };
  }
}

/**
 * Looks up the first outcomes of refused commands. A repeated command is refused because of its first execution: a
 * timer that it paused is not running any more.
 */
async function repeatRefused(execute: Execute, outcomes: Outcomes): Promise<void> {
  const refused = [...outcomes].flatMap(([{ companion }, { kind }]) =>
    companion && kind === 'failed' ? [companion] : [],
  );
  const [first] = refused;
  if (first === undefined) return;
  const rows = await execute(first.sql.lookUp(refused));
  for (const [command, { kind }] of outcomes) {
    const row = kind === 'failed' && command.companion?.sql.rowOf(command.companion, rows);
    if (row) outcomes.set(command, repeated(command, row));
  }
}

/** Restores the lock timeout and returns the connection to the pool; a broken connection is closed. */
async function release(client: PoolClient | undefined): Promise<void> {
  try {
    await client?.query(`SET lock_timeout = ${REQUEST_LIMITS.lockMs}`);
    client?.release();
  } catch {
    client?.release(true);
  }
}
