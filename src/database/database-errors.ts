import { isNativeError } from 'node:util/types';

import { QueryRunnerAlreadyReleasedError } from 'typeorm';

import { ServiceUnavailableError } from '../common/errors.js';

/** What PostgreSQL said of a failed statement. */
interface ServerError {
  readonly code: string;
  readonly severity: string;
}

/** Set by the server in its answer, so the statement is known to have had no effect. Absent: the outcome is unknown. */
export function serverErrorOf(error: unknown): ServerError | undefined {
  const source = (error as { driverError?: unknown } | undefined)?.driverError ?? error;
  const { code, severity } = (source ?? {}) as Partial<ServerError>;
  return code !== undefined && severity !== undefined ? { code, severity } : undefined;
}

/**
 * SQLSTATE classes: connection exception, insufficient resources, operator intervention, system error; and a database that
 * takes no writes, or has ended the session of a transaction in which nothing was said for too long.
 */
const AWAY = /^(08|25006|25P03|53|57P|58)/;
/** Serialization failure, deadlock, lock not available, statement timeout. */
const LOST = /^(40001|40P01|55P03|57014)$/;

/** The database is gone, going, or could not take part in time. */
export function isDatabaseAway(error: unknown): boolean {
  const code = serverErrorOf(error)?.code;
  if (code !== undefined) return AWAY.test(code);
  return isConnectionError(error);
}

/** The statement was rolled back because of somebody else and may succeed when it is sent again. */
export function isLostRace(error: unknown): boolean {
  return LOST.test(serverErrorOf(error)?.code ?? '');
}

// The driver has no class for these, only texts and the codes of Node's sockets.
const CONNECTION_TEXT =
  /connection (terminated|timeout|ended|error)|timeout exceeded when trying to connect|read timeout/i;
const SOCKET_CODE = /^(ECONN|EPIPE|ENOENT$|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_AGAIN)/;

function isConnectionError(error: unknown): boolean {
  // TypeORM lets go of a runner whose connection breaks between two statements.
  if (error instanceof QueryRunnerAlreadyReleasedError) return true;
  const source = (error as { driverError?: unknown } | undefined)?.driverError ?? error;
  if (!isNativeError(source)) return false;
  const { code } = source as NodeJS.ErrnoException;
  return SOCKET_CODE.test(code ?? '') || CONNECTION_TEXT.test(source.message) || /not queryable/i.test(source.message);
}

/** A database that is away or busy becomes 503; everything else stays what it is. */
export function toServiceUnavailable(error: unknown): unknown {
  return isDatabaseAway(error) || isLostRace(error) ? new ServiceUnavailableError() : error;
}
