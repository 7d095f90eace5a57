import { parseEnv } from 'node:util';

import { InvalidSettingsError } from './settings.js';
import { NotUtf8Error, readTextFile } from './text-file.js';

/**
 * The process environment, completed from `.env` in the working directory. A set variable takes precedence over the
 * file; an empty one does not.
 * @throws InvalidSettingsError when the file is not UTF-8
 */
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
