import type { Window } from './worker-process.js';

/** What a helper tells the benchmark. */
export type WorkerMessage =
  | { readonly kind: 'begins' }
  | { readonly kind: 'ends' }
  | { readonly kind: 'done'; readonly report: unknown }
  | { readonly kind: 'failed'; readonly error: string };

/**
 * Makes this process the helper of a {@link WorkerProcess}: does the jobs it is sent and ends with its parent.
 * @param beforeEnd what to let go of
 */
export function serveJobs(
  work: (job: unknown, window: Window) => Promise<unknown>,
  beforeEnd: () => Promise<void> = () => Promise.resolve(),
): void {
  process.on('message', (job) => void answer(() => work(job, window)));
  process.on('disconnect', () => {
    void beforeEnd().finally(() => process.exit());
  });
}

const window: Window = {
  begins: () => {
    tell({ kind: 'begins' });
  },
  ends: () => {
    tell({ kind: 'ends' });
  },
};

async function answer(work: () => Promise<unknown>): Promise<void> {
  try {
    tell({ kind: 'done', report: await work() });
  } catch (error) {
    tell({ kind: 'failed', error: String(error) });
  }
}

function tell(message: WorkerMessage): void {
  process.send?.(message);
}
