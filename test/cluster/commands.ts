import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

/** A caller gives up on an answer after this long and asks again; the contract promises 503 within 3 s. */
const PATIENCE_MS = 4_000;
const AGAIN_AFTER_MS = 100;
/** Nothing may take longer than this to be carried out in the end. */
const GIVE_UP_AFTER_MS = 60_000;

export type Json = Readonly<Record<string, unknown>>;

export interface Acknowledged {
  readonly status: number;
  readonly body: Json;
}

/** What was answered while the load ran. */
export class Answers {
  /** How many of each status; `none` is a connection that broke or an answer that did not come in time. */
  readonly counts = new Map<string, number>();
  acknowledged = 0;
  slowestMs = 0;
  private readonly acknowledgedAt: number[] = [];

  count(status: string): void {
    this.counts.set(status, (this.counts.get(status) ?? 0) + 1);
  }

  acknowledge(sinceMs: number): void {
    this.acknowledged += 1;
    this.acknowledgedAt.push(performance.now());
    this.slowestMs = Math.max(this.slowestMs, performance.now() - sinceMs);
  }

  /** The longest time without an acknowledged command since then, in milliseconds. */
  longestGapSince(moment: number): number {
    const times = [moment, ...this.acknowledgedAt.filter((at) => at > moment)];
    return Math.max(0, ...times.slice(1).map((at, index) => at - (times[index] ?? at)));
  }

  /** Everything but success, and what the contract allows on purpose. */
  get unexpected(): Record<string, number> {
    return Object.fromEntries(
      [...this.counts].filter(([status]) => !['200', '201', '204', '409', '503'].includes(status)),
    );
  }
}

export interface Command {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** A refusal that is an answer: a session is running already. */
  readonly refusal?: (body: Json) => boolean;
}

/**
 * Carries a command out once, however often it has to be asked for: what was not acknowledged is asked again under the
 * same key (docs/spec/extensions.md#idempotency).
 * @returns undefined when it was refused; @throws what is neither success nor trouble on the way
 */
export async function once(url: string, command: Command, answers: Answers): Promise<Acknowledged | undefined> {
  const key = randomUUID();
  const began = performance.now();
  for (;;) {
    const answer = await ask(url, command, key);
    answers.count(answer === undefined ? 'none' : String(answer.status));
    if (answer !== undefined && answer.status < 300) {
      answers.acknowledge(began);
      return answer;
    }
    if (answer !== undefined && command.refusal?.(answer.body) === true) return undefined;
    if (answer !== undefined && !isTrouble(answer)) throw new Error(`${command.path}: ${JSON.stringify(answer)}`);
    if (performance.now() - began > GIVE_UP_AFTER_MS) throw new Error(`${command.path}: not within 60 s`);
    await sleep(AGAIN_AFTER_MS);
  }
}

/** An instance is away, or another request under this key has not come back yet. */
function isTrouble({ status, body }: Acknowledged): boolean {
  return status >= 500 || (status === 409 && /idempotency[ _]?key/i.test(JSON.stringify(body)));
}

async function ask(url: string, command: Command, key: string): Promise<Acknowledged | undefined> {
  const { method, path, headers, body } = command;
  try {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', 'idempotency-key': key, ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return { status: response.status, body: jsonOf(await response.text()) };
  } catch {
    return undefined;
  }
}

/** What nginx says is no JSON. */
function jsonOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return {};
  }
}
