// `npm run lab -- NAME ARGS`: tests that take too long for every change. Without a name, lists them.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { buildWhenNeeded } from './build-when-needed.mjs';

/** A Jest suite; its arguments are passed in environment variables. */
const suite = (about, variables, project, path, ...more) => ({
  about,
  variables,
  args: ['--selectProjects', project, '--runInBand', '--testPathPatterns', path, ...more],
});
const script = (about, file) => ({ about, file });

const LABS = {
  crash: suite(
    '[KILLS [SEED]] kills at each crash point',
    { CRASHES: '4', CRASH_SEED: undefined },
    'fault',
    'test/crash/',
  ),
  kill: suite('[KILLS] kills under load', { KILLS: '20' }, 'fault', 'fault/kill'),
  fuzz: suite(
    '[CASES [SEED]] calls and frames, made from the API documents and spoilt',
    { FUZZ_CASES: '20000', FUZZ_SEED: undefined },
    ...['lab', 'test/fuzz/'],
  ),
  model: suite('[RUNS] random sequences through all APIs beside a model', { MODEL_RUNS: '5000' }, 'lab', 'test/model/'),
  domain: suite(
    '[RUNS] random days of the timer domain beside a model',
    { PROPERTY_RUNS: '5000' },
    ...['lab', 'test/timer-domain/'],
  ),
  soak: suite('[MINUTES] two instances at half of what they can do', { SOAK_MINUTES: '30' }, 'soak', 'test/soak/'),
  presence: suite(
    '[ROUNDS] 1,000 sockets of 20 rooms cut while the database restarts',
    { PRESENCE_ROUNDS: '10' },
    ...['fault', 'fault/presence'],
  ),
  sidecar: suite(
    '[ROUNDS] backups from another container of a data folder, under load',
    { SIDECAR_ROUNDS: '50' },
    ...['fault', 'fault/data-folder', '-t', 'a backup from a sidecar'],
  ),
  rooms: suite(
    '[SESSIONS] the history of a member and the deletion of a room with as many, and with twice as many',
    { ROOM_SESSIONS: '10000' },
    ...['e2e', 'test/rooms/growth'],
  ),
  cluster: suite('every fault of several instances', { CLUSTER_FAULTS: 'all' }, 'fault', 'test/cluster'),
  cycle: suite(
    'a work session and its break in browsers, in real minutes',
    { ROOM_CYCLE: '1' },
    ...['fault', 'fault/rooms', '-t', 'browsers'],
  ),
  drill: script('a backup under load, restored and compared row by row', 'drill.mjs'),
  mutations: script('[PART OF A NAME…] promises broken on purpose: does a test see it?', 'mutations.mjs'),
  image: script("the Dockerfile's commands one by one in a clean folder", 'check-image.mjs'),
};

const [name, ...given] = process.argv.slice(2);
const lab = Object.hasOwn(LABS, name ?? '') ? LABS[name] : undefined;
if (lab === undefined) {
  const lines = Object.entries(LABS).map(([known, { about }]) => `  ${known.padEnd(10)} ${about}`);
  console.error(`usage: npm run lab -- NAME ARGS\n${lines.join('\n')}`);
  process.exit(1);
}
process.exit(lab.file === undefined ? runSuite(lab) : run([join(import.meta.dirname, lab.file), ...given]));

function runSuite({ about, variables, args }) {
  if (!given.every((value) => /^[1-9]\d*$/.test(value)) || given.length > Object.keys(variables).length) {
    console.error(`usage: npm run lab -- ${name} ${about}`);
    return 1;
  }
  buildWhenNeeded();
  const values = Object.entries(variables).map(([key, value], index) => [key, given[index] ?? value]);
  const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
  return run([jest, ...args], Object.fromEntries(values.filter(([, value]) => value !== undefined)));
}

function run(args, variables = {}) {
  return spawnSync(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...variables } }).status ?? 1;
}
