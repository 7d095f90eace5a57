// `npm run lab -- mutations [NAME]`: breaks a copy of this project on purpose, one promise at a time, and runs the test
// that must fail (mutations/mutations.mjs). `--check` only verifies that every mutation still applies.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { MUTATIONS } from '../mutations/mutations.mjs';

/** A run that times out counts as not caught. */
const TIMEOUT_MS = 240_000;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const typescript = require('typescript');
const given = process.argv.slice(2);
const names = given.filter((argument) => !argument.startsWith('--'));
const chosen = MUTATIONS.filter(({ name }) => names.length === 0 || names.some((part) => name.includes(part)));

const stale = chosen.filter(({ file, edits }) => !applies(readFileSync(join(root, file), 'utf8'), edits));
for (const { name, file } of stale) console.error(`"${name}" no longer applies to ${file}`);
const blind = chosen.filter(({ test }) => test !== 'imports' && !existsSync(join(root, test)));
for (const { name, test } of blind) console.error(`"${name}" has no test: ${test} does not exist`);
if (stale.length + blind.length > 0) process.exit(1);
if (given.includes('--check')) {
  console.log(`${chosen.length} mutations apply`);
  process.exit(0);
}

const copy = mkdtempSync(join(tmpdir(), 'metronome-mutations-'));
process.on('exit', () => {
  endLeftOver();
  rmSync(copy, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
makeCopy();
const postgres = await startPostgres();
const passed = await runAll();
await postgres.stop();
process.exit(passed ? 0 : 1);

async function runAll() {
  if (!given.includes('--no-baseline') && !(await passesUnbroken())) return false;
  const started = Date.now();
  const missed = [];
  for (const [index, mutation] of chosen.entries()) if (!(await isCaught(mutation, index))) missed.push(mutation);
  for (const { name, promise, test } of missed) console.log(`NOT CAUGHT: ${name} (${promise}) by ${test}`);
  const caught = chosen.length - missed.length;
  console.log(`${caught} of ${chosen.length} mutations caught, ${Math.round((Date.now() - started) / 1000)} s`);
  return missed.length === 0;
}

/** A test that fails without a mutation would catch everything. */
async function passesUnbroken() {
  let passes = true;
  for (const [test, only] of tests()) {
    const { failed, which } = await run(test, only);
    if (failed) console.error(`${test} fails without any mutation: ${which}`);
    passes &&= !failed;
  }
  return passes;
}

function tests() {
  return [...new Map(chosen.map(({ test, only }) => [`${test} ${only}`, [test, only]])).values()];
}

async function isCaught({ promise, name, file, edits, test, only }, index) {
  const path = join(copy, file);
  const text = readFileSync(path, 'utf8');
  const broken = edits.reduce((before, [find, replace]) => before.replace(find, () => replace), text);
  put(file, broken);
  const { failed, which, seconds } = await run(test, only);
  put(file, text);
  const by = failed ? `caught by ${which}` : 'NOT CAUGHT';
  console.log(`${index + 1}/${chosen.length} ${promise}: ${name}: ${by} (${test}, ${seconds} s)`);
  return failed;
}

function applies(text, edits) {
  return edits.every(([find]) => text.split(find).length === 2);
}

/** Writes the source and its build output, since processes run from `dist`. */
function put(file, text) {
  writeFileSync(join(copy, file), text);
  const compilerOptions = {
    target: typescript.ScriptTarget.ES2023,
    module: typescript.ModuleKind.ES2022,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
  };
  const { outputText } = typescript.transpileModule(text, { compilerOptions, fileName: file });
  writeFileSync(join(copy, 'dist', file.replace(/\.ts$/, '.js')), outputText);
  markAsBuilt();
}

/** Keeps a server started from the sources from rebuilding the broken copy. */
function markAsBuilt() {
  mkdirSync(join(copy, 'dist', 'web'), { recursive: true });
  for (const stamp of ['.built', 'web/.built']) writeFileSync(join(copy, 'dist', stamp), '');
}

async function run(test, only) {
  const started = Date.now();
  const { failed, which } = await (test === 'imports' ? runImports() : runJest(test, only));
  return { failed, which, seconds: Math.round((Date.now() - started) / 1000) };
}

function runImports() {
  const args = ['--config', '.dependency-cruiser.cjs', 'src', 'migrations'];
  const { status, stdout } = spawnSync(join(root, 'node_modules', '.bin', 'depcruise'), args, options());
  return { failed: status !== 0, which: /error (\S+):/.exec(stdout)?.[1] };
}

async function runJest(test, only) {
  const project = test.startsWith('src/') ? 'unit' : (/\.(\w+)-spec\.ts$/.exec(test)?.[1] ?? 'e2e');
  const results = join(copy, 'results.json');
  rmSync(results, { force: true });
  const args = ['--selectProjects', project, '--runTestsByPath', test, '--json', '--outputFile', results];
  const named = only === undefined ? [] : ['--testNamePattern', only];
  // Handles left open by a failed test must not block the next one.
  const command = [require.resolve('jest/bin/jest'), ...args, '--runInBand', '--forceExit', ...named];
  const child = spawn(process.execPath, command, { ...options(), stdio: 'ignore', timeout: TIMEOUT_MS });
  await once(child, 'exit');
  endLeftOver();
  if (!existsSync(results)) return { failed: false, which: 'nothing: it did not run to its end' };
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(results, 'utf8'));
  // A suite that does not load has caught nothing.
  if (numPassedTests + numFailedTests === 0) throw new Error(`no test ran: ${test} ${only ?? ''}`);
  const failure = testResults.flatMap((result) => result.assertionResults).find(({ status }) => status === 'failed');
  return { failed: numFailedTests > 0, which: failure && `"${failure.fullName}"` };
}

/** Ends servers that a failed test left running: all processes that work in this copy. */
function endLeftOver() {
  if (process.platform !== 'linux') return;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (worksIn(copy, pid)) process.kill(Number(pid), 'SIGKILL');
  }
}

function worksIn(folder, pid) {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === folder;
  } catch {
    return false;
  }
}

function options() {
  const env = { ...process.env, TEST_DATABASE_URL: postgres.url, CRASHES: '2', KILLS: '4', MODEL_RUNS: '60' };
  return { cwd: copy, env, encoding: 'utf8' };
}

/** Copies tracked and new files, links the dependencies of this checkout, and builds. */
function makeCopy() {
  const { stdout } = spawnSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' });
  for (const file of stdout.trim().split('\n')) {
    if (existsSync(join(root, file))) cpSync(join(root, file), join(copy, file));
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const nest = join(copy, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
  const { status } = spawnSync(process.execPath, [nest, 'build'], { cwd: copy, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('the copy does not build');
  markAsBuilt();
}

/** One database server for all runs; each creates its template again. */
async function startPostgres() {
  const { startEmbeddedPostgres } = await import(join(copy, 'dist/src/database/embedded/embedded-postgres.js'));
  const settings = { fsync: 'off', full_page_writes: 'off', max_connections: '300' };
  const dataDir = mkdtempSync(join(tmpdir(), 'metronome-mutations-data-'));
  const server = await startEmbeddedPostgres({ dataDir, log: () => undefined, settings });
  const { host, port, user, password, database } = server.superuser;
  const url = `postgres://${user}:${encodeURIComponent(password)}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`;
  const stop = async () => {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  return { url, stop };
}
