import { type ClientBase, DatabaseError } from 'pg';

import { SETTLE_LOGS } from './database.sql.js';

/** Functions that a managed server lacks or keeps for itself; a replica, which writes no log. */
const NOT_TO_BE_KNOWN = new Set(['42883', '42501', '0A000', '55000', '25006']);

/**
 * Gives the logs a new epoch when they are found in another place than before: restored by other means than our own,
 * copied, or carried on by a replica that was promoted. Marks of before mean nothing there.
 */
export async function settleLogs(client: Pick<ClientBase, 'query'>): Promise<void> {
  try {
    await client.query(SETTLE_LOGS);
  } catch (error) {
    if (!(error instanceof DatabaseError) || !NOT_TO_BE_KNOWN.has(error.code ?? '')) throw error;
  }
}
