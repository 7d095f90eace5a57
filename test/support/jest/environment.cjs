const { LegacyFakeTimers, ModernFakeTimers } = require('@jest/fake-timers');
const { ModuleMocker } = require('jest-mock');

/**
 * What a suite puts on the global object and the next one has to find as the worker had it: Jest's console and process.exit,
 * the state of its runner, and what packages collect there about the decorated classes of a suite.
 */
const OF_ONE_SUITE = [
  'console',
  Symbol.for('EVENT_HANDLERS'),
  Symbol.for('TEST_TIMEOUT_SYMBOL'),
  'typeormMetadataArgsStorage',
  'classValidatorMetadataStorage',
];

/**
 * The worker's own global object, where Jest's `node` environment makes a new one for each suite: packages are loaded once in
 * a worker (runtime.cjs), and an `Error` or a `Date` of theirs has to be one of the suite's.
 */
module.exports = class SharedGlobals {
  constructor({ projectConfig }) {
    this.global = globalThis;
    this.globalsBefore = OF_ONE_SUITE.map((key) => [key, Object.getOwnPropertyDescriptor(globalThis, key)]);
    this.variablesBefore = { ...process.env };
    this.exitBefore = process.exit;
    this.moduleMocker = new ModuleMocker(globalThis);
    const timerConfig = { idToRef: (id) => id, refToId: (timeout) => timeout };
    this.fakeTimers = new LegacyFakeTimers({
      config: projectConfig,
      global: globalThis,
      moduleMocker: this.moduleMocker,
      timerConfig,
    });
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis });
  }

  async setup() {}

  async teardown() {
    this.fakeTimers.dispose();
    this.fakeTimersModern.dispose();
    process.exit = this.exitBefore;
    for (const [key, descriptor] of this.globalsBefore) {
      if (descriptor === undefined) delete globalThis[key];
      else Object.defineProperty(globalThis, key, descriptor);
    }
    for (const name of Object.keys(process.env)) if (!(name in this.variablesBefore)) delete process.env[name];
    Object.assign(process.env, this.variablesBefore);
  }

  exportConditions() {
    return ['node', 'node-addons'];
  }

  /** Anything but null, which would mean that the suite is over: the runtime compiles for the worker's own globals. */
  getVmContext() {
    return globalThis;
  }
};
