import type { DataSourceOptions } from 'typeorm';

import { migrations } from '../../migrations/index.js';
import { clientConfig, type DatabaseConnection } from './connection.js';

/** How TypeORM connects; the pool it makes serves everything but the writer queue. */
export function dataSourceOptions(
  connection: DatabaseConnection,
  options: { poolSize: number; onPoolError?: (error: unknown) => void },
): DataSourceOptions {
  const { connectionTimeoutMillis, connectionString, ...extra } = clientConfig(connection);
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
    extra,
  };
}
