import type { INestApplicationContext } from '@nestjs/common';
import type { Command } from 'commander';
import { validate as isUuid } from 'uuid';

import { NotUtf8Error, readTextFile } from '../config/text-file.js';
import { LegacyTokens, type TokenRecord } from '../identity/legacy-tokens/legacy-tokens.js';
import { TokenImport } from '../identity/legacy-tokens/token-import.js';
import { isToken } from '../identity/legacy-tokens/token-text.js';
import { Users } from '../identity/users/users.js';
import { CommandError, runCommand, withServices } from './run-command.js';
import { parseTokensFile } from './tokens-file.js';
import { emailArgument } from './users.js';

/** Adds the commands `tokens create`, `revoke`, `usage` and `import` (docs/spec/legacy.md#tokens). */
export function addTokensCommands(program: Command): void {
  const tokens = program.command('tokens').description('tokens of the legacy API');
  tokens
    .command('create <email>')
    .description('makes a token and prints it, this once')
    .option('--label <label>', 'what it is for')
    .action((email: string, { label }: { label?: string }) =>
      runCommand(() => withServices((services) => createToken(services, email, label))),
    );
  tokens
    .command('revoke <token-or-id>')
    .description('ends a token; servers that are running notice within 5 seconds')
    .action((which: string) => runCommand(() => withServices((services) => revokeToken(services, which))));
  tokens
    .command('usage')
    .description('who still uses the legacy API: every token with its last use and number of calls')
    .action(() => runCommand(() => withServices(printUsage)));
  tokens
    .command('import <file.csv>')
    .description('brings existing tokens along: columns email,token[,name]; all lines or none')
    .action((file: string) => runCommand(() => importTokens(file)));
}

async function createToken(services: INestApplicationContext, text: string, label?: string): Promise<void> {
  const email = emailArgument(text);
  const user = await services.get(Users).findByEmail(email);
  if (user === null) throw new CommandError(`no account has the e-mail ${email}: users create ${email} makes one`);
  const { token } = await services.get(LegacyTokens).issue(user.id, label);
  console.log(token);
}

async function revokeToken(services: INestApplicationContext, which: string): Promise<void> {
  if (!isToken(which) && !isUuid(which)) throw new CommandError('neither a token nor the id of one (see tokens usage)');
  const found = await services.get(LegacyTokens).revoke(isToken(which) ? { token: which } : { id: which });
  if (!found) throw new CommandError('no such token');
  console.log('revoked');
}

async function printUsage(services: INestApplicationContext): Promise<void> {
  const header = ['email', 'id', 'label', 'created', 'last used', 'calls'];
  const records = await services.get(LegacyTokens).list();
  for (const line of [header, ...records.map(usageLine)]) console.log(line.join('\t'));
}

function usageLine({ email, id, label, createdAt, lastUsedAt, calls }: TokenRecord): string[] {
  return [email ?? '', id, printable(label ?? ''), second(createdAt), lastUsedAt ? second(lastUsedAt) : 'never', calls];
}

const second = (time: Date): string => `${time.toISOString().slice(0, 19)}Z`;
/** Removes control characters from a label, which could break the line or control the terminal. */
const printable = (text: string): string => text.replace(/\p{Cc}/gu, ' ');

async function importTokens(file: string): Promise<void> {
  const lines = parseTokensFile(readText(file));
  await withServices(async (services) => {
    const added = await services.get(TokenImport).run(lines);
    console.log(`${added} imported, ${lines.length - added} already there`);
  });
}

/**
 * Reads the file.
 * @throws CommandError when the file cannot be read or is not UTF-8
 */
function readText(file: string): string {
  try {
    return readTextFile(file);
  } catch (error) {
    if (error instanceof NotUtf8Error) throw new CommandError(`${file} ${error.message}`);
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandError(`${file} cannot be read: ${code === 'ENOENT' ? 'no such file' : (code ?? 'unknown error')}`);
  }
}
