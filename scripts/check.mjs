// `npm run check`: all checks that are no tests, with the time of each. `npm run check -- types` runs one of them.
import { spawnSync } from 'node:child_process';

const PARTS = {
  lint: ['eslint .'],
  format: ['prettier --check .'],
  types: ['tsc --noEmit -p tsconfig.check.json', 'tsc -p web/tsconfig.json', 'tsc -p clients/typescript/tsconfig.json'],
  imports: ['depcruise --config .dependency-cruiser.cjs src migrations'],
  sql: ['node scripts/check-sql.mjs'],
  handlers: ['node scripts/check-handlers.mjs'],
  citations: ['node scripts/check-citations.mjs'],
  mutations: ['node scripts/mutations.mjs --check'],
  migrations: ['node scripts/build.mjs', 'jest --selectProjects e2e --testPathPatterns migration-drift'],
};

const names = process.argv.slice(2);
const unknown = names.filter((name) => !Object.hasOwn(PARTS, name));
if (unknown.length > 0) {
  console.error(`Unknown check: ${unknown.join(', ')}. Known: ${Object.keys(PARTS).join(', ')}`);
  process.exit(1);
}
const chosen = Object.entries(PARTS).filter(([name]) => names.length === 0 || names.includes(name));
const results = chosen.map(([name, commands]) => ({ name, ...check(name, commands) }));
for (const { name, ok, seconds } of results) console.log(`${ok ? 'ok  ' : 'FAIL'} ${name}: ${seconds} s`);
process.exit(results.every(({ ok }) => ok) ? 0 : 1);

/** npm adds the tools' folder to PATH. */
function check(name, commands) {
  console.log(`-- ${name}`);
  const started = Date.now();
  const ok = commands.every((command) => spawnSync(command, { stdio: 'inherit', shell: true }).status === 0);
  return { ok, seconds: Math.round((Date.now() - started) / 1_000) };
}
