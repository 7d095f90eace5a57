import { isNativeError } from 'node:util/types';

import { QueryRunnerAlreadyReleasedError } from 'typeorm';

import { ServiceUnavailableError } from '../common/errors.js';

/** The fields that PostgreSQL reports for a failed statement. */
interface ServerError {
  readonly code: string;
  readonly severity: string;
}

/** The server's error, which proves that the statement had no effect. Undefined if the outcome is unknown. */
export function serverErrorOf(error: unknown): ServerError | undefined {
  const source = (error as { driverError?: unknown } | undefined)?.driverError ?? error;
  const { code, severity } = (source ?? {}) as Partial<ServerError>;
  return code !== undefined && severity !== undefined ? { code, severity } : undefined;
}

/**
 * SQLSTATE classes: connection exception, insufficient resources, operator intervention, system error; also a read-only
 * database and a session that ended because its transaction was idle for too long.
 */
const AWAY = /^(08|25006|25P03|53|57P|58)/;
/** Serialization failure, deadlock, lock not available, statement timeout. */
const LOST = /^(40001|40P01|55P03|57014)$/;

/** Whether the database is unavailable or did not respond in time. */
export function isDatabaseAway(error: unknown): boolean {
  const code = serverErrorOf(error)?.code;
  if (code !== undefined) return AWAY.test(code);
  return isConnectionError(error);
}

/** Whether the statement was rolled back because of a conflict or a timeout, so that a retry may succeed. */
export function isLostRace(error: unknown): boolean {
  return LOST.test(serverErrorOf(error)?.code ?? '');
}

// The driver has no error class for these, only messages and the codes of Node's sockets.
const CONNECTION_TEXT =
  /connection (terminated|timeout|ended|error)|timeout exceeded when trying to connect|read timeout/i;
const SOCKET_CODE = /^(ECONN|EPIPE|ENOENT$|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_AGAIN)/;

function isConnectionError(error: unknown): boolean {
  // TypeORM releases a query runner whose connection breaks between two statements.
  if (error instanceof QueryRunnerAlreadyReleasedError) return true;
  const source = (error as { driverError?: unknown } | undefined)?.driverError ?? error;
  if (!isNativeError(source)) return false;
  const { code } = source as NodeJS.ErrnoException;
  return SOCKET_CODE.test(code ?? '') || CONNECTION_TEXT.test(source.message) || /not queryable/i.test(source.message);
}

/** Converts errors of an unavailable or busy database to 503; other errors stay unchanged. */
export function toServiceUnavailable(error: unknown): unknown {
  return isDatabaseAway(error) || isLostRace(error) ? new ServiceUnavailableError() : error;
}
