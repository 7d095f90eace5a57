import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { type Logger, pino } from 'pino';
import { DataSource } from 'typeorm';

import { APPLICATION_OPTIONS, configureApp, httpAdapter } from '../../src/app.factory.js';
import { AppModule } from '../../src/app.module.js';
import { NestLogger } from '../../src/common/logging/logger.js';
import { readSettings, type Settings } from '../../src/config/settings.js';
import type { DatabaseConnection } from '../../src/database/connection.js';
import { PasswordHasher } from '../../src/identity/passwords/password-hasher.js';
import { createDatabase } from './database.js';
import { QuickPasswordHasher } from './passwords.js';
import { recordAnswers, recordLog, recordSockets } from './recorder.js';

export interface TestApp {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly app: NestExpressApplication;
  readonly dataSource: DataSource;
  readonly settings: Settings;
  readonly connection: DatabaseConnection;
  close(): Promise<void>;
}

export interface TestAppOptions {
  /** Settings as the environment would give them. */
  readonly env?: Record<string, string>;
  /** A database to share with another application; a fresh one when not given. */
  readonly connection?: DatabaseConnection;
  /** Replaces providers, such as the clock. */
  readonly override?: (builder: TestingModuleBuilder) => TestingModuleBuilder;
  /** Passwords are hashed at the cost that production pays; at the lowest when not given. */
  readonly slowPasswords?: boolean;
  /** Where log lines go; nowhere when not given. */
  readonly logTo?: { write(line: string): void };
}

/** Nothing of a test's server outlives it: no generated secret in `DATA_DIR`. */
const DEFAULTS = {
  NODE_ENV: 'test',
  HOST: '127.0.0.1',
  PORT: '0',
  JWT_SECRET: 'a secret of the tests, long enough for HS256',
};

/** The whole application as `npm start` serves it, listening on a free port of the loopback. */
export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const connection = options.connection ?? (await createDatabase());
  const settings = readSettings({ ...DEFAULTS, ...options.env });
  const logger = loggerTo([options.logTo, recordLog()].filter((target) => target !== undefined));
  const builder = Test.createTestingModule({ imports: [AppModule.with(settings, connection)] });
  if (options.slowPasswords !== true) builder.overrideProvider(PasswordHasher).useClass(QuickPasswordHasher);
  const module = await (options.override?.(builder) ?? builder).compile();
  const app = module.createNestApplication<NestExpressApplication>(httpAdapter(), {
    ...APPLICATION_OPTIONS,
    logger: logger.level === 'silent' ? false : new NestLogger(logger),
  });
  recordAnswers(app);
  configureApp(app, settings, logger);
  // As `npm start` does: in a busy test a kept connection would be closed just when the next request takes it.
  app.getHttpServer().keepAliveTimeout = 75_000;
  await app.listen(0, '127.0.0.1');
  recordSockets(app.getHttpServer());
  const { port } = app.getHttpServer().address() as { port: number };
  const close = () => app.close();
  return { url: `http://127.0.0.1:${port}`, app, dataSource: app.get(DataSource), settings, connection, close };
}

function loggerTo(targets: readonly { write(line: string): void }[]): Logger {
  if (targets.length === 0) return pino({ level: 'silent' });
  const write = (line: string) => {
    for (const target of targets) target.write(line);
  };
  return pino({ level: 'trace' }, { write });
}
