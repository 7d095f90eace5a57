import { type DynamicModule, Inject, Logger, Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Pool } from 'pg';
import { DataSource } from 'typeorm';

import { describeError } from '../common/logging/describe-error.js';
import { SETTINGS, type Settings } from '../config/settings.js';
import { joinAmbientTransactions } from './ambient-transaction.js';
import { CLIENT_CONFIG, clientConfig, type DatabaseConnection } from './connection.js';
import { dataSourceOptions } from './data-source.js';
import { HealthController } from './health.controller.js';
import { Readiness } from './readiness.js';
import { Transactions } from './transactions.js';
import { closeUnfinishedConnections } from './unfinished-connections.js';

const logger = new Logger('Database');

/** The one pool, TypeORM's own, for whatever sends statements of its own. */
function poolOf(dataSource: DataSource): Pool {
  const pool = (dataSource.driver as unknown as { master: Pool }).master;
  // A connection that breaks while somebody holds it tells its holder; without a listener it would end the process.
  joinAmbientTransactions(dataSource, pool);
  closeUnfinishedConnections(pool);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** The connection to PostgreSQL, transactions, and whether this instance is ready. */
@Module({ controllers: [HealthController] })
export class DatabaseModule implements OnModuleInit {
  static connect(connection: DatabaseConnection): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      imports: [
        TypeOrmModule.forRootAsync({
          inject: [SETTINGS],
          useFactory: (settings: Settings) => ({
            ...dataSourceOptions(connection, {
              poolSize: settings.database.poolSize,
              onPoolError: (error) => {
                logger.warn({ msg: 'a database connection was lost', ...describeError(error) });
              },
            }),
            autoLoadEntities: true,
            retryAttempts: 0,
          }),
        }),
      ],
      providers: [
        { provide: CLIENT_CONFIG, useValue: clientConfig(connection) },
        { provide: Pool, inject: [DataSource], useFactory: poolOf },
        Readiness,
        Transactions,
      ],
      exports: [CLIENT_CONFIG, Pool, Readiness, Transactions],
    };
  }

  constructor(
    @Inject(Readiness) private readonly readiness: Readiness,
    private readonly dataSource: DataSource,
  ) {}

  onModuleInit(): void {
    this.readiness.register('database', async () => {
      await this.dataSource.query('SELECT 1');
    });
    this.readiness.register('migrations', async () => {
      if (await this.dataSource.showMigrations()) throw new Error('migrations are pending');
    });
  }
}
