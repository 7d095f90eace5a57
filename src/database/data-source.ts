import type { DataSourceOptions } from 'typeorm';

import { migrations } from '../../migrations/index.js';
import { clientConfig, type DatabaseConnection } from './connection.js';
import type { DatabaseCondition } from './database-condition.js';
import { REQUEST_LIMITS, type SessionSettings } from './session.js';

interface PoolOptions {
  readonly poolSize: number;
  /** Of each session; without it, those of a request. */
  readonly limits?: SessionSettings;
  readonly condition?: DatabaseCondition;
  readonly onPoolError?: (error: unknown) => void;
}

/**
 * How TypeORM connects; the pool it makes serves everything but the writer queue. In pipeline mode the driver hangs up on a
 * server that has not answered in time, so a ROLLBACK is not waited for behind the statement that hangs.
 */
export function dataSourceOptions(connection: DatabaseConnection, options: PoolOptions): DataSourceOptions {
  const { limits = REQUEST_LIMITS, condition } = options;
  const config = clientConfig(connection, { session: limits, ...(condition ? { condition } : {}) });
  const { connectionTimeoutMillis, connectionString, ...extra } = config;
  return {
    type: 'postgres',
    ...(connectionString === undefined ? {} : { url: connectionString }),
    migrations,
    migrationsTransactionMode: 'each',
    synchronize: false,
    logging: false,
    installExtensions: false,
    poolSize: options.poolSize,
    connectTimeoutMS: connectionTimeoutMillis ?? 0,
    poolErrorHandler: options.onPoolError ?? (() => undefined),
    extra: { ...extra, pipeline: true, ...(limits.statementMs === 0 ? { query_timeout: 0 } : {}) },
  };
}
