import { type ClientBase, DatabaseError } from 'pg';

import { SETTLE_LOGS } from './database.sql.js';

/** SQLSTATE codes of functions that a managed server lacks or restricts, and of a replica, which writes no log. */
const NOT_TO_BE_KNOWN = new Set(['42883', '42501', '0A000', '55000', '25006']);

/**
 * Gives the logs a new epoch when they are at another place than before: restored by external tools, copied, or
 * continued by a promoted replica. Marks of the previous epoch are then invalid.
 */
export async function settleLogs(client: Pick<ClientBase, 'query'>): Promise<void> {
  try {
    await client.query(SETTLE_LOGS);
  } catch (error) {
    if (!(error instanceof DatabaseError) || !NOT_TO_BE_KNOWN.has(error.code ?? '')) throw error;
  }
}
