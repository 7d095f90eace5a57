import { readFileSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import ts from 'typescript';

import { describeWithSeed, seedPath } from '../support/seeds.js';

/** A block of code of a guide. */
export interface Sample {
  /** The heading it stands under. */
  readonly heading: string;
  /** `http`, `json`, `typescript`, …; empty for drawings. */
  readonly language: string;
  /** As printed. */
  readonly code: string;
}

/** What stands in a sample, and what a reader puts there; in the order of the sample. */
export type Table = readonly (readonly [printed: string, filled: string])[];

/** The samples of a seed document, in its order. */
export function describeGuide(file: string, name: string, tests: (samples: readonly Sample[]) => void): void {
  const path = seedPath(file);
  describeWithSeed(path, name, () => {
    tests(samplesOf(readFileSync(path, 'utf8')));
  });
}

function samplesOf(text: string): Sample[] {
  const found: Sample[] = [];
  let heading = '';
  for (const [, title, language = '', code = ''] of text.matchAll(/^#+ ([^\n]*)$|^```(\w*)\n(.*?)^```$/gms)) {
    if (title === undefined) found.push({ heading, language, code });
    else heading = title;
  }
  return found;
}

/** The values of `CORS_ALLOWED_ORIGINS` that samples print, each once. */
export function originListsOf(samples: readonly Sample[]): string[] {
  const lists = samples.flatMap(({ code }) => [...code.matchAll(/^CORS_ALLOWED_ORIGINS=(.*)$/gm)]);
  return [...new Set(lists.map(([, list = '']) => list))];
}

/** The sample under a heading; of several with the same one, that which has the text. */
export function sampleOf(samples: readonly Sample[], heading: string, text = ''): Sample {
  const found = samples.filter((sample) => sample.heading === heading && sample.code.includes(text));
  const [sample] = found;
  if (sample === undefined || found.length > 1) throw new Error(`${found.length} samples under ${heading} ${text}`);
  return sample;
}

/** The sample as it is run. The table is all that differs: put back, its entries give what is printed. */
export function filledIn(sample: Sample, table: Table): string {
  const run = replaceInOrder(sample.code, table);
  const back = table.map(([printed, filled]) => [filled, printed] as const);
  expect(replaceInOrder(run, back)).toBe(sample.code);
  return run;
}

function replaceInOrder(text: string, table: Table): string {
  let rest = text;
  let done = '';
  for (const [from, to] of table) {
    const at = rest.indexOf(from);
    if (at < 0) throw new Error(`no ${from} in ${rest}`);
    done += rest.slice(0, at) + to;
    rest = rest.slice(at + from.length);
  }
  return done + rest;
}

/** Types are taken off, nothing is checked. */
export function transpiled(code: string): string {
  const { ES2022: target } = ts.ScriptTarget;
  return ts.transpileModule(code, { compilerOptions: { target, module: ts.ModuleKind.ESNext } }).outputText;
}

/** What a page of the server's origin has; its own names besides. */
export interface Page {
  readonly origin: string;
  readonly names?: Readonly<Record<string, unknown>>;
}

/** Runs a sample in a page. @returns what it logged, line by line */
export async function runInPage(code: string, { origin, names }: Page): Promise<unknown[][]> {
  const logged: unknown[][] = [];
  const console = { log: (...parts: unknown[]) => logged.push(parts) };
  const fetchHere = (path: string, init?: RequestInit) => fetch(new URL(path, origin), init);
  const context = createContext({ console, fetch: fetchHere, JSON, ...names });
  await (runInContext(`(async () => {\n${transpiled(code)}\n})()`, context) as Promise<void>);
  return logged;
}

/** The members of an interface of the guide, with whether they are always there. */
export function membersOf(code: string, name: string): { key: string; optional: boolean; type: string }[] {
  const source = ts.createSourceFile('guide.ts', code, ts.ScriptTarget.ES2022);
  const found = source.statements.filter(ts.isInterfaceDeclaration).find((statement) => statement.name.text === name);
  const members: readonly ts.TypeElement[] = found?.members ?? [];
  return members.filter(ts.isPropertySignature).map((member) => ({
    key: member.name.getText(source),
    optional: member.questionToken !== undefined,
    type: member.type?.getText(source) ?? '',
  }));
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Sends the request that a text of a guide's ```http block is. */
export async function sendPrinted(origin: string, text: string): Promise<HttpAnswer> {
  const [head = '', body] = text.trimEnd().split('\n\n');
  const [line = '', ...headers] = head.split('\n');
  const [method = '', path = ''] = line.split(' ');
  const response = await fetch(new URL(path, origin), {
    method,
    headers: headers.map((header): [string, string] => {
      const [name = '', value = ''] = header.split(': ');
      return [name, value];
    }),
    ...(body === undefined ? {} : { body }),
  });
  return { status: response.status, body: await response.json() };
}

/**
 * JSON as the guides mean it: without comments, with `...` for keys that are left out, and without the brace too many
 * of the sample of `timer.sync`.
 */
export function parseAsMeant(code: string): unknown {
  const plain = code
    .replaceAll(/\/\*.*?\*\//gs, '')
    .replaceAll(/\s\/\/ .*$/gm, '')
    .replaceAll(/,\s*\.\.\./g, '');
  const count = (brace: string) => plain.split(brace).length;
  return JSON.parse(count('}') > count('{') ? plain.replace(/\}\s*$/, '') : plain) as unknown;
}
