import type { Pool, PoolClient } from 'pg';

import type { DatabaseCondition } from './database-condition.js';

/** Driver state that its types do not declare. */
interface Inside {
  readonly readyForQuery: boolean;
}

/**
 * Closes connections that are released in the middle of a transaction or statement, or whose server accepts no writes.
 * The driver abandons a statement that times out, but the server continues it, and the driver abandons a queued
 * ROLLBACK unsent. The next user of such a connection would write into a transaction that is never committed.
 */
export function closeSpentConnections(pool: Pool, condition?: DatabaseCondition): void {
  pool.on('release', (_, client) => {
    // After this event the pool checks whether the connection is ending, and removes it.
    if (isUnfinished(client) || condition?.isRefusing(client) === true) client.end().catch(() => undefined);
  });
  // Idle connections probably lead to the same server. New ones follow the current address of the name.
  condition?.onRefusal(() => {
    for (let idle = pool.idleCount; idle > 0; idle -= 1) void closeOneIdle(pool);
  });
}

async function closeOneIdle(pool: Pool): Promise<void> {
  try {
    (await pool.connect()).release(true);
  } catch {
    // The connection is already closed.
  }
}

function isUnfinished(client: PoolClient): boolean {
  const idle = client.getTransactionStatus() === 'I' && (client as unknown as Inside).readyForQuery;
  return !idle;
}
