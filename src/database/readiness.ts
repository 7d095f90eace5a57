import { Injectable } from '@nestjs/common';

/** Resolves when the check passes; rejects or times out when it fails. */
export type ReadinessCheck = () => Promise<void> | void;

export type CheckResult = 'ok' | 'failed';

const TIMEOUT_MS = 2_000;
/** Results are reused for this many milliseconds. */
const ASKED_EVERY_MS = 1_000;

/** Whether this instance should receive requests; modules register checks for their dependencies. */
@Injectable()
export class Readiness {
  private readonly checks = new Map<string, ReadinessCheck>();
  private draining = false;
  private last: { readonly at: number; readonly results: Promise<CheckResult[]> } | undefined;

  register(name: string, check: ReadinessCheck): void {
    this.checks.set(name, check);
  }

  /** Reports not ready from now on, because the instance is about to stop. */
  drain(): void {
    this.draining = true;
  }

  async report(): Promise<{ ready: boolean; checks: Record<string, CheckResult> }> {
    const names = [...this.checks.keys()];
    const results = await this.recentResults();
    const checks = Object.fromEntries(names.map((name, index) => [name, results[index] ?? 'failed']));
    return { ready: !this.draining && results.every((result) => result === 'ok'), checks };
  }

  /** Runs the checks at most once a second, regardless of the number of requests. */
  private recentResults(): Promise<CheckResult[]> {
    const now = performance.now();
    if (this.last === undefined || now - this.last.at >= ASKED_EVERY_MS) {
      this.last = { at: now, results: Promise.all([...this.checks.values()].map(run)) };
    }
    return this.last.results;
  }
}

async function run(check: ReadinessCheck): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<CheckResult>((resolve) => {
    timer = setTimeout(() => {
      resolve('failed');
    }, TIMEOUT_MS);
  });
  const outcome = Promise.resolve()
    .then(check)
    .then(
      () => 'ok' as const,
      () => 'failed' as const,
    );
  return Promise.race([outcome, timeout]).finally(() => {
    clearTimeout(timer);
  });
}
