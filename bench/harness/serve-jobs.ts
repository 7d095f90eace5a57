import type { Window } from './worker-process.js';

/** A message from a worker to the benchmark. */
export type WorkerMessage =
  | { readonly kind: 'begins' }
  | { readonly kind: 'ends' }
  | { readonly kind: 'done'; readonly report: unknown }
  | { readonly kind: 'failed'; readonly error: string };

/**
 * Makes this process the worker of a {@link WorkerProcess}: runs the jobs it receives and exits with its parent.
 * @param beforeEnd releases what the jobs hold open
 */
export function serveJobs(
  work: (job: unknown, window: Window) => Promise<unknown>,
  beforeEnd: () => Promise<void> = () => Promise.resolve(),
): void {
  process.on('message', (job) => void runJob(() => work(job, window)));
  process.on('disconnect', () => {
    void beforeEnd().finally(() => process.exit());
  });
}

const window: Window = {
  begins: () => {
    send({ kind: 'begins' });
  },
  ends: () => {
    send({ kind: 'ends' });
  },
};

async function runJob(work: () => Promise<unknown>): Promise<void> {
  try {
    send({ kind: 'done', report: await work() });
  } catch (error) {
    send({ kind: 'failed', error: String(error) });
  }
}

function send(message: WorkerMessage): void {
  process.send?.(message);
}
