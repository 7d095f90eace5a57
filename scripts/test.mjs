// `npm test`: unit and e2e tests and the checks of their recordings; needs only Node. `npm run test:all` (`--all`): all
// tests; `--all --rest`: all the others. Other arguments are passed to Jest.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

import { buildWhenNeeded } from './build-when-needed.mjs';

const root = join(import.meta.dirname, '..');
const INSTALLATION = 'fault/(embedded-postgres|backup|hot-updates)';
const CRASH = '(crash/crash|fault/kill|fault/idempotency|security/log)';

const QUICK = [
  {
    name: 'unit and e2e',
    args: ['--selectProjects', 'unit', 'e2e', '--maxWorkers=2'],
    // Responses and logs are recorded and checked afterwards.
    isRecorded: true,
  },
];

const REST = [
  { name: 'model and fuzz', args: ['--selectProjects', 'lab', '--maxWorkers=2'] },
  {
    name: 'embedded server and installation',
    args: ['--selectProjects', 'fault', '--runInBand', '--testPathPatterns', INSTALLATION],
  },
  { name: 'browser', args: ['--selectProjects', 'browser', '--runInBand'], isLeftOut: () => !hasChromium() },
  { name: 'crash', args: ['--selectProjects', 'fault', '--maxWorkers=2', '--testPathPatterns', CRASH] },
  // These run one at a time, because they measure recovery times.
  {
    name: 'several processes',
    args: ['--selectProjects', 'fault', '--runInBand', '--testPathIgnorePatterns', INSTALLATION, CRASH],
  },
];

/** Tests of the last part that need Debian programs: skipped where these are missing, but never in CI. */
const NEEDS = [{ tests: 'test/cluster/', programs: ['nginx', 'redis-server', 'pg_ctlcluster', '/usr/sbin/pgbouncer'] }];

const isStrict = process.env.CI === 'true';
const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const runJest = (args, variables = {}) => runNode([jest, ...args], variables);
const runNode = (args, variables = {}) =>
  spawnSync(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...variables } }).status ?? 1;

const given = process.argv.slice(2);
// Unit specs need no build: `npm test -- src/timer-domain/rules/decide` answers in seconds after a change.
if (!given.some((argument) => argument.startsWith('src/'))) buildWhenNeeded();
process.exit(main());

function main() {
  if (given.length === 0) return runAll(QUICK);
  if (given[0] !== '--all') return runJest(given);
  return runAll(given[1] === '--rest' ? REST : [...QUICK, ...REST]);
}

/** Runs part by part and prints the time of each; failures are repeated at the end. */
function runAll(parts) {
  const results = parts.flatMap((part) => (part.isRecorded ? runRecorded(part) : [runPart(part)]));
  const failures = results.flatMap((result) => result.failures);
  if (failures.length > 0) console.log(`\nFailures:\n${failures.map((failure) => `  ${failure}`).join('\n')}`);
  console.log('');
  for (const { name, took, status } of results) console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name}: ${took} s`);
  const sum = (count) => results.reduce((total, result) => total + result[count], 0);
  console.log(`\n${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
  return results.every(({ status }) => status === 0) ? 0 : 1;
}

function runRecorded(part) {
  const folder = mkdtempSync(join(tmpdir(), 'metronome-recordings-'));
  try {
    const result = runPart(part, { API_RECORDINGS: folder });
    const checks = { 'API documents': 'check-api-docs.mjs', 'no secret in the log': 'check-logs.mjs' };
    const checked = Object.entries(checks).map(([name, script]) => checkRecordings(name, script, folder));
    return [result, ...checked];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function checkRecordings(name, script, folder) {
  const started = Date.now();
  const status = runNode([join(root, 'test', 'recorded', script), folder]);
  const counts = status === 0 ? { passed: 1, failed: 0, failures: [] } : { passed: 0, failed: 1, failures: [name] };
  return { name, took: secondsSince(started), status, skipped: 0, ...counts };
}

function runPart({ name, args, isLeftOut }, variables) {
  if (isLeftOut?.() && !isStrict) return leaveOut(name);
  const folder = mkdtempSync(join(tmpdir(), 'metronome-results-'));
  const outputFile = join(folder, 'results.json');
  const started = Date.now();
  console.log(`\n${name}`);
  const left = name === 'several processes' ? testsWithoutPrograms() : [];
  const status = runJest([...args, ...left, '--json', '--outputFile', outputFile], variables);
  const took = secondsSince(started);
  const counts = countsOf(outputFile, name);
  rmSync(folder, { recursive: true });
  const isSkipping = isStrict && counts.skipped > 0;
  if (isSkipping) counts.failures.push(`${name}: ${counts.skipped} tests are skipped, CI wants all of them run`);
  return { name, took, status: status || (isSkipping ? 1 : 0), ...counts };
}

function leaveOut(name) {
  console.log(`${name}: skipped: ${name} is not installed`);
  return { name, took: 0, status: 0, passed: 0, failed: 0, skipped: 0, failures: [] };
}

/** Paths for `--testPathIgnorePatterns`. */
function testsWithoutPrograms() {
  if (isStrict) return [];
  return NEEDS.flatMap(({ tests, programs }) => {
    const missing = programs.filter((program) => spawnSync(program, ['-v']).error !== undefined);
    if (missing.length === 0) return [];
    console.log(`${tests}: skipped: ${missing.join(' and ')} not installed`);
    return [tests];
  });
}

/** The path of Chromium, if installed. */
function hasChromium() {
  return ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].some(existsSync);
}

function countsOf(file, name) {
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0, failures: [`${name} did not run to its end`] };
  const results = JSON.parse(readFileSync(file, 'utf8'));
  return {
    passed: results.numPassedTests,
    failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
    skipped: results.numPendingTests + results.numTodoTests,
    failures: results.testResults.flatMap(failuresOf),
  };
}

/** One line for each failed test of a suite, or one for a suite that did not run. */
function failuresOf({ name, status, assertionResults }) {
  const failed = assertionResults.filter((test) => test.status === 'failed').map(({ fullName }) => fullName);
  if (failed.length === 0 && status === 'failed') failed.push('the suite did not run');
  return failed.map((title) => `${relative(root, name)}: ${title}`);
}

function secondsSince(started) {
  return Math.round((Date.now() - started) / 1_000);
}
