import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';

import {
  anchorsOf,
  codeSpansOf,
  FILES,
  FOLDERS,
  page,
  type Page,
  PAGES,
  proseOf,
  relativeLinksOf,
  ROOT,
} from './pages.js';

/** What the pages say is there, is there. */

/** Names of what is built, generated, or an operator's own. */
const MADE_LATER = /^(dist|node_modules|\.data)\/|^(metronome\.pid|secrets\/.*|.*\.eml)$/;
const FILE = /^[\w@.-]+(\/[\w@.-]+)*\.(tsx?|mjs|js|json|md|yml|conf|template|png|html|css)$/;
const PATH = /^[\w@.-]+(\/[\w@.*-]+)+\/?$/;
const TOP = new Set([...FOLDERS].filter((folder) => !folder.includes('/')));

/** Stars, as a shell reads them. */
const globOf = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[.+]/g, String.raw`\$&`)
      .replaceAll('**/', '\0')
      .replaceAll('*', '[^/]*')
      .replaceAll('\0', '(.*/)?')}$`,
  );

/** A file may be named by the end of its path, a folder from the page or the root on, a pattern from the root on. */
const isThere = (name: string, of: Page): boolean =>
  FILES.some((file) => file === name || file.endsWith(`/${name}`)) ||
  [name, posix.join(posix.dirname(of.name), name)].some((folder) => FOLDERS.has(folder.replace(/\/$/, ''))) ||
  (name.includes('*') && FILES.some((file) => globOf(name).test(file)));

const namesFile = (span: string): boolean =>
  !MADE_LATER.test(span) && (FILE.test(span) || (PATH.test(span) && TOP.has(span.split('/')[0] ?? '')));

const missingIn = (of: Page): string[] => codeSpansOf(of).filter((span) => namesFile(span) && !isThere(span, of));

const brokenLinksOf = (of: Page): string[] =>
  relativeLinksOf(of).filter((target) => {
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? of.name : posix.join(posix.dirname(of.name), path);
    if (!FILES.includes(file) && !FOLDERS.has(file.replace(/\/$/, ''))) return true;
    return anchor !== undefined && !anchorsOf(page(file)).includes(anchor);
  });

describe('the checks themselves', () => {
  const sample = { name: 'docs/sample.md', text: '[a](b.md) `test/none.ts` [c](../README.md#try-it) ![d](adr)' };

  it('see a link that leads nowhere, and a file that is not there', () => {
    expect(brokenLinksOf(sample)).toEqual(['b.md']);
    expect(missingIn(sample)).toEqual(['test/none.ts']);
    const found = ['src/v1', 'adr', 'test/**/*.e2e-spec.ts', 'rules/decide.ts'];
    const lost = ['src/v2', 'test/**/*.none.ts', 'rules/decide.js'];
    expect([...found, ...lost].filter((name) => isThere(name, sample))).toEqual(found);
  });
});

describe.each(PAGES.map((each) => [each.name, each] as const))('%s', (_, of) => {
  it('links to what is there', () => {
    expect(brokenLinksOf(of)).toEqual([]);
  });

  it('names files that are there', () => {
    expect(missingIn(of)).toEqual([]);
  });

  it('names commands that are there', () => {
    const { scripts } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as { scripts: Record<string, string> };
    const named = [...of.text.matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
    const labs = readFileSync(`${ROOT}/scripts/lab.mjs`, 'utf8');
    const called = [...of.text.matchAll(/npm run lab -- (\w+)/g)].map(([, name = '']) => name);
    expect(called.filter((name) => !new RegExp(`^  ${name}: `, 'm').test(labs))).toEqual([]);
  });

  it('knows nothing of the machine it was written on', () => {
    expect(/\/work\/|\/home\/|\/Users\/|\.local\b|registry\.[a-z]/.exec(of.text)?.[0]).toBeUndefined();
  });
});

describe('docs/operations.md', () => {
  const settings = new Map(
    [...proseOf(page('docs/operations.md')).matchAll(/^\| `([A-Z_]+)` +\| ([^|]*) \|/gm)].map(
      ([, name = '', cell = '']) => [name, cell.trim()],
    ),
  );
  const example = [...readFileSync(`${ROOT}/.env.example`, 'utf8').matchAll(/^([A-Z_]+)=(.*)$/gm)].map(
    ([, name = '', value = '']) => ({ name, value }),
  );
  const source = readFileSync(`${ROOT}/src/config/settings.ts`, 'utf8');
  const read = [...source.matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name = '']) => name);

  it('has every setting that .env.example has, and those that the server reads', () => {
    const known = example.map(({ name }) => name).sort();
    expect(known.length).toBeGreaterThan(40);
    expect([...settings.keys()].sort()).toEqual(known);
    expect(read.filter((name) => !settings.has(name))).toEqual([]);
  });

  it('gives each the default that .env.example gives it', () => {
    const given = example.filter(({ value }) => value !== '');
    expect(given.filter(({ name, value }) => !settings.get(name)?.includes(`\`${value}\``))).toEqual([]);
  });

  it('names all commands of the command line program', () => {
    const program = execFileSync('grep', ['-rhoE', String.raw`\.command\('[a-z]+`, `${ROOT}/src/cli`], {
      encoding: 'utf8',
    });
    const commands = [...program.matchAll(/'([a-z]+)/g)].map(([, name = '']) => name);
    const { text } = page('docs/operations.md');
    expect(commands.length).toBeGreaterThan(5);
    expect(commands.filter((name) => !text.includes(name))).toEqual([]);
  });
});

describe('docs/architecture.md', () => {
  const rows = [...page('docs/architecture.md').text.matchAll(/^\|([^|]+)\|/gm)].map(([, cell = '']) => cell).join();
  const inFolder = (folder: string) => [...FOLDERS].filter((name) => posix.dirname(name) === folder);

  it('tells of every folder', () => {
    const folders = [...inFolder('src'), ...inFolder('.').filter((name) => name !== 'src' && !name.startsWith('.'))];
    expect(folders.length).toBeGreaterThan(25);
    expect(folders.filter((name) => !rows.includes(`\`${posix.basename(name)}\``))).toEqual([]);
  });
});
