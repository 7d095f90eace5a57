import type { Pool, PoolClient } from 'pg';

import type { DatabaseCondition } from './database-condition.js';

/** What the driver knows of a connection and does not tell in its types. */
interface Inside {
  readonly readyForQuery: boolean;
}

/**
 * Closes connections that come back to the pool in the middle of something, or whose server takes no writes. A statement
 * that takes too long is given up here and goes on there, and a ROLLBACK that waits behind it is given up unsent: whoever
 * got that connection next would write into a transaction that nobody commits.
 */
export function closeSpentConnections(pool: Pool, condition?: DatabaseCondition): void {
  pool.on('release', (_, client) => {
    // The pool looks after this whether the connection is ending, and lets go of it.
    if (isUnfinished(client) || condition?.isRefusing(client) === true) client.end().catch(() => undefined);
  });
  // Those that wait in the pool lead to the same server, most likely: where the name leads now, new ones find out.
  condition?.onRefusal(() => {
    for (let idle = pool.idleCount; idle > 0; idle -= 1) void closeOneIdle(pool);
  });
}

async function closeOneIdle(pool: Pool): Promise<void> {
  try {
    (await pool.connect()).release(true);
  } catch {
    // It is gone already.
  }
}

function isUnfinished(client: PoolClient): boolean {
  const idle = client.getTransactionStatus() === 'I' && (client as unknown as Inside).readyForQuery;
  return !idle;
}
