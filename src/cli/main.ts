import 'reflect-metadata';

import { Command } from 'commander';

import { addBackupCommands } from './backup/backup-commands.js';
import { addTokensCommands } from './tokens.js';
import { addUsersCommands } from './users.js';

const program = new Command('npm run cli --').description(
  'Looks after a Metronome server: its people, their tokens, its data',
);
addUsersCommands(program);
addTokensCommands(program);
addBackupCommands(program);
await program.parseAsync();
