import { parseEnv } from 'node:util';

import { InvalidSettingsError } from './settings.js';
import { NotUtf8Error, readTextFile } from './text-file.js';

/** The process environment over what `.env` in the working directory says; a set variable wins over the file, an empty one does not. */
export function loadEnvironment(file = '.env'): NodeJS.ProcessEnv {
  const set = Object.entries(process.env).filter(([, value]) => value !== '');
  return { ...readEnvFile(file), ...Object.fromEntries(set) };
}

function readEnvFile(file: string): NodeJS.ProcessEnv {
  try {
    return parseEnv(readTextFile(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    if (error instanceof NotUtf8Error) throw new InvalidSettingsError([`${file}: ${error.message}`]);
    throw error;
  }
}
