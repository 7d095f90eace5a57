import type { DataSourceOptions } from 'typeorm';

import { migrations } from '../../migrations/index.js';
import { clientConfig, type DatabaseConnection } from './connection.js';
import type { DatabaseCondition } from './database-condition.js';
import { REQUEST_LIMITS, type SessionSettings } from './session.js';

interface PoolOptions {
  readonly poolSize: number;
  /** The limits of each session; those of a request by default. */
  readonly limits?: SessionSettings;
  readonly condition?: DatabaseCondition;
  readonly onPoolError?: (error: unknown) => void;
}

/**
 * TypeORM's configuration; its pool serves everything except the writer queue. In pipeline mode the driver disconnects
 * from a server that does not respond in time, so a ROLLBACK does not wait behind a statement that hangs.
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
