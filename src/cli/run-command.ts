import type { INestApplicationContext, NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DataSource } from 'typeorm';

import { Failure } from '../common/errors.js';
import { loadEnvironment } from '../config/environment.js';
import { InvalidSettingsError, readSettings } from '../config/settings.js';
import { toServiceUnavailable } from '../database/database-errors.js';
import { migrate } from '../database/migrate.js';
import { NEWER_SCHEMA, newerMigrations } from '../database/newer-schema.js';
import { openDatabase } from '../database/open-database.js';
import { CliModule } from './cli.module.js';

/** Errors are thrown and printed in one line instead of being logged. */
const QUIET: Readonly<NestApplicationOptions> = { logger: false, abortOnError: false };

/** The work of a command, with the server's services. */
type Work = (services: INestApplicationContext) => Promise<void>;

/** The command failed for the reason that its message gives. */
export class CommandError extends Error {}

/**
 * Runs one command. An error is printed as one line on stderr (one per invalid setting) without a stack, and sets the
 * exit code to 1.
 * @param work the command; it prints its result to stdout
 */
export async function runCommand(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    process.stderr.write(`${reasonOf(error)}\n`);
    process.exitCode = 1;
  }
}

/**
 * Migrates the database to the schema of this version and runs `work` with the server's services. A running embedded
 * server is shared; otherwise one is started for the duration of the command.
 */
export async function withServices(work: Work): Promise<void> {
  const settings = readSettings(loadEnvironment());
  const database = await openDatabase(settings, logProblems, { sharing: true });
  try {
    await migrate(database.connection);
    const module = CliModule.with(settings, database.connection);
    const services = await NestFactory.createApplicationContext(module, QUIET);
    await onKnownSchema(services, work).finally(() => services.close());
  } finally {
    await database.close();
  }
}

/**
 * Rejects a newer schema, to which an older version might write data that the newer version no longer supports.
 * @throws CommandError
 */
async function onKnownSchema(services: INestApplicationContext, work: Work): Promise<void> {
  const newer = await newerMigrations(services.get(DataSource));
  if (newer.length > 0) throw new CommandError(`${NEWER_SCHEMA} (${newer.join(', ')})`);
  await work(services);
}

/** Prints warnings and errors of the database to stderr, because stdout is for the result. */
export function logProblems(level: string, message: string): void {
  if (level !== 'info') process.stderr.write(`${message}\n`);
}

function reasonOf(thrown: unknown): string {
  const error = toServiceUnavailable(thrown);
  if (error !== thrown) return `The database cannot be used: ${firstLine(thrown)}`;
  const ours = error instanceof CommandError || error instanceof Failure || error instanceof InvalidSettingsError;
  return ours ? error.message : firstLine(error);
}

const firstLine = (error: unknown): string => {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return line === '' ? ((error as { code?: string }).code ?? 'unknown error') : line;
};
