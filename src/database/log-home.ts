import { type ClientBase, DatabaseError } from 'pg';

/** Which server, which line of its history and which database this is. */
const HERE = `concat_ws('/', (SELECT system_identifier FROM pg_control_system()),
  left(pg_walfile_name(pg_current_wal_lsn()), 8), (SELECT oid FROM pg_database WHERE datname = current_database()))`;

/** Functions that a managed server lacks or keeps for itself; a replica, which writes no log. */
const NOT_TO_BE_KNOWN = new Set(['42883', '42501', '0A000', '55000', '25006']);

/**
 * Gives the logs a new epoch when they are found in another place than before: restored by other means than our own,
 * copied, or carried on by a replica that was promoted. Marks of before mean nothing there.
 */
export async function settleLogs(client: Pick<ClientBase, 'query'>): Promise<void> {
  try {
    await client.query(
      `UPDATE change_log_state s
       SET home = here.home, epoch = CASE WHEN s.home IS NULL THEN s.epoch ELSE new_log_epoch() END
       FROM (SELECT ${HERE} AS home) here WHERE s.home IS DISTINCT FROM here.home`,
    );
  } catch (error) {
    if (!(error instanceof DatabaseError) || !NOT_TO_BE_KNOWN.has(error.code ?? '')) throw error;
  }
}
