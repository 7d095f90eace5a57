import { type DynamicModule, Inject, Logger, Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Pool } from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';

import { describeError } from '../common/logging/describe-error.js';
import { SETTINGS, type Settings } from '../config/settings.js';
import { ChangeLogState } from './change-log-state.entity.js';
import { CLIENT_CONFIG, clientConfig, type DatabaseConnection } from './connection.js';
import { dataSourceOptions } from './data-source.js';
import { Database } from './database.js';
import { IS_READ_ONLY } from './database.sql.js';
import { DatabaseCondition } from './database-condition.js';
import { poolOf } from './driver.js';
import { HealthController } from './health.controller.js';
import { NEWER_SCHEMA, newerMigrations } from './newer-schema.js';
import { PoolActivity } from './pool-activity.js';
import { Readiness } from './readiness.js';
import { closeSpentConnections } from './spent-connections.js';
import { Transactions } from './transactions.js';
import { supportXid8 } from './xid8.js';

const logger = new Logger('Database');

/** TypeORM's pool, for code that sends its own statements. */
function watchedPool(dataSource: DataSource, condition: DatabaseCondition): Pool {
  const pool = poolOf(dataSource);
  closeSpentConnections(pool, condition);
  // An error on a connection in use also fails its statements; without a listener it would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** The connection to PostgreSQL, transactions, and the readiness of this instance. */
@Module({ controllers: [HealthController] })
export class DatabaseModule implements OnModuleInit {
  static connect(connection: DatabaseConnection): DynamicModule {
    const condition = new DatabaseCondition();
    return {
      module: DatabaseModule,
      global: true,
      imports: [
        TypeOrmModule.forRootAsync({
          inject: [SETTINGS],
          useFactory: (settings: Settings) => ({
            ...dataSourceOptions(connection, {
              poolSize: settings.database.poolSize,
              condition,
              onPoolError: (error) => {
                logger.warn({ msg: 'a database connection was lost', ...describeError(error) });
              },
            }),
            autoLoadEntities: true,
            retryAttempts: 0,
          }),
          dataSourceFactory: (options) => supportXid8(new DataSource(options as DataSourceOptions)).initialize(),
        }),
        TypeOrmModule.forFeature([ChangeLogState]),
      ],
      providers: [
        { provide: DatabaseCondition, useValue: condition },
        { provide: CLIENT_CONFIG, useValue: clientConfig(connection, { condition }) },
        { provide: Pool, inject: [DataSource, DatabaseCondition], useFactory: watchedPool },
        Database,
        PoolActivity,
        Readiness,
        Transactions,
      ],
      exports: [CLIENT_CONFIG, Database, DatabaseCondition, Pool, PoolActivity, Readiness, Transactions],
    };
  }

  constructor(
    @Inject(Readiness) private readonly readiness: Readiness,
    private readonly dataSource: DataSource,
    @Inject(DatabaseCondition) private readonly condition: DatabaseCondition,
  ) {}

  async onModuleInit(): Promise<void> {
    const newer = await newerMigrations(this.dataSource);
    if (newer.length > 0) logger.error({ msg: `not ready: ${NEWER_SCHEMA}`, migrations: newer });
    this.readiness.register('database', () => this.requireWritable());
    this.readiness.register('migrations', async () => {
      // Checked once at startup: a running instance keeps working while the next version migrates the schema.
      if (newer.length > 0) throw new Error(`not ready: ${NEWER_SCHEMA}`);
      if (await this.dataSource.showMigrations()) throw new Error('migrations are pending');
    });
  }

  /**
   * A standby and a read-only primary still answer queries, so a simple ping is not sufficient.
   * @throws Error when the database accepts no writes
   */
  private async requireWritable(): Promise<void> {
    const rows = await this.dataSource.query<{ read_only: boolean }[]>(IS_READ_ONLY);
    if (rows[0]?.read_only !== false || this.condition.lacksSpace) throw new Error('the database takes no writes');
  }
}
