// Everything is transpiled to CommonJS for Jest, ESM-only packages included (docs/adr/0002).
const esmOnly = ['@nestjs', 'jose', 'uuid'];

const project = (name, testMatch, extra = {}) => ({
  displayName: name,
  testMatch,
  testEnvironment: 'node',
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
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly.join('|')})/)`],
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
  // Each suite leaves some 100 MB of its modules behind in its worker, and with gigabytes of them the last suites take
  // several times as long. A worker with more than this is replaced by a new one.
  workerIdleMemoryLimit: '1GB',
  testSequencer: '<rootDir>/test/support/jest/longest-first.mjs',
  reporters: ['default', '<rootDir>/test/support/jest/failing-tests.mjs'],
  projects: [
    project('unit', ['<rootDir>/src/**/*.spec.ts']),
    project('e2e', ['<rootDir>/test/**/*.e2e-spec.ts'], withPostgres),
    project('browser', ['<rootDir>/test/**/*.browser-spec.ts'], withPostgres),
    project('fault', ['<rootDir>/test/**/*.fault-spec.ts'], withPostgres),
    // Random work, as much of it as is asked for: `npm run lab -- fuzz 1000000`.
    project('lab', ['<rootDir>/test/**/*.lab-spec.ts'], withPostgres),
    // Half an hour, and on a cluster of its own: `npm run lab -- soak`.
    project('soak', ['<rootDir>/test/**/*.soak-spec.ts']),
  ],
};
