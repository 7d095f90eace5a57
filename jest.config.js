// Our own code is transpiled to CommonJS for Jest; packages are loaded by Node (docs/adr/0002).
const project = (name, testMatch, extra = {}) => ({
  displayName: name,
  testMatch,
  testEnvironment: '<rootDir>/test/support/jest/environment.cjs',
  runtime: '<rootDir>/test/support/jest/runtime.cjs',
  transform: {
    '^.+\\.(t|j|mj)s$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2022',
          keepClassNames: true,
        },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.data/'],
  ...extra,
});

const withPostgres = {
  globalSetup: '<rootDir>/test/support/jest/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/jest/global-teardown.mjs',
};

/** @type {import('jest').Config} */
export default {
  testTimeout: 30_000,
  // Each suite leaves modules in its worker, and with gigabytes of them the last suites take several times as long. A
  // worker above this limit is replaced.
  workerIdleMemoryLimit: '1GB',
  testSequencer: '<rootDir>/test/support/jest/longest-first.mjs',
  reporters: ['default', '<rootDir>/test/support/jest/failing-tests.mjs'],
  projects: [
    project('unit', ['<rootDir>/src/**/*.spec.ts']),
    project('e2e', ['<rootDir>/test/**/*.e2e-spec.ts'], withPostgres),
    project('browser', ['<rootDir>/test/**/*.browser-spec.ts'], withPostgres),
    project('fault', ['<rootDir>/test/**/*.fault-spec.ts'], withPostgres),
    // Random operations, as many as requested: `npm run lab -- fuzz 1000000`.
    project('lab', ['<rootDir>/test/**/*.lab-spec.ts'], withPostgres),
    // Takes half an hour and starts its own cluster: `npm run lab -- soak`.
    project('soak', ['<rootDir>/test/**/*.soak-spec.ts']),
  ],
};
