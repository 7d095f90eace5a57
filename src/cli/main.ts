import 'reflect-metadata';

import { Command } from 'commander';

import { addTokensCommands } from './tokens.js';
import { addUsersCommands } from './users.js';

const program = new Command('npm run cli --').description(
  'Looks after a Metronome server: its people and their tokens',
);
addUsersCommands(program);
addTokensCommands(program);
await program.parseAsync();
