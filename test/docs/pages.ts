import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { slug } from 'github-slugger';

export const ROOT = join(__dirname, '..', '..');

/** Every file of the repository, those included that are about to be committed; with `/` on every system. */
export const FILES: readonly string[] = execFileSync(
  'git',
  ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
  { cwd: ROOT, encoding: 'utf8' },
)
  .split('\0')
  .filter(Boolean);

/** Every folder of the repository. */
export const FOLDERS: ReadonlySet<string> = new Set(
  FILES.flatMap((file) => {
    const parts = file.split('/').slice(0, -1);
    return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  }),
);

/** One markdown page. */
export interface Page {
  /** From the project's root. */
  readonly name: string;
  readonly text: string;
}

export const page = (name: string): Page => ({ name, text: readFileSync(join(ROOT, name), 'utf8') });

export const PAGES: readonly Page[] = FILES.filter((name) => name.endsWith('.md')).map(page);

/** What is in the fenced blocks of this language, in their order. */
export const blocksOf = ({ text }: Page, language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, code = '']) => code);

/** The page without its fenced blocks. */
export const proseOf = ({ text }: Page): string => text.replace(/^```.*?^```$/gms, '');

/** What stands between backticks in the prose. */
export const codeSpansOf = (of: Page): string[] =>
  [...proseOf(of).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);

/** Targets of links and pictures that stay within the repository. */
export const relativeLinksOf = (of: Page): string[] =>
  [
    ...proseOf(of)
      .replace(/`[^`\n]*`/g, '')
      .matchAll(/\]\(([^)\s]+)\)/g),
  ]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));

/** The anchors of a page's headings, as GitHub makes them. */
export const anchorsOf = (of: Page): string[] =>
  [...proseOf(of).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => slug(heading));
