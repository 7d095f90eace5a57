import type { Pool, PoolClient } from 'pg';

/** What the driver knows of a connection and does not tell in its types. */
interface Inside {
  readonly readyForQuery: boolean;
}

/**
 * Closes connections that come back to the pool in the middle of something. A statement that takes too long is given up
 * here and goes on there, and a ROLLBACK that waits behind it is given up unsent: whoever got that connection next would
 * write into a transaction that nobody commits.
 */
export function closeUnfinishedConnections(pool: Pool): void {
  pool.on('release', (_, client) => {
    // The pool looks after this whether the connection is ending, and lets go of it.
    if (isUnfinished(client)) client.end().catch(() => undefined);
  });
}

function isUnfinished(client: PoolClient): boolean {
  const idle = client.getTransactionStatus() === 'I' && (client as unknown as Inside).readyForQuery;
  return !idle;
}
