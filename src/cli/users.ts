import { randomBytes } from 'node:crypto';
import type { INestApplicationContext } from '@nestjs/common';
import type { Command } from 'commander';

import { isPossiblePassword } from '../identity/passwords/password-check.js';
import { PasswordHasher } from '../identity/passwords/password-hasher.js';
import { normalizeEmail } from '../identity/users/email-address.js';
import { Users } from '../identity/users/users.js';
import { CommandError, runCommand, withServices } from './run-command.js';

interface CreateOptions {
  name?: string;
  password?: string;
}

/** Adds the command `users create`. */
export function addUsersCommands(program: Command): void {
  const users = program.command('users').description('own accounts');
  users
    .command('create <email>')
    .description('makes an account and prints its id; without --password also a generated password')
    .option('--name <name>', 'display name')
    .option('--password <password>', '8 to 128 characters')
    .action((email: string, options: CreateOptions) =>
      runCommand(() => withServices((services) => createUser(services, email, options))),
    );
}

async function createUser(services: INestApplicationContext, text: string, options: CreateOptions): Promise<void> {
  const email = emailArgument(text);
  const password = options.password ?? randomBytes(15).toString('base64url');
  if (!isPossiblePassword(password)) throw new CommandError('a password has 8 to 128 characters');
  const passwordHash = await services.get(PasswordHasher).hash(password);
  const id = await services.get(Users).create({ email, displayName: options.name, passwordHash, vouchedFor: true });
  console.log(`id        ${id}`);
  if (options.password === undefined) console.log(`password  ${password}`);
}

/**
 * Normalizes the e-mail address that a command received.
 * @throws CommandError for an invalid address
 */
export function emailArgument(text: string): string {
  const email = normalizeEmail(text);
  if (email === undefined) throw new CommandError(`"${text}" is no e-mail address`);
  return email;
}
