// `npm test`: the whole suite, part by part, each with its time. With arguments it is Jest itself.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const INSTALLATION = 'fault/(embedded-postgres|backup|hot-updates)';

/** Seconds are what a part may take on two cores; CI fails beyond that. */
const PARTS = [
  {
    name: 'unit and e2e',
    args: ['--selectProjects', 'unit', 'e2e', '--maxWorkers=2'],
    seconds: 300,
    // What the server answers is written down, and held against the API documents.
    recorded: true,
  },
  {
    name: 'embedded server and installation',
    args: ['--selectProjects', 'fault', '--runInBand', '--testPathPatterns', INSTALLATION],
    seconds: 120,
  },
  {
    name: 'browser',
    args: ['--selectProjects', 'browser', '--runInBand', '--passWithNoTests'],
    seconds: 180,
    needs: chromium,
  },
  // One after the other: these measure how long a recovery takes.
  {
    name: 'crash and several processes',
    args: ['--selectProjects', 'fault', '--runInBand', '--testPathIgnorePatterns', INSTALLATION, ...whatIsMissing()],
    seconds: 240,
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
  console.log(`\n${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
  return results.every(({ status }) => status === 0) ? 0 : 1;
}

function runRecorded(part) {
  const folder = mkdtempSync(join(tmpdir(), 'metronome-recordings-'));
  const result = runPart(part, { API_RECORDINGS: folder });
  const started = Date.now();
  const status = runNode([join(import.meta.dirname, 'check-api-docs.mjs'), folder]);
  const took = Math.round((Date.now() - started) / 1000);
  rmSync(folder, { recursive: true });
  const counts = { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 };
  return [result, { name: 'API documents', took, status, ...counts }];
}

function runPart({ name, args, seconds, needs }, variables) {
  if (needs && !needs()) return leaveOut(name);
  const folder = mkdtempSync(join(tmpdir(), 'metronome-results-'));
  const outputFile = join(folder, 'results.json');
  const started = Date.now();
  const status = runJest([...args, '--json', '--outputFile', outputFile], variables);
  const took = Math.round((Date.now() - started) / 1000);
  const counts = countsOf(outputFile);
  rmSync(folder, { recursive: true });
  const ci = process.env.CI === 'true';
  if (ci && took > seconds) console.log(`${name} took ${took} s, its budget is ${seconds} s`);
  if (ci && counts.skipped > 0) console.log(`${name}: ${counts.skipped} skipped, CI wants all of them run`);
  const strict = ci && (took > seconds || counts.skipped > 0) ? 1 : 0;
  return { name, took, status: status || strict, ...counts };
}

function leaveOut(name) {
  console.log(`${name}: left out, there is no ${name} here`);
  return { name, took: 0, status: process.env.CI === 'true' ? 1 : 0, passed: 0, failed: 0, skipped: 0 };
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
