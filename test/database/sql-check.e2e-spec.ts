import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { packageRoot } from '../../src/common/package.js';

/** A tree with two modules: `people` owns the table `users`, `rooms` the table `rooms`. */
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sql-check-'));
  write('people/user.entity.ts', `@Entity('users')\nexport class User {}`);
  write('rooms/room.entity.ts', `@Entity('rooms')\nexport class Room {}`);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(path: string, text: string): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function check(exceptions: object = {}): { status: number | null; problems: string[] } {
  write('exceptions.json', JSON.stringify({ sqlElsewhere: [], foreignTables: {}, ...exceptions }));
  const script = join(packageRoot, 'scripts', 'check-sql.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, folder, join(folder, 'exceptions.json')], {
    encoding: 'utf8',
    cwd: packageRoot,
  });
  return { status, problems: stderr.split('\n').filter((line) => line !== '') };
}

it('lets SQL stand in its own files, and a module name its own tables', () => {
  write('rooms/rooms.sql.ts', 'export const READ = `SELECT id FROM rooms WHERE id = $1`;');
  write('rooms/due-statement.ts', 'export const DUE = `SELECT id FROM rooms r, now() AS t FOR UPDATE`;');
  write('rooms/rooms.ts', `export const WORDS = 'SELECTED from rooms: DELETE, UPDATE and BEGIN:VCALENDAR';`);
  expect(check()).toEqual({ status: 0, problems: [] });
});

it.each([
  ['a query', '`SELECT id FROM rooms`'],
  ['a query put together', '`SELECT ${columns} FROM rooms`'],
  ['an insert', `'INSERT INTO rooms (id) VALUES (1)'`],
  ['an update', `'UPDATE rooms SET name = 1'`],
  ['a deletion', `'DELETE FROM rooms'`],
  ['a lock', `'LOCK TABLE rooms'`],
  ['a condition', `'r.id = $1'`],
  ['a column', `'extract(epoch from at)'`],
  ['a setting', `'SET lock_timeout = 1'`],
])('refuses SQL elsewhere: %s', (_what, text) => {
  write('rooms/rooms.ts', `declare const columns: string;\nexport const READ = ${text};`);
  const { status, problems } = check();
  expect(status).toBe(1);
  expect(problems).toEqual([expect.stringContaining('rooms/rooms.ts:2 holds SQL')]);
});

it.each(['SELECT FROM users', 'SELECT 1 FROM rooms r JOIN users u ON true', 'SELECT 1 FROM rooms r, users u'])(
  'refuses the table of another module: %s',
  (text) => {
    write('rooms/rooms.sql.ts', `export const READ = '${text}';`);
    const { status, problems } = check();
    expect(status).toBe(1);
    expect(problems).toEqual([expect.stringContaining('rooms/rooms.sql.ts names users, a table of src/people')]);
  },
);

it('takes exceptions, and refuses those that nothing needs any more', () => {
  write('rooms/rooms.ts', 'export const READ = `SELECT FROM users`;');
  const file = join(folder, 'rooms/rooms.ts');
  const exceptions = { sqlElsewhere: [file], foreignTables: { [file]: ['users'] } };
  expect(check(exceptions)).toEqual({ status: 0, problems: [] });
  write('rooms/rooms.ts', '');
  const { status, problems } = check(exceptions);
  expect(status).toBe(1);
  expect(problems).toHaveLength(2);
});
