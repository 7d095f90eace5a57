import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

/** The process environment over what `.env` in the working directory says; a set variable wins over the file, an empty one does not. */
export function loadEnvironment(file = '.env'): NodeJS.ProcessEnv {
  const set = Object.entries(process.env).filter(([, value]) => value !== '');
  return { ...readEnvFile(file), ...Object.fromEntries(set) };
}

function readEnvFile(file: string): NodeJS.ProcessEnv {
  try {
    return parseEnv(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}
