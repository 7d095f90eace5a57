/** The import rules of docs/architecture.md: imports go one way, from the APIs down to the tools. */
const generations = '^src/(legacy|v1|rooms)/';
const tools = ['common', 'config', 'database', 'mail', 'metrics', 'idempotency', 'signals', 'rate-limits', 'redis'];

/** `folder` may import only from the folders in `allowed` (and itself). */
const only = (folder, allowed) => ({
  name: `${folder}-imports`,
  comment: `src/${folder} may use ${[...allowed, 'itself'].join(', ')}`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: { path: '^src/', pathNot: `^src/(${[folder, ...allowed].join('|')})/` },
});

/** The timer domain's folders, each with those it stands on: no import points back up. */
const layers = {
  rules: [],
  clock: [],
  records: ['rules'],
  statements: ['rules', 'records'],
  log: ['rules', 'records', 'statements'],
  commands: ['rules', 'records', 'statements'],
  writer: ['rules', 'records', 'statements', 'log', 'commands'],
  completions: ['rules', 'records', 'statements', 'log', 'writer', 'clock'],
  rooms: ['rules', 'records', 'statements', 'log', 'writer', 'clock'],
};

const layerRules = Object.entries(layers).map(([folder, below]) => ({
  name: `timer-domain-${folder}`,
  comment: `src/timer-domain/${folder} stands on ${below.join(', ') || 'none of the others'}`,
  severity: 'error',
  from: { path: `^src/timer-domain/${folder}/` },
  to: { path: '^src/timer-domain/', pathNot: `^src/timer-domain/(${[folder, ...below].join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...layerRules,
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: '(main|spec|d)\\.ts$|^migrations/|^src/api-docs/pages/' },
      to: {},
    },
    {
      name: 'generations-are-leaves',
      comment:
        'Only app.module.ts, the CLI and the API documents (request classes) may import a generation; the rules below keep generations apart.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(app\\.module\\.ts|(cli|api-docs|legacy|v1|rooms)/)' },
      to: { path: generations },
    },
    only('legacy', ['realtime', 'access', 'timer-domain', 'identity', ...tools]),
    only('v1', ['realtime', 'access', 'room-people', 'timer-domain', 'identity', ...tools]),
    only('rooms', ['realtime', 'access', 'room-people', 'timer-domain', 'identity', 'web', ...tools]),
    only('realtime', ['access', 'timer-domain', 'identity', ...tools]),
    only('access', ['identity', ...tools]),
    only('identity', tools),
    only('room-people', ['timer-domain', ...tools]),
    only('timer-domain', tools),
    only('mail', ['common', 'config']),
    only('idempotency', ['common', 'config', 'database']),
    only('database', ['common', 'config']),
    only('signals', ['common', 'config', 'database', 'metrics']),
    only('rate-limits', ['common', 'config', 'redis']),
    only('redis', ['common', 'config']),
    only('web', ['common']),
    {
      ...only('api-docs', ['common', 'config']),
      comment: 'The API documents are made from the classes that requests are validated with.',
      to: { path: '^src/', pathNot: '^src/(api-docs|common|config)/|^src/(legacy|v1|rooms)/.*\\.requests\\.ts$' },
    },
    only('config', ['common']),
    only('metrics', ['common', 'config']),
    only('common', []),
    only('testing', ['timer-domain', 'common']),
    {
      name: 'pure-rules',
      comment: 'The rules of the timer know no framework, no database and no clock.',
      severity: 'error',
      from: { path: '^src/timer-domain/rules/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: '^src/timer-domain/rules/|^src/common/' },
    },
    {
      name: 'production-dependencies',
      comment: 'What src imports is installed in production.',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        pathNot: '@types',
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.check.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
