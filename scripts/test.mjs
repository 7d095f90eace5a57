// `npm test`: the whole suite, part by part, each with its time. With arguments it is Jest itself.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const INSTALLATION = 'fault/(embedded-postgres|backup|hot-updates)';
const CRASH = '(crash/crash|fault/kill|fault/idempotency|security/log)';

/** Seconds that parts of one budget may take together on two cores; CI fails beyond that. */
const BUDGETS = { 'unit and e2e': 420, installation: 110, browser: 180, 'cluster and crash': 240 };

const PARTS = [
  {
    name: 'unit and e2e',
    budget: 'unit and e2e',
    args: ['--selectProjects', 'unit', 'e2e', '--maxWorkers=2'],
    // What the server answers and logs is written down, and looked at afterwards.
    recorded: true,
  },
  {
    name: 'embedded server and installation',
    budget: 'installation',
    args: ['--selectProjects', 'fault', '--runInBand', '--testPathPatterns', INSTALLATION],
  },
  {
    name: 'browser',
    budget: 'browser',
    args: ['--selectProjects', 'browser', '--runInBand', '--passWithNoTests'],
    needs: chromium,
  },
  {
    name: 'crash',
    budget: 'cluster and crash',
    args: ['--selectProjects', 'fault', '--maxWorkers=2', '--testPathPatterns', CRASH],
  },
  // One after the other: these measure how long a recovery takes.
  {
    name: 'several processes',
    budget: 'cluster and crash',
    args: [
      ...['--selectProjects', 'fault', '--runInBand'],
      ...['--testPathIgnorePatterns', INSTALLATION, CRASH, ...whatIsMissing()],
    ],
  },
];

/** Several instances run behind what Debian has; where it is not installed they are left out, but never in CI. */
function whatIsMissing() {
  const missing = ['nginx', 'redis-server'].filter((program) => spawnSync(program, ['-v']).error !== undefined);
  if (missing.length === 0 || process.env.CI === 'true') return [];
  console.log(`several instances: left out, there is no ${missing.join(' and no ')} here`);
  return ['test/cluster/'];
}

/** Where a Chromium is, if one is: without it these tests are left out, which CI does not allow. */
function chromium() {
  return ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].some(existsSync);
}

const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const runJest = (args, variables = {}) => runNode([jest, ...args], variables);
const runNode = (args, variables = {}) =>
  spawnSync(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...variables } }).status ?? 1;

const given = process.argv.slice(2);
process.exit(given.length > 0 ? runJest(given) : runAll());

function runAll() {
  const results = PARTS.flatMap((part) => (part.recorded ? runRecorded(part) : [runPart(part)]));
  const sum = (count) => results.reduce((total, result) => total + result[count], 0);
  for (const { name, took, status } of results) console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name}: ${took} s`);
  const overspent = Object.entries(BUDGETS).filter(([budget, seconds]) => spent(results, budget) > seconds);
  for (const [budget, seconds] of overspent) {
    console.log(`${budget} took ${spent(results, budget)} s, its budget on two cores is ${seconds} s`);
  }
  console.log(`\n${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
  if (process.env.CI === 'true' && overspent.length > 0) return 1;
  return results.every(({ status }) => status === 0) ? 0 : 1;
}

function spent(results, wanted) {
  return results.reduce((total, { budget, took }) => (budget === wanted ? total + took : total), 0);
}

function runRecorded(part) {
  const folder = mkdtempSync(join(tmpdir(), 'metronome-recordings-'));
  const result = runPart(part, { API_RECORDINGS: folder });
  const checks = Object.entries({ 'API documents': 'check-api-docs.mjs', 'no secret in the log': 'check-logs.mjs' });
  const checked = checks.map(([name, script]) => checkRecordings(name, part.budget, script, folder));
  rmSync(folder, { recursive: true });
  return [result, ...checked];
}

function checkRecordings(name, budget, script, folder) {
  const started = Date.now();
  const status = runNode([join(import.meta.dirname, script), folder]);
  const took = Math.round((Date.now() - started) / 1000);
  const counts = { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 };
  return { name, budget, took, status, ...counts };
}

function runPart({ name, budget, args, needs }, variables) {
  if (needs && !needs()) return leaveOut(name, budget);
  const folder = mkdtempSync(join(tmpdir(), 'metronome-results-'));
  const outputFile = join(folder, 'results.json');
  const started = Date.now();
  const status = runJest([...args, '--json', '--outputFile', outputFile], variables);
  const took = Math.round((Date.now() - started) / 1000);
  const counts = countsOf(outputFile);
  rmSync(folder, { recursive: true });
  const ci = process.env.CI === 'true';
  if (ci && counts.skipped > 0) console.log(`${name}: ${counts.skipped} skipped, CI wants all of them run`);
  const strict = ci && counts.skipped > 0 ? 1 : 0;
  return { name, budget, took, status: status || strict, ...counts };
}

function leaveOut(name, budget) {
  console.log(`${name}: left out, there is no ${name} here`);
  return { name, budget, took: 0, status: process.env.CI === 'true' ? 1 : 0, passed: 0, failed: 0, skipped: 0 };
}

function countsOf(file) {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites } = JSON.parse(
      readFileSync(file, 'utf8'),
    );
    return { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites, skipped: numPendingTests };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
