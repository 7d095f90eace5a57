/** Checks that the server responds. */
export const PING = 'SELECT 1';

export const createDatabase = (name: string): string => `CREATE DATABASE ${name}`;

/** The migrations that have run, oldest first. */
export const RUN_MIGRATIONS = 'SELECT name FROM migrations ORDER BY timestamp';

/** Admits one instance at a time; $1 is a lock number that nothing else in the database uses. */
export const LOCK_MIGRATIONS = 'SELECT pg_advisory_lock($1)';

const READ_ONLY = `pg_is_in_recovery() OR current_setting('transaction_read_only')::bool AS read_only`;

/** Whether the server currently accepts no writes: a standby, or a primary that is set to read-only. */
export const IS_READ_ONLY = `SELECT ${READ_ONLY}`;

/** Sets session parameters: $1 and $2 are the name and value of the first one, and so on. */
export const setParameters = (count: number): string => {
  const set = Array.from({ length: count }, (_, index) => `set_config($${2 * index + 1}, $${2 * index + 2}, false)`);
  return `SELECT ${[...set, READ_ONLY].join(', ')}`;
};

/** @param everyMs interval at which the server checks whether the client of a running statement is connected */
export const checkClientEvery = (everyMs: number): string => `SET client_connection_check_interval = ${everyMs}`;

/** Identifies the server, its timeline and the database. */
const HERE = `concat_ws('/', (SELECT system_identifier FROM pg_control_system()),
  left(pg_walfile_name(pg_current_wal_lsn()), 8), (SELECT oid FROM pg_database WHERE datname = current_database()))`;

/** Sets a new epoch if the logs are at another place than before. */
export const SETTLE_LOGS = `UPDATE change_log_state s
  SET home = here.home, epoch = CASE WHEN s.home IS NULL THEN s.epoch ELSE new_log_epoch() END
  FROM (SELECT ${HERE} AS home) here WHERE s.home IS DISTINCT FROM here.home`;
