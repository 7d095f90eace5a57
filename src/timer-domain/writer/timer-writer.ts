import type { Pool, PoolClient } from 'pg';

import { crashPoint } from '../../common/crash-point.js';
import { ServiceUnavailableError } from '../../common/errors.js';
import { isDatabaseAway, isLostRace, serverErrorOf } from '../../database/database-errors.js';
import { REQUEST_LIMITS } from '../../database/session.js';
import { batchSize, commitSeconds } from '../../metrics/meters.js';
import { IdempotencyKeyReusedError } from '../../idempotency/errors.js';
import { findAnswers, type FoundAnswer } from '../../idempotency/kept-answers-statement.js';
import { inLogOrder, type TimerChange } from '../records/timer-change.js';
import type { TimerCache } from './timer-cache.js';
import { changeOf, type Facts, isPlan, type Plan, type TimerCommandInQueue, type Wanted } from './timer-command.js';
import { type Execute, loadNewestRunning, loadTimers } from '../statements/load-timers-statement.js';
import { type KeepWrite, type WriteResult, writeStatement } from '../statements/write-statement.js';
import type { WriterConnection } from './writer-connection.js';
import type { CommandExecutor, Outcome } from './writer-queue.js';

type Ended = Outcome<TimerChange>;
interface Planned {
  readonly command: TimerCommandInQueue;
  readonly plan: Plan;
}

/** To the pool, as patient as it was; a connection that no longer answers is closed instead. */
async function giveBack(client: PoolClient | undefined): Promise<void> {
  try {
    await client?.query(`SET lock_timeout = ${REQUEST_LIMITS.lockMs}`);
    client?.release();
  } catch {
    client?.release(true);
  }
}

/** The write that a command is about. */
const mainOf = ({ starts, changes }: Plan) => starts[0] ?? changes[0];

/** What is kept of a command's outcome, made before it is written: its place in the log is not known yet. */
function keepOf({ command: { keep }, plan }: Planned): KeepWrite[] {
  const main = mainOf(plan);
  if (keep === undefined || main === undefined) return [];
  return [{ keep, timerId: main.timer.id, body: JSON.stringify(changeOf(main, '0')) }];
}

function repeated({ keep }: TimerCommandInQueue, kept: Pick<FoundAnswer, 'fingerprint' | 'body'>): Ended {
  if (keep?.fingerprint.equals(kept.fingerprint) !== true) {
    return { kind: 'failed', error: new IdempotencyKeyReusedError() };
  }
  keep.isRepeated = true;
  return { kind: 'done', result: kept.body as TimerChange };
}

const AGAIN = { kind: 'again' } as const;
const LOCKED = { kind: 'again', locked: true } as const;
const ALONE = { kind: 'alone' } as const;

/** Carries out commands: reads what they must know, lets them plan, writes the plans in one statement, tells the changes. */
export class TimerWriter implements CommandExecutor<TimerCommandInQueue, TimerChange> {
  /** @param announce is told every committed change, whoever waits for it */
  constructor(
    private readonly pool: Pool,
    private readonly connection: WriterConnection,
    private readonly cache: TimerCache,
    private readonly announce: (changes: readonly TimerChange[]) => void,
  ) {}

  async together(commands: readonly TimerCommandInQueue[]): Promise<Ended[]> {
    const execute: Execute = (statement) => this.connection.execute(statement);
    const ended = await this.attempt(commands, execute, true);
    return commands.map((command) => ended.get(command) ?? ALONE);
  }

  async alone(command: TimerCommandInQueue, withinMs: number): Promise<Ended> {
    let client: PoolClient | undefined;
    const execute: Execute = async (statement) => {
      client ??= await this.impatientClient(withinMs);
      return (await client.query(statement)).rows as unknown[];
    };
    const ended = (await this.attempt([command], execute, false)).get(command) ?? AGAIN;
    await giveBack(client);
    return ended;
  }

  private async impatientClient(withinMs: number): Promise<PoolClient> {
    const client = await this.pool.connect();
    await client.query(`SET lock_timeout = ${Math.max(1, Math.floor(withinMs))}`);
    return client;
  }

  private async attempt(
    commands: readonly TimerCommandInQueue[],
    execute: Execute,
    together: boolean,
  ): Promise<Map<TimerCommandInQueue, Ended>> {
    const ended = new Map<TimerCommandInQueue, Ended>();
    let planned: Planned[] = [];
    try {
      planned = this.plan(commands, await this.facts(commands, execute, together), ended);
      await this.repeatRefused(execute, ended);
      if (planned.length > 0) await this.write(planned, execute, together, ended);
    } catch (error) {
      this.fail(commands, planned, error, together, ended);
    }
    return ended;
  }

  /** What each command wants to know; remembered timers will do only in a batch, where a failure has a second try. */
  private async facts(
    commands: readonly TimerCommandInQueue[],
    execute: Execute,
    useCache: boolean,
  ): Promise<Map<TimerCommandInQueue, Facts>> {
    const wanted = commands.map((command) => ({ command, wants: command.wanted() }));
    const remembered = (wants: Wanted) =>
      useCache && 'timerId' in wants && !wants.reload ? this.cache.get(wants.timerId) : undefined;
    const toRead = wanted.flatMap(({ wants }) => (wants && !remembered(wants) ? [wants] : []));
    const byId = await loadTimers(
      execute,
      toRead.flatMap((wants) => ('timerId' in wants ? [wants.timerId] : [])),
    );
    const newest = await loadNewestRunning(
      execute,
      toRead.flatMap((wants) => ('newestRunningOf' in wants ? [wants.newestRunningOf] : [])),
    );
    const factsFor = (wants: Wanted | undefined): Facts => {
      if (!wants) return { timer: undefined, fresh: true };
      const known = remembered(wants);
      if (known) return { timer: known, fresh: false };
      const timer = 'timerId' in wants ? byId.get(wants.timerId) : newest.get(wants.newestRunningOf);
      return { timer, fresh: true };
    };
    return new Map(wanted.map(({ command, wants }) => [command, factsFor(wants)]));
  }

  /** Plans that may share one statement: no timer twice. What ends without a plan goes into `ended`. */
  private plan(
    commands: readonly TimerCommandInQueue[],
    facts: ReadonlyMap<TimerCommandInQueue, Facts>,
    ended: Map<TimerCommandInQueue, Ended>,
  ): Planned[] {
    const touched = new Set<string>();
    return commands.flatMap((command) => {
      const plan = command.plan(facts.get(command) ?? { timer: undefined, fresh: true });
      if (!isPlan(plan)) {
        ended.set(command, plan);
        return [];
      }
      if (plan.changes.some(({ timer }) => touched.has(timer.id))) {
        ended.set(command, AGAIN);
        return [];
      }
      for (const { timer } of plan.changes) touched.add(timer.id);
      return [{ command, plan }];
    });
  }

  private async write(
    planned: readonly Planned[],
    execute: Execute,
    together: boolean,
    ended: Map<TimerCommandInQueue, Ended>,
  ): Promise<void> {
    const changes = planned.flatMap(({ plan }) => plan.changes);
    const starts = planned.flatMap(({ plan }) => plan.starts);
    const keeps = planned.flatMap(keepOf);
    const statement = writeStatement({ changes, starts, keeps }, { skipLocked: together });
    crashPoint('after-decide');
    batchSize.observe(planned.length);
    const sent = performance.now();
    const rows = (await execute(statement)) as WriteResult[];
    crashPoint('after-commit');
    commitSeconds.observe((performance.now() - sent) / 1_000);
    const results = new Map(rows.map((row) => [row.id, row]));
    const committed = planned.flatMap(({ command, plan }) => command.committed(plan, results));
    for (const { timer } of changes) if (!results.get(timer.id)?.change_id) this.cache.forget(timer.id);
    this.tell(committed);
    for (const { command, plan } of planned) {
      const kept = command.keep && results.get(mainOf(plan)?.timer.id ?? '');
      const outcome = kept?.kept_fingerprint
        ? repeated(command, { fingerprint: kept.kept_fingerprint, body: kept.kept_body })
        : command.conclude(plan, results);
      ended.set(command, outcome);
    }
  }

  /** What a key was used for already is refused for that very reason (it is paused): its first outcome is looked for. */
  private async repeatRefused(execute: Execute, ended: Map<TimerCommandInQueue, Ended>): Promise<void> {
    const refused = [...ended].flatMap(([{ keep }, { kind }]) => (keep && kind === 'failed' ? [keep] : []));
    if (refused.length === 0) return;
    const rows = (await execute(findAnswers(refused))) as FoundAnswer[];
    const found = new Map(rows.map((row) => [`${row.scope} ${row.key}`, row]));
    for (const [command, { kind }] of ended) {
      const kept = command.keep && found.get(`${command.keep.scope} ${command.keep.key}`);
      if (kept && kind === 'failed') ended.set(command, repeated(command, kept));
    }
  }

  private tell(committed: TimerChange[]): void {
    for (const { timer } of committed) this.cache.remember(timer);
    if (committed.length > 0) this.announce(inLogOrder(committed));
  }

  /**
   * A statement the server rejected had no effect: each command is tried by itself, so one command never takes its
   * neighbours along. When nobody can say whether it was committed, the callers are told so and nothing is remembered.
   */
  private fail(
    commands: readonly TimerCommandInQueue[],
    planned: readonly Planned[],
    error: unknown,
    together: boolean,
    ended: Map<TimerCommandInQueue, Ended>,
  ): void {
    for (const { plan } of planned) for (const { timer } of plan.changes) this.cache.forget(timer.id);
    const outcome = this.outcomeOf(error, together);
    for (const command of commands) if (!ended.has(command)) ended.set(command, outcome);
  }

  private outcomeOf(error: unknown, together: boolean): Ended {
    if (serverErrorOf(error) === undefined && !isDatabaseAway(error)) return { kind: 'failed', error };
    if (isDatabaseAway(error)) return { kind: 'failed', error: new ServiceUnavailableError() };
    if (together) return ALONE;
    return isLostRace(error) ? LOCKED : { kind: 'failed', error };
  }
}
