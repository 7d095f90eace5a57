import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const PACKAGE = resolve('clients/typescript');

/** A folder in which `npm install @metronome/client ws react` was done, as far as programs can tell. */
export function installClient(): { readonly folder: string; readonly dist: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'metronome-client-'));
  const installed = join(folder, 'node_modules', '@metronome', 'client');
  mkdirSync(installed, { recursive: true });
  cpSync(join(PACKAGE, 'package.json'), join(installed, 'package.json'));
  const dist = join(installed, 'dist');
  execFileSync(process.execPath, [join(PACKAGE, 'build.mjs'), dist], { stdio: 'pipe' });
  for (const name of ['ws', 'react', 'react-dom', 'scheduler']) {
    symlinkSync(resolve('node_modules', name), join(folder, 'node_modules', name));
  }
  const remove = () => {
    rmSync(folder, { recursive: true });
  };
  return { folder, dist, remove };
}

/** The README's blocks of code of one language, in their order. */
export function readmeBlocks(language: string): string[] {
  const text = readFileSync(join(PACKAGE, 'README.md'), 'utf8');
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, name, code]) =>
    name === language && code !== undefined ? [code] : [],
  );
}
