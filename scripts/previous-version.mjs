// Builds the previous version for tests of rolling updates: the last tag below HEAD or, before the first tag, the first
// commit with the current log format. Prints its folder.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** No version before this migration can run beside one after it (docs/adr/0019). */
const LAST_REWRITE = 'migrations/1764000000007-change-lines.ts';

/** @returns its commit and the folder with its `dist`, which is cached for later calls */
export function previousVersion() {
  const commit = lastTag() ?? firstWith(LAST_REWRITE);
  const folder = join(root, '.data', 'previous-version', commit);
  if (!existsSync(join(folder, 'dist', '.built'))) build(commit, folder);
  return { commit, folder };
}

/** HEAD may be tagged itself. */
function lastTag() {
  const { status, stdout } = git('describe', '--tags', '--abbrev=0', 'HEAD^');
  return status === 0 ? git('rev-parse', `${stdout.trim()}^{commit}`).stdout.trim() : undefined;
}

function firstWith(file) {
  const commit = git('log', '--diff-filter=A', '--format=%H', '--', file).stdout.trim().split('\n').at(-1);
  if (!commit) throw new Error(`the commit that added ${file} is not in this clone: fetch the history`);
  return commit;
}

/** A separate worktree with today's dependencies, since minor versions only add some. */
function build(commit, folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  git('worktree', 'prune');
  run('git', ['worktree', 'add', '--detach', '--force', folder, commit], root);
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  run(process.execPath, [join('scripts', 'build.mjs')], folder);
}

const git = (...args) => spawnSync('git', args, { cwd: root, encoding: 'utf8' });

function run(program, args, cwd) {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stdout}${stderr}`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(previousVersion().folder);
}
