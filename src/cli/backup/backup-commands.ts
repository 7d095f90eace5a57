import type { Command } from 'commander';
import type { Client } from 'pg';

import { loadEnvironment } from '../../config/environment.js';
import { readSettings } from '../../config/settings.js';
import { clientConfig, type DatabaseConnection } from '../../database/connection.js';
import { openDatabase } from '../../database/open-database.js';
import { connectClient, NO_LIMITS } from '../../database/session.js';
import { logProblems, runCommand } from '../run-command.js';
import { backUp } from './backup.js';
import { restore } from './restore.js';

/** Adds the commands `backup` and `restore`. */
export function addBackupCommands(program: Command): void {
  program
    .command('backup <file>')
    .description('writes everything to a new file, while the server runs')
    .action((file: string) => runCommand(() => onDatabase((client) => reportBackup(client, file))));
  program
    .command('restore <file>')
    .description('fills an empty database from a backup')
    .action((file: string) =>
      runCommand(() => onDatabase((client, connection) => reportRestore(connection, client, file))),
    );
}

async function reportBackup(client: Client, file: string): Promise<void> {
  const started = performance.now();
  const { tables, rows, bytes } = await backUp(client, file);
  console.log(`${file}: ${rows} rows of ${tables} tables, ${bytes} bytes, ${secondsSince(started)} s`);
}

async function reportRestore(connection: DatabaseConnection, client: Client, file: string): Promise<void> {
  const started = performance.now();
  const { tables, rows, schema } = await restore(connection, client, file);
  console.log(`${rows} rows of ${tables} tables restored (schema ${schema}), ${secondsSince(started)} s`);
}

const secondsSince = (started: number): string => ((performance.now() - started) / 1_000).toFixed(1);

/** Runs work on a connection without the time limits of a request, because a backup may take long. */
async function onDatabase(work: (client: Client, connection: DatabaseConnection) => Promise<void>): Promise<void> {
  const settings = readSettings(loadEnvironment());
  const database = await openDatabase(settings, logProblems, { sharing: true });
  const patient = { ...clientConfig(database.connection), application_name: 'metronome-backup', query_timeout: 0 };
  try {
    const client = await connectClient(patient, NO_LIMITS);
    await work(client, database.connection).finally(() => client.end());
  } finally {
    await database.close();
  }
}
