/** A connection that stands, and a server that answers. */
export const PING = 'SELECT 1';

export const createDatabase = (name: string): string => `CREATE DATABASE ${name}`;

/** Migrations that have been run, oldest first. */
export const RUN_MIGRATIONS = 'SELECT name FROM migrations ORDER BY timestamp';

/** One instance at a time: $1 is any number that nothing else in the database locks by. */
export const LOCK_MIGRATIONS = 'SELECT pg_advisory_lock($1)';

const READ_ONLY = `pg_is_in_recovery() OR current_setting('transaction_read_only')::bool AS read_only`;

/** Whether the server takes no writes at this moment: a standby, or a primary that was told so. */
export const IS_READ_ONLY = `SELECT ${READ_ONLY}`;

/** Sets parameters of the session: $1 and $2 the first one's name and value, and so on. */
export const setParameters = (count: number): string => {
  const set = Array.from({ length: count }, (_, index) => `set_config($${2 * index + 1}, $${2 * index + 2}, false)`);
  return `SELECT ${[...set, READ_ONLY].join(', ')}`;
};

/** @param everyMs how often the server looks whether the client of a running statement is still there */
export const checkClientEvery = (everyMs: number): string => `SET client_connection_check_interval = ${everyMs}`;

/** Which server, which line of its history and which database this is. */
const HERE = `concat_ws('/', (SELECT system_identifier FROM pg_control_system()),
  left(pg_walfile_name(pg_current_wal_lsn()), 8), (SELECT oid FROM pg_database WHERE datname = current_database()))`;

/** A new epoch for logs that are found in another place than before. */
export const SETTLE_LOGS = `UPDATE change_log_state s
  SET home = here.home, epoch = CASE WHEN s.home IS NULL THEN s.epoch ELSE new_log_epoch() END
  FROM (SELECT ${HERE} AS home) here WHERE s.home IS DISTINCT FROM here.home`;
