import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { packageRoot } from '../../src/common/package.js';

/** The scripts of `npm run check` find what they look for. */

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'checks-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, lines: readonly string[]): string {
  const file = join(folder, name);
  writeFileSync(file, lines.join('\n'));
  return file;
}

function run(script: string, argument: string) {
  const program = join(packageRoot, 'scripts', script);
  const { status, stderr } = spawnSync(process.execPath, [program, argument], { encoding: 'utf8', cwd: packageRoot });
  return { status, problems: stderr.split('\n').filter((line) => line !== '') };
}

describe('check-citations', () => {
  it('accepts pages with their headings, and the documents of the origin', () => {
    const file = write('sound.ts', [
      '// docs/spec/v1.md#52-state-rules, docs/architecture.md, docs/adr/0003-embedded-postgres.md',
      '// seeds/focus-mate-rooms.md 3.2',
    ]);
    expect(run('check-citations.mjs', file)).toEqual({ status: 0, problems: [] });
  });

  it('finds pages and headings that do not exist, and pages of the specification without a heading', () => {
    const file = write('broken.ts', [
      '// docs/none.md',
      '// docs/spec/v1.md#52-state-rule',
      '// docs/spec/v1.md',
      '// v1.md 5.2',
    ]);
    expect(run('check-citations.mjs', file)).toEqual({
      status: 1,
      problems: [
        `${file}:1: docs/none.md`,
        `${file}:2: docs/spec/v1.md#52-state-rule`,
        `${file}:3: docs/spec/v1.md`,
        `${file}:4: v1.md`,
      ],
    });
  });
});

describe('check-handlers', () => {
  const handler = (statements: number) => `class C { @Get() handle() { ${'call(); '.repeat(statements)} } }`;
  const parameters = (count: number) =>
    `class C { constructor(${Array.from({ length: count }, (_, index) => `p${index}: string`).join(', ')}) {} }`;

  it('accepts handlers of one statement and constructors of eight parameters', () => {
    write('a.ts', [handler(1), parameters(8)]);
    expect(run('check-handlers.mjs', folder).status).toBe(0);
  });

  it('refuses too many longer handlers', () => {
    write('a.ts', [handler(1), handler(2)]);
    expect(run('check-handlers.mjs', folder).status).toBe(1);
  });

  it('refuses a constructor of nine parameters', () => {
    write('a.ts', [parameters(9)]);
    expect(run('check-handlers.mjs', folder)).toEqual({ status: 1, problems: ['a.ts:1: 9 constructor parameters'] });
  });
});
