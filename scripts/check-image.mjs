// `npm run lab -- image`: runs the Dockerfile's commands in a clean directory as an unprivileged user, for machines
// without Docker. Each stage is a folder, and absolute paths are taken below it.
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { answers, freePort, until } from '../deploy/cluster/processes.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const NOBODY = 65_534;
const asRoot = process.getuid() === 0;
const user = asRoot ? { uid: NOBODY, gid: NOBODY } : {};
const base = mkdtempSync(join(tmpdir(), 'metronome-image-'));
// The environment of `docker run`: settings without a default in production.
const GIVEN = { PUBLIC_URL: 'https://timers.example.com', JWT_SECRET: 'x'.repeat(32) };

const stages = new Map();
let stage;

try {
  chown(base);
  for (const line of instructions(readFileSync(join(root, 'Dockerfile'), 'utf8'))) carryOut(line);
  await serve();
  console.log('the image serves, answers its health check and stops with 0');
} finally {
  rmSync(base, { recursive: true, force: true, maxRetries: 5 });
}

/** Instructions with their continuation lines, without comments. */
function instructions(text) {
  const joined = text.replace(/\\\n\s*/g, ' ').split('\n');
  return joined.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
}

function carryOut(line) {
  console.log(line);
  const [, word, rest] = /^(\w+) (.*)$/.exec(line);
  ({ FROM: from, WORKDIR: workdir, ENV: env, COPY: copy, RUN: run, CMD: command, HEALTHCHECK: health })[word]?.(rest);
}

function from(rest) {
  const [image, , name = 'last'] = rest.split(' ');
  if (!/^node:\d+-slim$/.test(image)) throw new Error(`not a Node.js image: ${image}`);
  const folder = join(base, name);
  mkdirSync(join(folder, 'home'), { recursive: true });
  stage = { folder, directory: '/', env: {} };
  stages.set(name, stage);
  chown(folder);
  chown(join(folder, 'home'));
}

function workdir(path) {
  stage.directory = path;
  mkdirSync(inStage(path), { recursive: true });
  chown(inStage(path));
}

function env(rest) {
  for (const pair of rest.split(' ')) stage.env[pair.split('=')[0]] = pair.slice(pair.indexOf('=') + 1);
}

function copy(rest) {
  const words = rest.split(' ');
  const other = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
  const paths = words.filter((word) => !word.startsWith('--'));
  const target = inStage(paths.pop());
  for (const path of paths) {
    if (other) copyInto(join(stages.get(other).folder, path), target, path);
    else if (path === '.') copyContext(target);
    else copyInto(join(root, path), target, path);
  }
  spawnSync('chown', ['-R', `${NOBODY}:${NOBODY}`, target]);
}

/** Copies a file or folder into an existing folder, or to the target itself. */
function copyInto(source, target, path) {
  const isFolderOfIt = target.endsWith('/') || existsSync(target);
  const name = path.split('/').at(-1);
  const place = isFolderOfIt && !target.endsWith(`/${name}`) ? join(target, name) : target;
  cpSync(source, place, { recursive: true, verbatimSymlinks: true });
}

/** Copies the files that git tracks and .dockerignore admits. */
function copyContext(target) {
  const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n').filter(Boolean);
  const { stdout } = spawnSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' });
  for (const file of stdout.trim().split('\n')) {
    if (ignored.some((path) => file === path || file.startsWith(`${path}/`))) continue;
    if (existsSync(join(root, file))) cpSync(join(root, file), join(target, file));
  }
}

function run(text) {
  // There is one user here, who owns everything.
  const here = text.replace(/chown \S+ \S+/g, 'true').replace(/ \/(\w+)/g, ` ${stage.folder}/$1`);
  const { status } = spawnSync('sh', ['-ec', here], {
    cwd: inStage(''),
    env: environment(),
    stdio: ['ignore', 'ignore', 2],
    ...user,
  });
  if (status !== 0) throw new Error(`${text}: exit code ${status}`);
}

function command(text) {
  stage.command = JSON.parse(text);
}

function health(text) {
  stage.health = JSON.parse(text.slice(text.indexOf('CMD ') + 4));
}

async function serve() {
  const port = String(await freePort());
  const settings = { ...environment(), ...GIVEN, PORT: port, DATA_DIR: inStage(stage.env.DATA_DIR) };
  const options = { cwd: inStage(''), env: settings, ...user };
  const [program, ...args] = stage.command;
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    await until(() => child.exitCode !== null || answers(`http://127.0.0.1:${port}/health/ready`), 60_000, 'the image');
    const checked = spawnSync(stage.health[0], stage.health.slice(1), options);
    if (checked.status !== 0) throw new Error('the health check fails');
  } finally {
    child.kill('SIGTERM');
  }
  const code = await ended;
  if (code !== 0) throw new Error(`the server exited with ${code}`);
  const sick = spawnSync(stage.health[0], stage.health.slice(1), options);
  if (sick.status === 0) throw new Error('the health check does not notice that the server is down');
}

function environment() {
  return { PATH: process.env.PATH, HOME: join(stage.folder, 'home'), ...stage.env };
}

function inStage(path) {
  return join(stage.folder, path.startsWith('/') ? path : join(stage.directory, path));
}

function chown(path) {
  if (asRoot) chownSync(path, NOBODY, NOBODY);
}
