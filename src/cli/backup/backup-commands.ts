import type { Command } from 'commander';
import { Client } from 'pg';

import { loadEnvironment } from '../../config/environment.js';
import { readSettings } from '../../config/settings.js';
import { clientConfig, type DatabaseConnection } from '../../database/connection.js';
import { openDatabase } from '../../database/open-database.js';
import { logProblems, runCommand } from '../run-command.js';
import { backUp } from './backup.js';
import { restore } from './restore.js';

/** `backup` and `restore` */
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

/** A connection without a request's limits of time: a backup takes as long as it takes. */
async function onDatabase(work: (client: Client, connection: DatabaseConnection) => Promise<void>): Promise<void> {
  const settings = readSettings(loadEnvironment());
  const database = await openDatabase(settings, logProblems, { sharing: true });
  const client = new Client({
    ...clientConfig(database.connection),
    application_name: 'metronome-backup',
    query_timeout: 0,
    lock_timeout: 0,
    idle_in_transaction_session_timeout: 0,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await work(client, database.connection);
  } finally {
    await client.end();
    await database.close();
  }
}
