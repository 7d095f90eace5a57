// Runs before anything is built, so it depends on Node alone.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const inModules = (...path) => join(root, 'node_modules', ...path);

/** The build targets; each is built when it is missing or older than its sources. */
const SERVER = {
  name: 'the server',
  stamp: join(root, 'dist', '.built'),
  sources: ['src', 'migrations', 'bench', 'package.json', 'tsconfig.json', 'nest-cli.json'],
  tools: [inModules('@nestjs', 'cli', 'bin', 'nest.js'), inModules('typescript')],
  command: [inModules('@nestjs', 'cli', 'bin', 'nest.js'), 'build'],
};
const PAGES = {
  name: 'the pages',
  stamp: join(root, 'dist', 'web', '.built'),
  sources: ['web', 'clients/typescript/src', 'package.json', 'scripts/build-web.mjs'],
  tools: [inModules('vite'), inModules('react')],
  command: [join(root, 'scripts', 'build-web.mjs')],
};

const DOCUMENTS = {
  name: 'the API documents',
  stamp: join(root, 'dist', 'api-docs', '.built'),
  sources: ['src/api-docs/pages', 'package.json', 'scripts/build-api-docs.mjs'],
  tools: [inModules('swagger-ui-dist'), inModules('redoc')],
  command: [join(root, 'scripts', 'build-api-docs.mjs')],
};

/** Builds the outdated parts of `dist`; prints instructions when it cannot. */
export function buildWhenNeeded() {
  requireNode(20, 19);
  if (!existsSync(join(root, 'node_modules'))) stop('The dependencies are not installed. Run: npm ci');
  // An image contains no sources.
  if (!existsSync(join(root, 'src'))) return;
  for (const part of [SERVER, PAGES, DOCUMENTS]) if (!isFresh(part)) build(part);
}

/** Runs the server or the command line in this process, so that signals and exit codes need no forwarding. */
export async function run(program) {
  await import(new URL(`../dist/src/${program}`, import.meta.url));
}

function build({ name, stamp, tools, command }) {
  if (!tools.every((tool) => existsSync(tool))) {
    stop('The build tools are not installed (npm ci --omit=dev leaves them out). Run: npm ci');
  }
  process.stderr.write(`Building ${name} …\n`);
  // Standard output belongs to the program that will run.
  const { status } = spawnSync(process.execPath, command, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) {
    rmSync(stamp, { force: true });
    stop('The build failed, see above.');
  }
  writeFileSync(stamp, '');
}

function isFresh({ stamp, sources }) {
  if (!existsSync(stamp)) return false;
  const built = statSync(stamp).mtimeMs;
  return sources.every((source) => newestIn(join(root, source)) <= built);
}

function newestIn(path) {
  const entry = statSync(path, { throwIfNoEntry: false });
  if (!entry) return 0;
  if (!entry.isDirectory()) return entry.mtimeMs;
  return readdirSync(path).reduce((newest, name) => Math.max(newest, newestIn(join(path, name))), entry.mtimeMs);
}

function requireNode(major, minor) {
  const [ourMajor = 0, ourMinor = 0] = process.versions.node.split('.').map(Number);
  if (ourMajor < major || (ourMajor === major && ourMinor < minor)) {
    stop(`Metronome needs Node ${major}.${minor} or newer, this is ${process.versions.node}.`);
  }
}

function stop(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
