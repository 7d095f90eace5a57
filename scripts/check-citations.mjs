// `npm run check -- citations`: checks that every documentation page cited by code, tests or pages exists, and so does
// the heading. A citation is a path from the root with the heading's anchor as GitHub derives it:
// docs/spec/v1.md#52-state-rules. Other arguments are the files to check; all of the repository by default.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import GithubSlugger from 'github-slugger';

const root = join(import.meta.dirname, '..');
/** Names of pages in running text, with the preceding characters of a path. */
const CITATION = /(?<![\w./@'-])((?:[\w.-]+\/)*[\w-]+\.md)(?:#([\w-]+))?/g;
const READ = /\.(ts|tsx|mjs|cjs|js|css|html|sql|yml|yaml|conf|template|md)$|^\.ci\/|^Dockerfile/;
/** Files that cite pages of other projects, are generated, or hold test data. */
const LEFT_OUT = /^(package-lock\.json|CHANGELOG\.md|test\/docs\/|scripts\/check-citations\.mjs)/;
/** Documents that are named but not kept here (docs/spec/README.md#origin). */
const ORIGINS = /^(seeds\/)?(legacy-timer|timer-guide-\d{4}-\d{2}-\d{2}|focus-mate-rooms)\.md$/;

const anchors = new Map();

/** The anchors of a page's headings; undefined if the page does not exist. */
function anchorsOf(path) {
  if (!anchors.has(path)) anchors.set(path, existsSync(join(root, path)) ? headingsOf(path) : undefined);
  return anchors.get(path);
}

function headingsOf(path) {
  const slugger = new GithubSlugger();
  const prose = readFileSync(join(root, path), 'utf8').replace(/^```.*?^```$/gms, '');
  return new Set([...prose.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => slugger.slug(heading)));
}

/**
 * Broken citations of `text`.
 * @param {string} name of the file, from the root
 * @param {string} text of the file
 * @returns {string[]} one line each: location and citation
 */
function brokenCitations(name, text) {
  return text
    .split('\n')
    .flatMap((line, index) =>
      [...line.matchAll(CITATION)]
        .filter(([, path, anchor]) => !ORIGINS.test(path) && !leads(name, path, anchor))
        .map(([citation]) => `${name}:${index + 1}: ${citation}`),
    );
}

/**
 * Pages may cite their neighbours. Everything else cites pages from the root, and pages of `docs/spec` with a heading.
 */
function leads(name, path, anchor) {
  const folder = name.endsWith('.md') ? name.split('/').slice(0, -1).join('/') : '';
  const known = (folder === '' ? undefined : anchorsOf(join(folder, path))) ?? anchorsOf(path);
  if (known === undefined) return false;
  if (anchor !== undefined) return known.has(anchor);
  return name.endsWith('.md') || !path.startsWith('docs/spec/');
}

function filesOfRepository() {
  return execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((name) => READ.test(name) && !LEFT_OUT.test(name) && existsSync(join(root, name)));
}

const given = process.argv.slice(2);
const files = given.length > 0 ? given : filesOfRepository();
const broken = files.flatMap((name) => brokenCitations(name, readFileSync(resolve(root, name), 'utf8')));
for (const line of broken) console.error(line);
console.log(`${files.length} files, ${broken.length} broken citations`);
process.exitCode = broken.length === 0 ? 0 : 1;
