import { readFileSync } from 'node:fs';

/** The lines of docs/security.md, however its tables are padded. */
export const reviewLines = (): Set<string> => {
  const text = readFileSync(`${__dirname}/../../docs/security.md`, 'utf8');
  return new Set(text.split('\n').map((line) => line.replace(/ +/g, ' ').trim()));
};
