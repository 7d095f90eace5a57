import { Injectable } from '@nestjs/common';

/** Resolves when all is well, rejects or takes too long when it is not. */
export type ReadinessCheck = () => Promise<void> | void;

export type CheckResult = 'ok' | 'failed';

const TIMEOUT_MS = 2_000;

/** Whether this instance should be sent requests: each part of the house registers what it needs. */
@Injectable()
export class Readiness {
  private readonly checks = new Map<string, ReadinessCheck>();
  private draining = false;

  register(name: string, check: ReadinessCheck): void {
    this.checks.set(name, check);
  }

  /** From now on not ready: the instance is about to stop. */
  drain(): void {
    this.draining = true;
  }

  async report(): Promise<{ ready: boolean; checks: Record<string, CheckResult> }> {
    const names = [...this.checks.keys()];
    const results = await Promise.all([...this.checks.values()].map(run));
    const checks = Object.fromEntries(names.map((name, index) => [name, results[index] ?? 'failed']));
    return { ready: !this.draining && results.every((result) => result === 'ok'), checks };
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
